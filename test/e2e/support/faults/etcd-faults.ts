import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PREFIX } from '../../../../bench/leases';
import { eventually } from '../rig';
import { statusOf } from '../ways';
import { type FaultRig, QUOTA_MIB, SHORT_TTL } from './rig';
import type { Fault } from './run';
import { bothWays, cut, mend } from './switch';

/** Which member leads, kept from the inject to the heal. */
let leader = 0;
const MEMBERS = [1, 2, 3] as const;

/** There may be none yet after the last fault. */
async function findLeader(rig: FaultRig): Promise<void> {
  await eventually('a leader', async () => {
    leader = await rig.etcd.leader().catch(() => 0);
    return leader > 0;
  });
}

const signalFollowers = (rig: FaultRig, signal: NodeJS.Signals): void => {
  for (const number of MEMBERS) if (number !== leader) rig.etcd.member(number).signal(signal);
};

/** Nothing of what a host has in its kernel goes while this is done, though etcd cannot be asked. */
export async function keepsAll(rig: FaultRig, work: () => Promise<unknown>, number = 1): Promise<void> {
  const look = async (): Promise<string> =>
    (await rig.host(number).exec(['sh', '-c', 'ip route show proto 76; bridge fdb show dev flannel.1']))
      .stdout;
  const before = await look();
  await work();
  expect(await look()).toBe(before);
}

async function revision(rig: FaultRig): Promise<string> {
  const printed = await rig.etcd.etcdctl(['get', `${PREFIX}/config`, '--write-out=json']);
  return /"revision":(\d+)/.exec(printed)?.[1] ?? '';
}

/** The member that the first host follows. */
async function servingMember(rig: FaultRig): Promise<number> {
  const { etcd } = await statusOf(rig.daemon(1));
  return rig.etcd.memberAt(etcd?.endpoint ?? '');
}

const JUNK = '/junk/';

/** Until etcd raises its alarm. */
async function fill(rig: FaultRig): Promise<void> {
  // etcdctl sends no more than 2 MiB at once.
  const input = 'x'.repeat(1024 * 1024);
  for (let count = 0; count < 2 * QUOTA_MIB; count += 1) {
    const full = await rig.etcd.etcdctl(['put', `${JUNK}${count}`], { input }).then(
      () => false,
      (error: unknown) => String(error).includes('database space exceeded'),
    );
    if (full) return;
  }
  throw new Error('etcd did not get full');
}

async function makeRoom(rig: FaultRig): Promise<void> {
  await rig.etcd.etcdctl(['del', '--prefix', JUNK]);
  await rig.etcd.etcdctl(['compact', '--physical', await revision(rig)]);
  await rig.etcd.etcdctl(['defrag']);
  await rig.etcd.etcdctl(['alarm', 'disarm']);
}

const isReady = async (rig: FaultRig, number: number): Promise<boolean> =>
  (await rig.daemon(number).health('readyz')).code === 0;

export const ETCD_FAULTS: readonly Fault[] = [
  {
    name: 'A04 the leader of etcd is killed and comes back: renewals and watches go on with the next one',
    peersChange: 'meanwhile',
    inject: async (rig) => {
      await findLeader(rig);
      await rig.etcd.member(leader).kill();
    },
    meanwhile: (rig) => rig.converged(),
    heal: async (rig) => rig.etcd.startMember(leader),
  },
  {
    name: 'A04 A05 the leader of etcd hangs, and the hosts go to another member',
    peersChange: 'meanwhile',
    inject: async (rig) => {
      await findLeader(rig);
      rig.etcd.member(leader).signal('SIGSTOP');
    },
    meanwhile: (rig) => rig.converged(),
    heal: async (rig) => rig.etcd.member(leader).signal('SIGCONT'),
  },
  {
    name: 'A06 A22 I4 without a quorum for longer than the TTL nothing is given up, and hosts say that they are not ready',
    peersChange: 'afterwards',
    inject: async (rig) => {
      // A frozen leader would wake with leases that are over by its own clock.
      await findLeader(rig);
      signalFollowers(rig, 'SIGSTOP');
    },
    meanwhile: (rig) =>
      keepsAll(rig, async () => {
        await sleep((SHORT_TTL + 1) * 1000);
        for (const number of [1, 2, 3]) await rig.notReady(number);
      }),
    heal: async (rig) => signalFollowers(rig, 'SIGCONT'),
  },
  {
    name: 'A07 D10 I4 a host that is cut off from all of etcd keeps everything, and reads what was compacted meanwhile from a list',
    peersChange: 'meanwhile',
    inject: (rig) => cut(rig.cluster, bothWays(rig.host(1), rig.members)),
    meanwhile: (rig) =>
      keepsAll(rig, async () => {
        await rig.etcd.etcdctl(['compact', await revision(rig)]);
        await rig.notReady(1);
      }),
    heal: (rig) => mend(rig.cluster),
  },
  {
    name: 'A05 I4 a host that no answer of etcd reaches keeps everything and says that it is not ready',
    peersChange: 'meanwhile',
    inject: (rig) =>
      cut(
        rig.cluster,
        rig.members.map((from) => ({ from, to: rig.host(1) })),
      ),
    meanwhile: (rig) => keepsAll(rig, () => rig.notReady(1)),
    heal: (rig) => mend(rig.cluster),
  },
  {
    name: 'A05 packets to the member in use vanish: another one takes over and the hosts follow it',
    peersChange: 'meanwhile',
    inject: async (rig) => {
      const member = rig.members[(await servingMember(rig)) - 1]!;
      await cut(rig.cluster, bothWays(rig.host(1), [member]));
    },
    meanwhile: (rig) => rig.converged(),
    heal: (rig) => mend(rig.cluster),
  },
  {
    name: 'A16 I12 a full etcd takes no writes, and leases live on for longer than their TTL',
    peersChange: 'afterwards',
    inject: fill,
    meanwhile: async (rig) => {
      await sleep((SHORT_TTL + 1) * 1000);
      expect((await statusOf(rig.daemon(3))).etcd?.detail).toContain('NOSPACE');
      expect(await isReady(rig, 3)).toBe(true);
    },
    heal: makeRoom,
  },
  {
    name: 'A20 B13 a revoked lease of a host is acquired again with the same subnet',
    peersChange: 'meanwhile',
    // The other hosts have to take the key's end for that of the host, until it is there again.
    mayLose: true,
    inject: async (rig) => {
      const name = (await rig.subnet(1)).replace('/', '-');
      const printed = await rig.etcd.etcdctl(['get', `${PREFIX}/subnets/${name}`, '--write-out=json']);
      const id = BigInt(/"lease":(\d+)/.exec(printed)?.[1] ?? 0);
      await rig.etcd.etcdctl(['lease', 'revoke', id.toString(16)]);
    },
    meanwhile: (rig) => eventually('the key', () => rig.subnet(1).then(Boolean, () => false)),
    heal: () => Promise.resolve(),
  },
];

/** It takes the store back, with all that was recorded of it: to be the last one. */
export const RESTORED: Fault = {
  name: 'A17 I4 an etcd that was restored from an older snapshot is noticed, and its leases are what counts',
  peersChange: 'afterwards',
  inject: async (rig) => {
    const snapshot = join(rig.cluster.directory, 'snapshot.db');
    const [endpoint = ''] = rig.etcd.endpoints;
    await rig.cluster.exec(['etcdctl', `--endpoints=${endpoint}`, 'snapshot', 'save', snapshot], {
      env: { ETCDCTL_API: '3' },
    });
    for (let count = 0; count < 5; count += 1) await rig.peers.change();
    await rig.converged();
    await rig.etcd.restore(snapshot);
  },
  heal: () => Promise.resolve(),
};
