import type { HostFacts } from '../backends/model.js';

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

/** Once ours it stays ours: somebody who turns forwarding off is no reason to wait for Docker again. */
export function onceOurs(isOurs: (dockerSeen: boolean) => boolean): (dockerSeen: boolean) => boolean {
  let ours = false;
  return (dockerSeen) => (ours ||= isOurs(dockerSeen));
}

/** What does not get through because forwarding is off and is not ours to turn on (--ip-forward=off); undefined when it is on. */
export function leftOff(
  { notForwarding = [] }: Pick<HostFacts, 'notForwarding'>,
  dualStack: boolean,
): string | undefined {
  const concerned = notForwarding.filter((key) => dualStack || key.startsWith('net/ipv4/'));
  if (concerned.length === 0) return undefined;
  const names = concerned.map((key) => key.replaceAll('/', '.')).join(' and ');
  return `${names} is 0 and left alone (--ip-forward=off): containers reach other hosts only while it is 1`;
}
