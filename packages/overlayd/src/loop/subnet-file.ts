import { createHash } from 'node:crypto';
import { formatPrefix, type Prefix } from '@overlay/cidr';
import { formatSubnetEnv, parseSubnetEnv, type LeaseSubnets } from '@overlay/lease';
import type { NodePlan } from './node-plan.js';
import { readIfThere, writeFileAtomic } from '../host/files.js';
import type { Config } from '../config/model.js';
import { nodeMtu } from '../plan/mtu.js';
import { parseSubnetRecord } from '../subnet-record.js';
import { nextNetworks, readTrusted } from './trusted-record.js';

export interface SubnetFileTarget {
  /** Of subnet.env. */
  readonly path: string;
  /** Of the record that outlives a reboot: `<state-dir>/subnet-env.json`. */
  readonly stateFile: string;
  readonly docker: { readonly mode: Config['docker']; readonly network: string };
}

const machine = (): string => readIfThere('/etc/machine-id')?.trim() ?? '';

/**
 * The subnet of the last run, if subnet.env names one (Flannel section 2.4, step 2), else from the record: subnet.env is gone after a
 * reboot, and the public address may be another one (B11). A hint only (B08).
 */
export function previousSubnets(
  { path, stateFile }: Pick<SubnetFileTarget, 'path' | 'stateFile'>,
  machineId = machine(),
): LeaseSubnets | undefined {
  const written = parseSubnetEnv(readIfThere(path) ?? '').subnets;
  return written ?? readTrusted(readIfThere(stateFile), machineId).subnets;
}

/** The networks that this and earlier runs on this machine used, the last two of each family. */
export function recordedNetworks(stateFile: string, machineId = machine()): readonly Prefix[] {
  return readTrusted(readIfThere(stateFile), machineId).networks;
}

/**
 * Writes subnet.env as Flannel does when it differs from what is there: called again and again it costs a read. Returns whether it was
 * written.
 * @throws OverlayError OVL_FILE_WRITE
 */
export function writeSubnetFile({ path }: Pick<SubnetFileTarget, 'path'>, node: NodePlan): boolean {
  const content = subnetEnv(node);
  const differs = readIfThere(path) !== content;
  if (differs) writeFileAtomic(path, content, 0o644);
  return differs;
}

/** The text of subnet.env under this plan. */
export function subnetEnv(node: NodePlan): string {
  const { config, subnets } = node.input;
  return formatSubnetEnv({ config, subnets, mtu: nodeMtu(node), ipMasq: node.firewall.masquerade });
}

/** Writes what a start after a reboot and `--cleanup` go by, when it differs. @throws OverlayError OVL_FILE_WRITE */
export function writeSubnetRecord(target: SubnetFileTarget, node: NodePlan, machineId = machine()): void {
  const { path, stateFile, docker } = target;
  const { config, subnets } = node.input;
  const before = readIfThere(stateFile);
  const record = {
    version: 1,
    path,
    sha256: createHash('sha256').update(subnetEnv(node)).digest('hex'),
    networks: nextNetworks(config, readTrusted(before, machineId).networks),
    subnet: formatPrefix(subnets.subnet),
    ...(subnets.ipv6Subnet === undefined ? {} : { ipv6Subnet: formatPrefix(subnets.ipv6Subnet) }),
    machineId,
    // With Docker off now, what an earlier run gave it is still there for --cleanup to find.
    docker: docker.mode === 'off' ? (parseSubnetRecord(before)?.docker ?? docker) : docker,
  };
  const text = `${JSON.stringify(record, null, 2)}\n`;
  if (text !== before) writeFileAtomic(stateFile, text, 0o600, 0o700);
}
