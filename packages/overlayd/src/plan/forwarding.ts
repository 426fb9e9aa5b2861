export interface ForwardingFacts {
  readonly mode: 'auto' | 'on' | 'off';
  /** net.ipv4.ip_forward is 1 already. */
  readonly enabled: boolean;
  /** Docker is on this host or expected. */
  readonly dockerExpected: boolean;
  /** Docker's chains are in the firewall: it has set its FORWARD policy, or not, by now. */
  readonly dockerSeen: boolean;
}

/**
 * Whether forwarding is ours to turn on (and to keep on). Docker sets the FORWARD policy to DROP only when it turns forwarding on
 * itself: whoever comes first leaves its containers open to the LAN (D19). So in `auto` we wait for Docker where it is expected.
 */
export function forwardingIsOurs(facts: ForwardingFacts): boolean {
  if (facts.mode !== 'auto') return facts.mode === 'on';
  return facts.enabled || !facts.dockerExpected || facts.dockerSeen;
}
