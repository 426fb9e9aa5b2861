import { parsePrefix } from '@overlay/cidr';
import type { FirewallInput, OverlayTraffic } from './model.js';

/** One host's tunnelled traffic, both families, and a firewall for it: for tests. */
export const FAKE_TUNNEL: OverlayTraffic = {
  family: 4,
  network: parsePrefix('10.5.0.0/16'),
  subnet: parsePrefix('10.5.3.0/24'),
  tunnels: ['flannel.1'],
  directPeers: [],
};

export const FAKE_TUNNEL6: OverlayTraffic = {
  family: 6,
  network: parsePrefix('fd05::/48'),
  subnet: parsePrefix('fd05:0:0:3::/64'),
  tunnels: ['flannel-v6.1'],
  directPeers: [],
};

export const FAKE_INPUT: FirewallInput = {
  instance: 'default',
  traffic: [FAKE_TUNNEL],
  masquerade: true,
  randomFully: true,
  forward: true,
  nftables: false,
};
