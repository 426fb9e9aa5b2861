import { Fenced } from './invariants/b03-fenced.js';
import { Inside } from './invariants/i06-inside.js';
import { UpToDate } from './invariants/i13-up-to-date.js';
import { LeaseKept } from './invariants/i12-lease-kept.js';
import { NoOverlap } from './invariants/i01-no-overlap.js';
import { OwnWrites } from './invariants/i02-own-writes.js';
import { Removals } from './invariants/i04-removals.js';
import type { Cluster, Invariant } from './invariants/model.js';
import { ModelEtcd, type EtcdWrite, type Saved } from './model/etcd.js';
import { EtcdLink } from './model/etcd-link.js';
import { Random } from './random.js';
import { Scheduler } from './scheduler.js';
import { SimNode, type Mutation, type NodeHooks } from './sim-node.js';
import { Trace } from './trace.js';

/** So many events at one instant are a busy loop. */
const BUSY = 20_000;

/** There is no such folder: what is below it is on the disks of the model. */
const FOLDER = '/overlay-sim';

export interface WorldOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly ttlSeconds: number;
  /** How many subnets may be leased: few, so that they are fought for. */
  readonly subnets: number;
  readonly mutation?: Mutation;
}

/** What is broken, by which invariant, and when. */
export interface Violation {
  readonly invariant: string;
  readonly message: string;
  readonly atMs: number;
}

const networkText = (subnets: number, backend: object): string =>
  JSON.stringify({
    Network: '10.5.0.0/16',
    SubnetMin: '10.5.1.0',
    SubnetMax: `10.5.${subnets}.0`,
    Backend: backend,
  });

/** In the midst of what daemons were stopped. */
export interface Midst {
  powerCuts: number;
  /** Of these, how many found something that was not on the disk for certain. */
  unsynced: number;
  /** kill -9 between two calls on files. */
  kills: number;
}

/** A cluster: etcd, nodes, and those who watch that all is right. */
export class World implements Cluster {
  readonly scheduler = new Scheduler();
  readonly trace = new Trace();
  readonly etcd: ModelEtcd;
  readonly nodes: readonly SimNode[];
  readonly random: Random;
  restoredMs = -Infinity;
  /** The last backup of etcd. */
  backup: Saved | undefined;
  violation: Violation | undefined;
  /** Changes that nodes asked their kernels for. */
  kernelChanges = 0;
  readonly midst: Midst = { powerCuts: 0, unsynced: 0, kills: 0 };
  private readonly invariants: readonly Invariant[];
  private readonly foreignAtStart: readonly string[];

  constructor(readonly options: WorldOptions) {
    const { seed, nodes, ttlSeconds, mutation = {} } = options;
    this.random = new Random(seed);
    this.etcd = new ModelEtcd(this.scheduler, {
      written: (write) => this.written(write),
      expired: (owner, id, ttl, keys) => {
        this.note(`etcd: lease ${id} of ${owner} is over: ${keys.join()}`);
        for (const one of this.invariants) this.judge(one.id, one.expired?.(owner, ttl, keys));
      },
    });
    this.nodes = Array.from({ length: nodes }, (_, index) => {
      const random = this.random.fork(index);
      const link = new EtcdLink(this.etcd, this.scheduler, random.fork(1));
      const folder = `${FOLDER}/n${index + 1}`;
      const { scheduler, etcd } = this;
      const site = { scheduler, etcd, link, folder, ttlSeconds, random, hooks: this.hooks(), mutation };
      return new SimNode(index + 1, site);
    });
    this.invariants = [
      new NoOverlap(this),
      new OwnWrites(this),
      new Removals(this),
      new Inside(),
      new LeaseKept(this),
      new UpToDate(this),
      new Fenced(this),
    ];
    this.foreignAtStart = this.nodes.map(({ kernel }) => kernel.foreign());
  }

  /** The network config as an operator writes it. */
  configure(backend: object): void {
    this.note(`config: ${JSON.stringify(backend)}`);
    this.etcd.putConfig(networkText(this.options.subnets, backend));
  }

  note(text: string): void {
    this.trace.add(this.scheduler.nowMs, text);
  }

  /** Runs on; ends early at a violation. */
  async runFor(ms: number): Promise<void> {
    await this.scheduler.runFor(ms, () => this.step());
  }

  /** The first violation counts. */
  judge(invariant: string, message: string | undefined): void {
    if (message === undefined || this.violation !== undefined) return;
    this.violation = { invariant, message, atMs: this.scheduler.nowMs };
    this.note(`${invariant} VIOLATED: ${message}`);
    this.scheduler.halt();
  }

  isSound(): boolean {
    return this.violation === undefined;
  }

  /** I7: what is somebody else's in a kernel is as it was. */
  foreignIsUntouched(): string | undefined {
    const touched = this.nodes.find(({ kernel }, index) => kernel.foreign() !== this.foreignAtStart[index]);
    return touched && `${touched.name} has foreign objects ${touched.kernel.foreign()}`;
  }

  close(): void {
    for (const node of this.nodes) {
      node.kill();
      node.files.close();
    }
  }

  private step(): void {
    if (this.scheduler.atOnce > BUSY) this.judge('I14', 'something goes on for ever and waits for nothing');
    for (const invariant of this.invariants) this.judge(invariant.id, invariant.step?.());
    for (const node of this.nodes) node.settle();
  }

  private written(write: EtcdWrite): void {
    const { writer, name, after } = write;
    this.note(`etcd: ${writer} ${after === undefined ? 'deleted' : 'put'} ${name}`);
    for (const one of this.invariants) this.judge(one.id, one.written?.(write));
  }

  private hooks(): NodeHooks {
    return {
      applied: (node, applied) => {
        this.kernelChanges += applied.changes.length;
        const failed = applied.outcomes.filter(({ ok }) => !ok).length;
        this.note(`${node.name}: ${applied.changes.length} kernel changes, ${failed} failed`);
        for (const one of this.invariants) this.judge(one.id, one.applied?.(node, applied));
      },
      told: (node, told) => {
        if (told.kind !== 'events') this.note(`${node.name}: told ${told.kind}`);
        for (const one of this.invariants) one.told?.(node, told);
      },
      started: (node) => {
        this.note(`${node.name}: started`);
        for (const one of this.invariants) one.started?.(node);
      },
      failed: (node, error) => this.judge('I12', `${node.name} could not start: ${String(error)}`),
      log: (node, line) => this.note(`${node.name}: ${line}`),
    };
  }
}
