import type { DockerAgent, DockerReport, DockerWish } from '@overlay/docker';
import type { Logger } from '../logger.js';
import { Lane, type LaneResult } from './lane.js';
import type { Problems } from './problems.js';

const CHECK_MS = 30_000;

/** Keeps Docker told. On a lane of its own: Docker absent or hung delays nothing else. */
export class DockerLane {
  readonly lane: Lane;
  /** The last report, and the wish that it answers. */
  answer: { readonly wish: DockerWish; readonly report: DockerReport } | undefined;
  private wish: DockerWish | undefined;

  constructor(
    private readonly agent: DockerAgent,
    private readonly log: Logger,
    private readonly problems: Problems,
    private readonly onReport: (report: DockerReport) => void,
  ) {
    this.lane = new Lane({
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
    if (wish === undefined) return 'clean';
    const report = await this.agent.ensure(wish);
    this.answer = { wish, report };
    this.onReport(report);
    for (const change of report.changes) this.log.info(`docker: ${change}`);
    const problem = report.problems[0];
    if (problem === undefined) this.problems.clear('docker');
    else this.problems.set('docker', problem);
    // A dockerd that hung tells nobody when it goes on: no event, the socket was never closed.
    return report.reachable && report.state !== 'failed' ? 'clean' : 'retry';
  }
}
