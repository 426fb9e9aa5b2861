import type { DockerAgent, DockerReport, DockerWish } from '@overlay/docker';
import { parseIpv4Prefix } from '@overlay/cidr';
import { MemoryLogger } from '../../test/support/memory-logger.js';
import { LaneClock } from '../../test/support/virtual-clock.js';
import { DockerLane } from './docker-lane.js';
import { Problems } from './problems.js';

const WISH: DockerWish = {
  mode: 'network',
  instance: 'default',
  network: 'overlay',
  subnet: parseIpv4Prefix('10.5.1.0/24'),
  mtu: 1450,
  ipMasq: true,
  restart: 'never',
};

/** A Docker that takes every wish at once, or has what the test says is wrong. */
class FakeDocker implements DockerAgent {
  readonly wishes: DockerWish[] = [];
  report: DockerReport = { mode: 'network', reachable: true, state: 'ready', problems: [], changes: [] };

  ensure(wish: DockerWish): Promise<DockerReport> {
    this.wishes.push(wish);
    return Promise.resolve(this.report);
  }

  watch = (): { close(): void } => ({ close: () => undefined });
  cleanup = (): Promise<readonly string[]> => Promise.resolve([]);
}

let lane: DockerLane;
afterEach(() => lane.lane.stop());

function lanes() {
  const agent = new FakeDocker();
  const log = new MemoryLogger();
  const problems = new Problems(log);
  const host = { sure: true };
  const reports: DockerReport[] = [];
  lane = new DockerLane({
    ...{ agent, log, problems, clock: new LaneClock('manual') },
    mayClaim: () => host.sure,
    onReport: (report) => void reports.push(report),
  });
  return { agent, host, log, problems, reports };
}

test('A22 Docker is told nothing while the subnet is not surely ours, and the wish as soon as it is', async () => {
  const { agent, host, reports } = lanes();
  host.sure = false;
  lane.setWish(WISH);
  await lane.lane.flush();
  expect([agent.wishes, reports, lane.answer]).toEqual([[], [], undefined]);
  host.sure = true;
  await lane.lane.flush();
  expect([agent.wishes, lane.answer]).toEqual([[WISH], { wish: WISH, report: agent.report }]);
});

test('A22 past the deadline Docker is not asked either, and what it last was stays known', async () => {
  const { agent, host } = lanes();
  lane.setWish(WISH);
  await lane.lane.flush();
  host.sure = false;
  lane.setWish({ ...WISH, subnet: parseIpv4Prefix('10.5.9.0/24') });
  await lane.lane.flush();
  expect([agent.wishes, lane.answer?.wish]).toEqual([[WISH], WISH]);
});

test('without a wish Docker is not touched', async () => {
  const { agent } = lanes();
  await lane.lane.flush();
  expect(agent.wishes).toEqual([]);
});

test('the first problem of a report is told until there is none, and each change is logged', async () => {
  const { agent, log, problems, reports } = lanes();
  const problem = { code: 'OVL_DOCKER_NETWORK_IN_USE', message: 'in use by web' };
  agent.report = {
    ...agent.report,
    state: 'waiting',
    problems: [problem],
    changes: ['created network overlay'],
  };
  lane.setWish(WISH);
  await lane.lane.flush();
  expect([problems.get('docker'), reports.length]).toEqual([problem, 1]);
  expect(log.lines.join('\n')).toContain('docker: created network overlay');
  agent.report = { ...agent.report, state: 'ready', problems: [] };
  await lane.lane.flush();
  expect(problems.get('docker')).toBeUndefined();
});
