import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../rig';
import { waitForProblem } from '../ways';
import { keepsAll } from './etcd-faults';
import type { FaultRig } from './rig';
import type { Fault } from './run';

const MEMBERS = [1, 2, 3] as const;
const HOUR_S = 3600;
/** A certificate that is to be taken has to last so long yet; the files are looked at when a connection was lost. */
const SHORT_S = 3;
/** The files are looked at every 10 s. */
const LOOKED_MS = 15_000;

/** A whole second, as certificates have it, at least so far from now. */
const inSeconds = (seconds: number): Date => new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000);

const past = (date: Date): Promise<void> => sleep(date.getTime() - Date.now() + 100);

/** Members reset all connections of the third host, as a machine between them may. */
async function breakConnections(rig: FaultRig): Promise<void> {
  const { port } = new URL(rig.etcd.secureEndpoints[0]!);
  const filter = ['state', 'established', `sport = :${port}`, 'dst', rig.host(3).address];
  const { process } = rig.daemon(3);
  // Else it would connect anew to one member while another one's are reset.
  process.signal('SIGSTOP');
  try {
    const all = rig.members.map((member) => member.exec(['ss', '--kill', '-Htn', ...filter]));
    const killed = (await Promise.all(all)).map(({ stdout }) => stdout.trim());
    if (killed.every((line) => line === '')) throw new Error('h3 had no connection to etcd to be reset');
  } finally {
    process.signal('SIGCONT');
  }
}

/** Waits until the third host uses the certificate that ends then. */
async function takes(rig: FaultRig, end: Date, withinMs: number): Promise<void> {
  const isTaken = async (): Promise<boolean> => {
    const { stdout } = await rig.daemon(3).health('metrics');
    const left = /^overlayd_etcd_certificate_expires_seconds (\S+)$/m.exec(stdout)?.[1];
    return Math.abs(Date.now() + Number(left) * 1000 - end.getTime()) < 60_000;
  };
  await eventually(`h3 takes the certificate that ends at ${end.toISOString()}`, isTaken, withinMs);
}

/** The third host says why it is not ready, and keeps what it has, also when one more thing comes. */
const waits = (rig: FaultRig, next: () => Promise<unknown> = () => Promise.resolve()): Promise<void> =>
  keepsAll(
    rig,
    async () => {
      await waitForProblem(rig.daemon(3), 'OVL_ETCD_TLS');
      await next();
      // It tries a few times.
      await sleep(1000);
      await rig.notReady(3);
    },
    3,
  );

/** One after the other, so that etcd answers all the time. */
async function restartMembers(rig: FaultRig): Promise<void> {
  for (const number of MEMBERS) {
    await rig.etcd.member(number).kill();
    rig.etcd.startMember(number);
    await rig.etcd.ready();
  }
}

/** How long the third host's log was when the CA was about to be replaced. */
let toldBefore = 0;

/** Codes of what the third host has warned of since then. That etcd chooses a leader on a busy machine is not what is looked for. */
function warned(rig: FaultRig): readonly string[] {
  const lines = rig.daemon(3).log().slice(toldBefore).split('\n');
  return lines
    .filter((line) => line.includes('"level":"warn"') && !line.includes('OVL_ETCD_TIMEOUT'))
    .map((line) => /OVL_ETCD_\w+/.exec(line)?.[0] ?? '')
    .filter(Boolean);
}

async function replaceAll(rig: FaultRig): Promise<void> {
  toldBefore = rig.daemon(3).log().length;
  await takes(rig, await rig.certificates.addAuthority(), LOOKED_MS);
  await rig.certificates.renewServer();
  rig.certificates.dropAuthority();
  expect(warned(rig)).toEqual([]);
}

export const TLS_FAULTS: readonly Fault[] = [
  {
    name: 'A14 I4 a host whose client certificate runs out keeps everything, says so, and goes on with its subnet by a new one',
    peersChange: 'meanwhile',
    inject: async (rig) => {
      const end = await rig.certificates.renewClient({ to: inSeconds(SHORT_S) });
      await breakConnections(rig);
      await takes(rig, end, SHORT_S * 1000);
      await past(end);
      await breakConnections(rig);
    },
    meanwhile: (rig) => waits(rig),
    heal: (rig) => rig.certificates.renewClient(),
  },
  {
    name: 'A14 F18 I4 certificates of etcd that have run out, and ones that are not valid yet, are refused, and tried until they are valid',
    peersChange: 'meanwhile',
    inject: async (rig) => {
      await rig.certificates.renewServer({ from: inSeconds(-HOUR_S), to: inSeconds(-1) });
      await breakConnections(rig);
    },
    // As for a host whose clock is behind.
    meanwhile: (rig) =>
      waits(rig, () => rig.certificates.renewServer({ from: inSeconds(HOUR_S), to: inSeconds(2 * HOUR_S) })),
    heal: (rig) => rig.certificates.renewServer(),
  },
  {
    name: 'A14 the CA of etcd and all certificates are replaced, the new CA first beside the old one, and nobody is told of it',
    peersChange: 'meanwhile',
    inject: replaceAll,
    // Who trusts the old CA alone, or shows a certificate of it, is refused from now on.
    meanwhile: async (rig) => {
      await restartMembers(rig);
      await rig.converged();
      await rig.ready();
      expect(warned(rig)).not.toContain('OVL_ETCD_TLS');
    },
    heal: async (rig) => {
      await rig.certificates.renewServer();
      rig.certificates.dropAuthority();
      for (const number of MEMBERS) rig.etcd.startMember(number);
    },
  },
];
