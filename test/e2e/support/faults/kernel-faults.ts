import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon, Host } from '@overlay/testbed';
import { eventually, sh } from '../rig';
import { problemOf } from '../ways';
import type { FaultRig } from './rig';
import type { Fault } from './run';
import { DEVICE } from './wanted';

const nothing = (): Promise<void> => Promise.resolve();

/** What goes wrong in the first host's kernel by one command, and is put back without a word from anybody. */
const damage = (name: string, line: string): Fault => ({
  name,
  peersChange: 'meanwhile',
  mayLose: true,
  inject: (rig) => sh(rig.host(1), line),
  heal: nothing,
});

/** A subnet of a peer that no fault changes. */
const TAKEN = '10.1.100.0/24';
const FOREIGN_ROUTE = `${TAKEN} dev eth0 proto static`;

const routeTo = (host: Host, subnet: string): Promise<string> => sh(host, `ip route show ${subnet}`);

/** The lock of iptables, which the third host has for itself. */
let holder: Daemon | undefined;

async function holdLock(rig: FaultRig): Promise<void> {
  const daemon = rig.daemon(3);
  const lock = join(daemon.place.directory, 'own-folder', 'xtables.lock');
  // One process, so that its death is the end of the lock.
  const hold = `exec 9>${lock}; flock 9; exec sleep 60`;
  holder = rig.host(3).spawn('lock', ['sh', '-c', hold]);
  await eventually(
    'the lock',
    async () => (await rig.host(3).tryExec(['flock', '-n', lock, 'true'])).code !== 0,
  );
  await sh(rig.host(3), 'iptables-legacy -F OVERLAY-FWD');
}

const FLUSH = ['filter', 'nat', 'raw', 'mangle'].map((table) => `iptables -t ${table} -F`).join('; ');

export const KERNEL_FAULTS: readonly Fault[] = [
  damage('D01 D02 all routes of ours deleted come back', 'ip route flush proto 76'),
  damage('D01 all neighbours of ours deleted come back', `ip neigh flush dev ${DEVICE} nud permanent`),
  damage(
    'D11 all FDB entries of ours deleted come back',
    `bridge fdb show dev ${DEVICE} | sed 's/^/fdb del /; s/ self permanent//; s/$/ dev ${DEVICE}/' | bridge -force -batch -`,
  ),
  damage('D05 our device deleted comes back as it was, with all its peers', `ip link del ${DEVICE}`),
  damage(
    'D03 D04 our device set down, without its address and with another MAC is as it was',
    [
      `ip link set ${DEVICE} down`,
      `ip addr flush dev ${DEVICE} scope global`,
      `ip link set ${DEVICE} address 02:00:00:00:00:99`,
    ].join('; '),
  ),
  {
    name: 'D13 I7 a foreign route at the place of ours stays and is told of, and ours comes when it is gone',
    peersChange: 'afterwards',
    inject: async (rig) => {
      rig.daemon(1).process.signal('SIGSTOP');
      await sh(rig.host(1), `ip route del ${TAKEN} proto 76; ip route add ${FOREIGN_ROUTE}`);
      rig.daemon(1).process.signal('SIGCONT');
    },
    meanwhile: async (rig) => {
      await rig.notReady(1);
      await rig.host(1).overlayctl(['resync']);
      expect(await routeTo(rig.host(1), TAKEN)).toBe(`${TAKEN} dev eth0 proto static scope link`);
    },
    heal: (rig) => {
      rig.daemon(1).process.signal('SIGCONT');
      return sh(rig.host(1), `ip route del ${FOREIGN_ROUTE} || :`);
    },
  },
  {
    name: 'D07 a link of the underlay that flaps leaves nothing missing',
    peersChange: 'meanwhile',
    mayLose: true,
    inject: async (rig) => {
      for (let round = 0; round < 3; round += 1)
        await sh(rig.host(1), 'ip link set eth0 down; ip link set eth0 up');
      await rig.host(1).unplug();
      await sleep(500);
    },
    heal: async (rig) => {
      await rig.host(1).plug();
      await sh(rig.host(1), `ip route replace default via ${rig.cluster.switchAddress}`);
      await rig.replant(1);
    },
  },
  {
    name: 'E05 flushed tables of the firewall have ours again, before dockerd has been restarted and after',
    peersChange: 'meanwhile',
    mayLose: true,
    inject: (rig) => sh(rig.host(1), FLUSH),
    meanwhile: (rig) => rig.converged([rig.judged[0]!]),
    heal: async (rig) => {
      await restartEngine(rig);
      // With containers that run on, dockerd leaves this to who flushed.
      await sh(
        rig.host(1),
        `iptables -C DOCKER-USER -j RETURN || iptables -A DOCKER-USER -j RETURN
        iptables -C FORWARD -j DOCKER-USER || iptables -I FORWARD -j DOCKER-USER`,
      );
      await rig.replant(1);
    },
  },
  {
    name: 'E07 a held lock of iptables is told of and holds up nothing else, and then the rules are written',
    peersChange: 'meanwhile',
    inject: holdLock,
    meanwhile: async (rig) => {
      await rig.notReady(3);
      expect(await problemOf(rig.daemon(3), 'OVL_FIREWALL_LOCKED')).toBeDefined();
    },
    heal: async () => holder?.kill(),
  },
];

/** As a crash of dockerd that its supervisor notices. */
export async function restartEngine(rig: FaultRig): Promise<void> {
  await rig.host(1).engine.kill();
  await rig.host(1).engine.start(['--live-restore']);
}
