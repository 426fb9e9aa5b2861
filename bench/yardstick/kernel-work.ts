import { formatAddress, formatPrefix, networkAddress } from '@overlay/cidr';
import { spreadMetric } from '@overlay/dataplane';
import { run, tryRun } from '@overlay/testbed';
import { peerAttributes, peerSubnets } from '../leases';
import type { Yardsticks } from './compile';

const NAMESPACE = 'tb-bench-c';
const DEVICE = 'vx0';

/** Milliseconds the bare kernel work for `count` peers takes in a fresh namespace: by the C program, or without it by iproute2. */
export async function kernelWorkMs(count: number, yardsticks: Yardsticks | undefined): Promise<number> {
  await removeKernelWork();
  await run(['ip', 'netns', 'add', NAMESPACE]);
  try {
    await run(['ip', '-n', NAMESPACE, 'link', 'add', DEVICE, 'type', 'vxlan', 'id', '1', 'dstport', '8472']);
    for (const link of ['lo', DEVICE]) await run(['ip', '-n', NAMESPACE, 'link', 'set', link, 'up']);
    if (yardsticks === undefined) return await byIproute2(count);
    const enter = ['nsenter', `--net=/run/netns/${NAMESPACE}`, '--'];
    return Number((await run([...enter, yardsticks.program, DEVICE, String(count)])).stdout);
  } finally {
    await removeKernelWork();
  }
}

/** Removes the namespace, if there is one. */
export async function removeKernelWork(): Promise<void> {
  await tryRun(['ip', 'netns', 'delete', NAMESPACE]);
}

async function byIproute2(count: number): Promise<number> {
  const peers = Array.from({ length: count }, (_, index) => peerLines(index));
  const started = performance.now();
  await run(['bridge', '-n', NAMESPACE, '-batch', '-'], { input: peers.map(({ fdb }) => fdb).join('') });
  await run(['ip', '-n', NAMESPACE, '-batch', '-'], { input: peers.map(({ ip }) => ip).join('') });
  return performance.now() - started;
}

function peerLines(index: number): { readonly fdb: string; readonly ip: string } {
  const { subnet } = peerSubnets(index);
  const { publicIp, backendData } = peerAttributes(index);
  const { VtepMAC: mac } = backendData as { readonly VtepMAC: string };
  const gateway = formatAddress(networkAddress(subnet));
  const metric = spreadMetric(subnet);
  return {
    fdb: `fdb replace ${mac} dev ${DEVICE} dst ${formatAddress(publicIp)} self permanent\n`,
    ip:
      `neigh replace ${gateway} lladdr ${mac} dev ${DEVICE} nud permanent\n` +
      `route replace ${formatPrefix(subnet)} via ${gateway} dev ${DEVICE} onlink proto 76 metric ${metric}\n`,
  };
}
