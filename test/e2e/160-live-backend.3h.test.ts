import {
  allFlows,
  everyChange,
  liveHost,
  runFlows,
  sweep,
  waitUntilMoved,
  type Cluster,
  type LiveHost,
} from '@overlay/testbed';
import { openRig, putConfig, startAll } from './support/rig';

/** Ways that every kernel has. */
const WAYS: Readonly<Record<string, object>> = {
  'host-gw': { Type: 'host-gw' },
  vxlan: { Type: 'vxlan' },
  'vxlan VNI 7': { Type: 'vxlan', VNI: 7 },
};
/** Changes of one type that the walk does not make, each from the plain vxlan and back. */
const OPTIONS: Readonly<Record<string, object>> = {
  'vxlan port 4789': { Type: 'vxlan', Port: 4789 },
  'vxlan direct': { Type: 'vxlan', DirectRouting: true },
  'vxlan MTU': { Type: 'vxlan', MTU: 1400 },
};
const LINGER = 2;
const name = 'tb-live';

let cluster: Cluster;
let hosts: readonly LiveHost[];

const configOf = (backend: object): object => ({ Network: '10.5.0.0/16', Backend: backend });

/** Makes one change under traffic; how many packets were sent and lost. */
async function change(backend: object): Promise<string> {
  const work = async (): Promise<void> => {
    await putConfig(cluster, configOf(backend));
    await waitUntilMoved(hosts, backend, 10_000);
  };
  const results = await runFlows(allFlows(hosts), { rate: 84 }, work);
  const sum = (key: 'sent' | 'lost'): number => results.reduce((total, result) => total + result[key], 0);
  return `${sum('sent')} sent, ${sum('lost')} lost`;
}

beforeAll(async () => {
  cluster = await openRig({ name, hosts: 3 }, configOf(WAYS['host-gw']!));
  const daemons = await startAll(cluster, ['--ip-forward=on', `--backend-linger=${LINGER}`]);
  hosts = await Promise.all(cluster.hosts.map((host, index) => liveHost(host, daemons[index]!, 1400)));
}, 60_000);

afterAll(() => sweep(name));

test('C05 C06 every change of one backend for another under 500 packets a second loses none', async () => {
  const table: string[] = [];
  for (const way of everyChange(Object.keys(WAYS)).slice(1))
    table.push(`${way.padEnd(16)} ${await change(WAYS[way]!)}`);
  expect(table.filter((line) => !line.endsWith(', 0 lost'))).toEqual([]);
}, 120_000);

test('C06 a change of port, DirectRouting or MTU and back loses none either', async () => {
  const table: string[] = [];
  await change(WAYS['vxlan']!);
  for (const [option, way] of Object.entries(OPTIONS)) {
    table.push(`${option} ${await change(way)}`, `back from ${option} ${await change(WAYS['vxlan']!)}`);
  }
  expect(table.filter((line) => !line.endsWith(', 0 lost'))).toEqual([]);
}, 120_000);
