import type { Firewall, FirewallReport } from '@overlay/dataplane';
import { equalPrefix, type Address, type Prefix } from '@overlay/cidr';
import type { LaneClock } from '../host/clock.js';
import type { Metrics } from '../http/metrics.js';
import { prefixesOf } from '../lease/read-key.js';
import type { Logger } from '../logger.js';
import { firewallInput } from '../plan/firewall-input.js';
import { Lane, type LaneResult } from './lane.js';
import type { NodePlan } from './node-plan.js';
import type { Problems } from './problems.js';

export interface FirewallLaneDeps {
  readonly clock: LaneClock;
  readonly firewall: Firewall;
  /** Peers that are reached without encapsulation; undefined until they are known. */
  readonly direct: () => readonly Address[] | undefined;
  /** Subnets that nothing may pass between and the peers, because another host owns them. */
  readonly fenced: () => readonly Prefix[];
  readonly resyncSeconds: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly problems: Problems;
  /** Docker's chains came or went: forwarding may be ours to set now. */
  readonly onFacts: (report: FirewallReport) => void;
}

const NOTICE_DELAY_MS = 100;
const LEGACY_LOOK_MS = 1000;

/** Keeps the firewall right: at every change of the plan, after somebody else's change, and every --iptables-resync seconds. */
export class FirewallLane {
  readonly lane: Lane;
  report: FirewallReport | undefined;
  /** The plan whose rules are all there. */
  private applied: NodePlan | undefined;
  private node: NodePlan | undefined;
  private direct: string | undefined;
  /** The plan of the run before this one, for as long as there is none: all that it is good for is a fence. */
  last: NodePlan | undefined;

  constructor(private readonly deps: FirewallLaneDeps) {
    this.lane = new Lane({
      clock: deps.clock,
      name: 'firewall',
      run: () => this.run(),
      periodMs: deps.resyncSeconds * 1000,
      onError: (error) => {
        deps.problems.setError('firewall', error);
      },
    });
  }

  setNode(node: NodePlan): void {
    this.node = node;
    this.lane.mark();
  }

  /** What stood before this run. */
  setLast(node: NodePlan): void {
    this.last = node;
    if (this.deps.fenced().length > 0) this.lane.mark();
  }

  /** Whether traffic of this plan's devices gets through, as far as it is up to us. */
  letsIn(node: NodePlan): boolean {
    return this.applied === node;
  }

  /**
   * Writes the rules for a plan with other devices than the one before: a device that comes up without them gives what it takes in to
   * rules that do not know it. The first ones come after the first kernel pass.
   */
  async ahead(node: NodePlan): Promise<void> {
    const known = this.applied?.backends.map(({ id }) => id);
    if (known !== undefined && node.backends.some(({ id }) => !known.includes(id))) await this.lane.flush();
  }

  /** After a kernel pass: only direct peers are named one by one in the firewall. */
  peersChanged(): void {
    const direct = (this.deps.direct() ?? []).map(({ family, bits }) => `${family} ${bits.toString(16)}`);
    const text = direct.sort().join();
    if (text === this.direct) return;
    this.direct = text;
    this.lane.mark();
  }

  verifySoon(): void {
    this.lane.mark(NOTICE_DELAY_MS);
  }

  private async run(): Promise<LaneResult> {
    const { node, deps } = this;
    if (node === undefined) return this.fenceAlone();
    const direct = deps.direct();
    // Rules without the peers would be written twice: the first kernel pass comes first, and calls.
    if (direct === undefined) return 'clean';
    const report = await deps.firewall.ensure(firewallInput(node, node.firewall, direct, deps.fenced()));
    this.report = report;
    if (report.written.length > 0) {
      deps.metrics.firewallWrites.inc(report.written.length);
      deps.log.info(`firewall: wrote ${report.written.join(', ')}`);
    }
    const error = report.errors[0];
    this.applied = error === undefined ? node : undefined;
    if (error === undefined) deps.problems.clear('firewall');
    else deps.problems.set('firewall', error);
    deps.onFacts(report);
    // Legacy iptables tells nobody of its changes.
    if (report.facts.iptables === 'legacy') this.lane.mark(LEGACY_LOOK_MS);
    return error === undefined ? 'clean' : 'retry';
  }

  /** There is no lease yet: what stood before stays as it is, unless its subnet is another host's. */
  private async fenceAlone(): Promise<LaneResult> {
    const { last, deps } = this;
    const fenced = deps.fenced();
    const had = last === undefined ? [] : prefixesOf(last.input.subnets);
    if (last === undefined || !had.some((mine) => fenced.some((one) => equalPrefix(one, mine))))
      return 'clean';
    const { errors } = await deps.firewall.ensure(firewallInput(last, last.firewall, [], fenced));
    const [error] = errors;
    deps.problems.settle('firewall', error);
    return error === undefined ? 'clean' : 'retry';
  }
}
