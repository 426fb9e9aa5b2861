import { formatSubnetEnv, parseSubnetEnv, type LeaseSubnets } from '@overlay/lease';
import type { NodePlan } from './node-plan.js';
import { readIfThere, writeFileAtomic } from '../host/files.js';

/** The subnet of the last run, if subnet.env names one (Flannel section 2.4, step 2). A hint only (B08). */
export function previousSubnets(path: string): LeaseSubnets | undefined {
  const content = readIfThere(path);
  return content === undefined ? undefined : parseSubnetEnv(content).subnets;
}

/**
 * Writes subnet.env as Flannel does, when it differs. Returns whether it was written.
 * @throws OverlayError OVL_FILE_WRITE
 */
export function writeSubnetFile(path: string, node: NodePlan): boolean {
  const { config, subnets, facts } = node.input;
  const content = formatSubnetEnv({
    config,
    subnets,
    mtu: node.backend.mtu(facts),
    ipMasq: node.firewall.masquerade,
  });
  if (readIfThere(path) === content) return false;
  writeFileAtomic(path, content, 0o644);
  return true;
}
