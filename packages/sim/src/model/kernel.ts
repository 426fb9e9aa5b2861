import { formatPrefix, parseAddress, parsePrefix } from '@overlay/cidr';
import {
  FakeKernel,
  type ActualState,
  type Change,
  type DesiredState,
  type Kernel,
  type KernelNotice,
  type KernelObject,
  type Outcome,
  type Ownership,
} from '@overlay/dataplane';
import type { Random } from '../random.js';
import type { NodeClock } from './node-clock.js';

const OURS = 76;
const STATIC = 4;
const NIC = {
  name: 'eth0',
  kind: '',
  mtu: 1500,
  mac: '02:00:00:00:ff:01',
  carrier: true,
  loopback: false,
  alias: '',
};
const ONCE = { scope: 'global', permanent: true, deprecated: false, temporary: false } as const;

/** Devices with a name of ours. */
const isDevice = (name: string | undefined): name is string => name?.startsWith('flannel') === true;

/** The kernel of one host, and the foreign hands in it. It outlives the daemon. */
export class ModelKernel {
  fake = new FakeKernel();
  /** Notifications are lost now. */
  deaf = false;
  private readonly deafListeners = new Set<() => void>();

  constructor(private readonly hostNumber: number) {
    this.reset();
  }

  /** As after a reboot: what the host has without us. */
  reset(): void {
    const { tables } = (this.fake = new FakeKernel());
    tables.putLink({ ...NIC, up: true });
    tables.putLink({ ...NIC, name: 'br-theirs', kind: 'bridge', mac: '02:00:00:00:ff:02', up: true });
    const address = parseAddress(`172.31.0.${this.hostNumber}`);
    tables.putAddress({ link: 'eth0', address, length: 24, ...ONCE });
    for (const key of ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding']) tables.sysctls.set(key, '0');
    this.putForeignRoute('192.0.2.0/24', 5);
  }

  /** What is somebody else's, as text: it may never change. */
  foreign(): string {
    const { links, routes } = this.fake.tables.snapshot();
    const theirs = links.filter(({ name }) => name === 'br-theirs').map(({ name, up }) => `${name} ${up}`);
    const ways = routes.filter(({ protocol }) => protocol === STATIC);
    return [
      ...theirs,
      ...ways.map(({ destination, metric }) => `${formatPrefix(destination)} ${metric}`),
    ].join();
  }

  onHearing(listener: () => void): () => void {
    this.deafListeners.add(listener);
    return () => this.deafListeners.delete(listener);
  }

  /** The queue of notifications is read again; what was lost is lost. */
  hear(): void {
    this.deaf = false;
    for (const listener of this.deafListeners) listener();
  }

  /** Deletes some of our objects behind the daemon's back. */
  deleteSome(random: Random): string {
    const { tables } = this.fake;
    const { links, routes, neighbours, fdb } = tables.snapshot();
    const devices = links.filter(({ name }) => isDevice(name));
    if (devices.length > 0 && random.chance(0.3)) {
      const { name } = random.pick(devices);
      tables.deleteLink(name);
      return `link ${name}`;
    }
    const objects = [
      ...routes.filter(({ protocol }) => protocol === OURS).map((route) => ({ ...route, type: 'route' })),
      ...neighbours.filter(({ link }) => isDevice(link)).map((one) => ({ ...one, type: 'neighbour' })),
      ...fdb.filter(({ link }) => isDevice(link)).map((one) => ({ ...one, type: 'fdb' })),
    ] as unknown as readonly KernelObject[];
    const gone = objects.filter(() => random.chance(0.4));
    for (const object of gone) tables.remove(object);
    return `${gone.length} objects`;
  }

  /** Sets a device up or down; down, its routes are gone. */
  setLink(name: string, up: boolean): void {
    const { tables } = this.fake;
    const present = tables.snapshot().links.find((link) => link.name === name);
    if (present === undefined) return;
    const { index: _, ...link } = present;
    tables.putLink({ ...link, up, carrier: up });
  }

  devices(): readonly string[] {
    const { links } = this.fake.tables.snapshot();
    return links.map(({ name }) => name).filter((name) => name === 'eth0' || isDevice(name));
  }

  /** Somebody replaces one of our routes by his own of the same identity, or puts a stray neighbour on our device. */
  meddle(random: Random): string {
    const { tables } = this.fake;
    const { routes, links } = tables.snapshot();
    const ours = routes.filter(({ protocol }) => protocol === OURS);
    const device = links.find(({ name }) => isDevice(name));
    if (device !== undefined && random.chance(0.5)) {
      const address = parseAddress(`10.5.${random.below(9)}.7`);
      tables.putNeighbour({ link: device.name, address, mac: '02:00:00:00:ee:01', permanent: true });
      return 'a stray neighbour';
    }
    if (ours.length === 0) return 'nothing';
    const route = random.pick(ours);
    tables.putRoute({ ...route, mtu: 1111 });
    return `route ${formatPrefix(route.destination)} changed`;
  }

  private putForeignRoute(destination: string, metric: number): void {
    this.fake.tables.putRoute({
      ...{ destination: parsePrefix(destination), metric, protocol: STATIC, table: 254, scope: 0 },
      ...{ kind: 'unicast', onlink: false, link: 'br-theirs' },
    });
  }
}

/** What one process did to the kernel. */
export interface Applied {
  readonly changes: readonly Change[];
  readonly outcomes: readonly Outcome[];
}

/** A process that was killed in the midst of what it does goes no further. */
const never = (): Promise<never> => new Promise(() => undefined);

/** The kernel as one process has it: a batch takes time, and a process may die in its midst. */
export class KernelAccess implements Kernel {
  private readonly closers: (() => void)[] = [];

  constructor(
    protected readonly kernel: ModelKernel,
    private readonly clock: NodeClock,
    private readonly applied: (applied: Applied) => void,
  ) {}

  async read(ownership: Ownership, desired?: DesiredState): Promise<ActualState> {
    if (this.clock.isDead) return never();
    const state = await this.kernel.fake.read(ownership, desired);
    // What was read may be old by the time it is used.
    if (this.clock.random() < 0.05) await this.clock.sleep(1);
    return state;
  }

  look(ownership: Ownership, desired?: DesiredState): Promise<ActualState> {
    return this.kernel.fake.look(ownership, desired);
  }

  async apply(changes: readonly Change[]): Promise<readonly Outcome[]> {
    if (changes.length === 0) return [];
    if (this.clock.isDead) return never();
    const middle = Math.floor(this.clock.random() * (changes.length + 1));
    const first = await this.write(changes.slice(0, middle));
    await this.clock.sleep(1 + this.clock.random());
    const outcomes = [...first, ...(await this.write(changes.slice(middle)))];
    this.applied({ changes, outcomes });
    return outcomes;
  }

  async watch(listener: (notice: KernelNotice) => void): Promise<{ close(): void }> {
    const tell = (notice: KernelNotice): void => {
      if (!this.kernel.deaf) this.clock.arrive(() => listener(notice));
    };
    const watch = await this.kernel.fake.watch(tell);
    const stop = this.kernel.onHearing(() => tell({ type: 'resync', reason: 'ENOBUFS' }));
    this.closers.push(() => watch.close(), stop);
    return { close: () => this.close() };
  }

  close(): void {
    for (const close of this.closers.splice(0)) close();
  }

  private async write(changes: readonly Change[]): Promise<readonly Outcome[]> {
    const outcomes = await this.kernel.fake.apply(changes);
    this.kernel.fake.applied.splice(0);
    return outcomes;
  }
}
