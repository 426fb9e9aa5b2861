import type { DockerAgent, DockerReport, DockerWish } from '@overlay/docker';
import type { LaneClock } from '../host/clock.js';
import type { Logger } from '../logger.js';
import { Lane, type LaneResult } from './lane.js';
import type { Problems } from './problems.js';

const CHECK_MS = 30_000;

export interface DockerLaneDeps {
  readonly clock: LaneClock;
  readonly agent: DockerAgent;
  readonly log: Logger;
  readonly problems: Problems;
  /** Whether the subnet is surely this host's: otherwise Docker is not told to hand out addresses of it. */
  readonly mayClaim: () => boolean;
  readonly onReport: (report: DockerReport) => void;
}

/** Keeps Docker told. On a lane of its own: Docker absent or hung delays nothing else. */
export class DockerLane {
  readonly lane: Lane;
  /** The last report, and the wish that it answers. */
  answer: { readonly wish: DockerWish; readonly report: DockerReport } | undefined;
  private wish: DockerWish | undefined;

  constructor(private readonly deps: DockerLaneDeps) {
    const { clock, problems } = deps;
    this.lane = new Lane({
      clock,
      name: 'docker',
      run: () => this.run(),
      periodMs: CHECK_MS,
      onError: (error) => {
        problems.setError('docker', error);
      },
    });
  }

  get report(): DockerReport | undefined {
    return this.answer?.report;
  }

  setWish(wish: DockerWish): void {
    this.wish = wish;
    this.lane.mark();
  }

  private async run(): Promise<LaneResult> {
    const { wish } = this;
    const { agent, log, problems, mayClaim, onReport } = this.deps;
    if (wish === undefined) return 'clean';
    if (!mayClaim()) return 'retry';
    const report = await agent.ensure(wish);
    this.answer = { wish, report };
    onReport(report);
    for (const change of report.changes) log.info(`docker: ${change}`);
    const problem = report.problems[0];
    if (problem === undefined) problems.clear('docker');
    else problems.set('docker', problem);
    // A dockerd that hung tells nobody when it goes on: no event, the socket was never closed.
    return report.reachable && report.state !== 'failed' ? 'clean' : 'retry';
  }
}
