import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Cluster, Daemon, Host } from '@overlay/testbed';
import { PREFIX, eventually, openRig, overlayAddress, pings, sh } from './support/rig';

/** A real flanneld: `FLANNELD`, or in PATH. No Debian package has it, so without one this file reports itself as not run. */
function findFlanneld(): string | undefined {
  const named = process.env['FLANNELD'];
  if (named !== undefined && named !== '') return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'flanneld')).find((path) => existsSync(path));
}

const flanneld = findFlanneld();
const whenThere = flanneld === undefined ? describe.skip : describe;

whenThere.each(['vxlan', 'host-gw'])('beside a real flanneld over %s (flanneld-interop)', (type) => {
  let cluster: Cluster;
  let theirs: Host;
  let ours: Host;
  let flannel: Daemon;
  let theirAddress: string;
  let ourAddress: string;

  const subnetFile = (): string => join(cluster.directory, 'flannel.env');

  function startFlannel(): Daemon {
    const endpoints = cluster.etcd.endpoints.join(',');
    const flags = [
      `-etcd-endpoints=${endpoints}`,
      `-etcd-prefix=${PREFIX}`,
      '-iface=eth0',
      `-subnet-file=${subnetFile()}`,
    ];
    return theirs.spawn('flanneld', [flanneld ?? '', ...flags]);
  }

  /** host-gw has no device of its own: give the host an address of its subnet to answer on. */
  async function answerOn(host: Host, address: string): Promise<void> {
    if (type === 'host-gw')
      await sh(host, `ip link add br9 type bridge; ip addr add ${address}/32 dev br9; ip link set br9 up`);
  }

  beforeAll(async () => {
    const config = { Network: '10.5.0.0/16', EnableNFTables: true, Backend: { Type: type } };
    cluster = await openRig({ name: `tb-interop-${type}`, hosts: 2 }, config);
    [theirs, ours] = [cluster.host(1), cluster.host(2)];
    flannel = startFlannel();
    await eventually('subnet.env of flanneld', async () => existsSync(subnetFile()), 20_000);
    theirAddress = (await sh(theirs, `. ${subnetFile()}; echo $FLANNEL_SUBNET`)).replace(/\.1\/\d+$/, '.0');
    await ours.startOverlayd(['--ip-forward=on']);
    ourAddress = await overlayAddress(ours.overlayd(), ours);
    await answerOn(theirs, theirAddress);
    await answerOn(ours, ourAddress);
  }, 90_000);

  afterAll(() => cluster.destroy());

  test('each reaches the other', async () => {
    await eventually('from flanneld to overlayd', () => pings(theirs, ourAddress));
    await eventually('from overlayd to flanneld', () => pings(ours, theirAddress));
  });

  test('the host of a stopped flanneld is taken over in place with its subnet', async () => {
    await flannel.stop();
    const pinging = sh(ours, `ping -n -q -i 0.01 -c 600 -W 1 ${theirAddress} || true`);
    await theirs.startOverlayd(['--ip-forward=on', '--adopt-flannel', '--public-ip', theirs.address]);
    expect(await pinging).toContain('600 received');
    expect(await overlayAddress(theirs.overlayd(), theirs)).toBe(theirAddress);
  }, 60_000);
});

test('flanneld-interop says whether it ran', () => {
  process.stderr.write(
    flanneld === undefined ? 'flanneld-interop: not run, no flanneld in PATH or FLANNELD\n' : '',
  );
  expect(flanneld === undefined || existsSync(flanneld)).toBe(true);
});
