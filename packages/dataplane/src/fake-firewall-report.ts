import type { FirewallReport } from './firewall/model.js';

/** What a firewall without Docker reports when all its rules are there: for fakes. */
export const FAKE_FIREWALL_REPORT: FirewallReport = {
  facts: {
    iptables: 'nft',
    dockerUser: false,
    docker: false,
    dockerNftables: false,
    dockerRawDrop: false,
    forwardPolicy: 'ACCEPT',
    obstacles: [],
  },
  written: [],
  errors: [],
};
