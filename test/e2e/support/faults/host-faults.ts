import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@overlay/testbed';
import { dockerState } from '../docker';
import { eventually, sh } from '../rig';
import { restartEngine } from './kernel-faults';
import { type FaultRig, SHORT_TTL, startDaemon } from './rig';
import type { Fault } from './run';

const signal = (rig: FaultRig, number: number, name: NodeJS.Signals): void =>
  rig.daemon(number).process.signal(name);

/** The key that the third host had when it was paused. */
let lostKey = '';

/** A command on the file system that the third host's overlayd sees, and nobody else. */
const mounted = (rig: FaultRig, line: string): Promise<unknown> =>
  run(['nsenter', `--mount=/proc/${rig.daemon(3).process.pid}/ns/mnt`, '--', 'sh', '-c', line]);

const folder = (rig: FaultRig): string => rig.daemon(3).place.directory;

/** Its subnet.env is gone and its disk takes nothing. */
const brokenDisk = (name: string, mount: (folder: string) => string): Fault => ({
  name,
  peersChange: 'meanwhile',
  inject: (rig) => mounted(rig, `rm ${rig.daemon(3).subnetFile}; ${mount(folder(rig))}`),
  meanwhile: async (rig) => {
    await rig.host(3).overlayctl(['resync']);
    await rig.notReady(3);
    await rig.converged([rig.judged[2]!]);
  },
  heal: async (rig) => {
    await mounted(rig, `umount ${folder(rig)}`);
    // Otherwise with the next full pass, which is due every 30 s.
    await rig.host(3).overlayctl(['resync']);
    await eventually('subnet.env', async () =>
      (await sh(rig.host(3), `cat ${rig.daemon(3).subnetFile} || :`)).includes('FLANNEL_SUBNET='),
    );
  },
});

export const HOST_FAULTS: readonly Fault[] = [
  {
    name: 'F16 D09 I8 overlayd killed on both ends of a flow loses none of its packets, and what came meanwhile is there after a start',
    peersChange: 'meanwhile',
    inject: (rig) => Promise.all([rig.daemon(1).kill(), rig.daemon(2).kill()]),
    meanwhile: (rig) => rig.notReady(1),
    heal: async (rig) => {
      startDaemon(rig.host(1));
      startDaemon(rig.host(2));
      await rig.daemon(1).ready();
    },
  },
  {
    name: 'B03 I12 overlayd paused for less than its TTL goes on with its subnet',
    peersChange: 'meanwhile',
    inject: async (rig) => signal(rig, 1, 'SIGSTOP'),
    meanwhile: () => sleep(3000),
    heal: async (rig) => signal(rig, 1, 'SIGCONT'),
  },
  {
    name: 'B03 B04 I1 I2 overlayd paused until another host has its subnet takes a new one',
    peersChange: 'meanwhile',
    renumbers: 3,
    inject: async (rig) => {
      lostKey = (await rig.subnet(3)).replace('/', '-');
      signal(rig, 3, 'SIGSTOP');
    },
    meanwhile: async (rig) => {
      await sleep(SHORT_TTL * 1000);
      await eventually('the end of the lease', () =>
        rig.subnet(3).then(
          () => false,
          () => true,
        ),
      );
      await rig.peers.take(lostKey);
    },
    heal: async (rig) => {
      signal(rig, 3, 'SIGCONT');
      await eventually('another subnet', () => rig.subnet(3).then(Boolean, () => false));
    },
  },
  {
    name: 'E04 dockerd killed and started again leaves our rules where they decide',
    peersChange: 'meanwhile',
    mayLose: true,
    inject: restartEngine,
    heal: () => Promise.resolve(),
  },
  {
    name: 'E14 a dockerd that hangs holds up nothing but what concerns Docker',
    peersChange: 'meanwhile',
    inject: async (rig) => rig.host(1).engine.signal('SIGSTOP'),
    meanwhile: (rig) => rig.converged(),
    heal: async (rig) => {
      rig.host(1).engine.signal('SIGCONT');
      await dockerState(rig.host(1), 'ready');
    },
  },
  brokenDisk(
    'F03 with a full disk the host goes on, is not ready, and writes its files once there is room',
    (path) => `mount -t tmpfs -o size=4k tmpfs ${path} && { head -c 65536 /dev/zero > ${path}/filler || :; }`,
  ),
  brokenDisk(
    'F04 with a disk that became read-only the host goes on, is not ready, and writes its files once it can',
    (path) => `mount --bind ${path} ${path} && mount -o remount,ro,bind ${path}`,
  ),
];
