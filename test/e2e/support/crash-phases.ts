import type { Daemon } from '@overlay/testbed';
import type { HostState } from './crash-host';
import type { Life } from './crash-life';
import type { Program } from './crash-tracer';
import { eventually, sh } from './rig';

/** One stretch of the life of overlayd, at each step of which it can be disturbed. */
export interface Phase {
  readonly name: string;
  /** Brings the host to where it begins; `joined` is what a host in order is like, as soon as that is known. */
  readonly prepare: (joined: HostState | undefined) => Promise<void>;
  /** What is followed from its first system call on; else it is the daemon that runs. */
  readonly program?: Program;
  /** What the daemon that runs meets. */
  readonly happen?: () => Promise<void> | void;
  /** Whether the undisturbed one has done it all. */
  readonly isOver: (daemon: Daemon) => boolean;
  /** It ends with the process. */
  readonly ends?: true;
  /** What lets a daemon that goes on come to be in order. */
  readonly goOn?: () => Promise<void>;
  /** What a daemon says that met a failure; else the name of the error. */
  readonly says?: RegExp;
  /** What anybody would do afterwards: start it and wait until it is ready. */
  readonly recover: () => Promise<void>;
  /** After it and a start the host is in order, as it was or will be without it. */
  readonly restores?: true;
}

/** A start on a host that knows nothing yet, up to where it waits for a network config. */
const start = (life: Life): Phase => ({
  name: 'start',
  prepare: () => life.blank(),
  program: life.daemonProgram,
  isOver: () => life.waits(),
  goOn: () => life.configure(1),
  recover: async () => {
    await life.configure(1);
    await life.start();
  },
  restores: true,
});

/** Its first config: a lease, devices, routes, firewall, Docker's file, subnet.env. */
const join = (life: Life): Phase => ({
  name: 'join',
  prepare: () => life.waiting(),
  happen: () => life.configure(1),
  isOver: () => life.hasJoined(),
  recover: () => life.start(),
});

const peer = (life: Life): Phase => ({
  name: 'peer',
  prepare: (joined) => life.joined(joined),
  happen: () => life.addPeer(60),
  isOver: () => life.hasFollowed(),
  recover: () => life.start(),
});

/** Another VNI: a second device beside the first one, and a new value of the lease. */
const change = (life: Life): Phase => ({
  name: 'change',
  prepare: (joined) => life.joined(joined),
  happen: () => life.configure(2),
  isOver: () => life.hasDevice('flannel.2b'),
  recover: () => life.start(),
});

/** The first VNI again: the second device goes. */
const back = (life: Life): Phase => ({
  name: 'back',
  prepare: (joined) => life.changed(joined),
  happen: () => life.configure(1),
  isOver: () => !life.hasDevice('flannel.2b'),
  recover: () => life.start(),
  restores: true,
});

const leave = (life: Life): Phase => ({
  name: 'leave',
  prepare: async (joined) => {
    await life.joined(joined);
    await life.addPeer(60);
    await eventually('the peer', () => Promise.resolve(life.hasFollowed()));
    await life.settled();
  },
  happen: () => life.removePeer(60),
  isOver: () => life.hasFollowed(),
  recover: () => life.start(),
  restores: true,
});

const stop = (life: Life): Phase => ({
  name: 'stop',
  prepare: (joined) => life.joined(joined),
  happen: () => life.crash.overlayd.process.signal('SIGTERM'),
  isOver: (daemon) => !daemon.running,
  ends: true,
  recover: () => life.start(),
  restores: true,
});

const cleanup = (life: Life): Phase => ({
  name: 'cleanup',
  prepare: async (joined) => {
    await life.joined(joined);
    await life.stop();
  },
  program: life.cleanupProgram,
  isOver: (daemon) => !daemon.running,
  ends: true,
  recover: () => life.cleanup(),
});

/** Somebody takes away what is ours; where nobody hears of it, only a look at everything finds it. */
const drift = (life: Life, line: string, says: RegExp): Phase => ({
  name: `drift (${line})`,
  prepare: (joined) => life.joined(joined),
  happen: async () => {
    await sh(life.crash.host, line);
  },
  isOver: () => says.test(life.said()),
  says,
  recover: () => life.start(),
  restores: true,
});

/** By what tells overlayd of it. */
export const driftsOf = (life: Life): ReadonlyMap<string, Phase> =>
  new Map([
    ['rtnetlink notifications 0', drift(life, 'ip route del 10.5.50.0/24', /put back \d+ kernel objects/)],
    ['nftables notifications 0', drift(life, 'iptables -t nat -F OVERLAY-POSTRTG', /firewall: wrote/)],
  ]);

export const phasesOf = (life: Life): readonly Phase[] =>
  [start, join, peer, leave, change, back, stop, cleanup].map((phase) => phase(life));
