import { formatPrefix, OverlayError } from '@overlay/cidr';
import type { DockerAgent, DockerReport, DockerWish } from '@overlay/docker';
import { ControlRig, type DaemonOptions } from '../../test/support/control-daemon.js';
import { formatLeaseValue } from '@overlay/lease';
import { NODE_ID, peer } from '../../test/support/hosts.js';
import { controlHandlers } from '../control/handlers.js';
import { leasesReply } from '../control/peers.js';

const OLD = '10.5.1.0-24';
const MOVED = JSON.stringify({
  Network: '10.6.0.0/16',
  FormerNetworks: ['10.5.0.0/16'],
  Backend: { Type: 'vxlan' },
});

/** A Docker that has the wished subnet only when the test says that the old one is empty. */
class FakeDocker implements DockerAgent {
  readonly wishes: DockerWish[] = [];
  empty = true;
  subnet = '10.5.1.0/24';
  changes: readonly string[] = [];
  once: () => void = () => undefined;
  private listener: (reason: string) => void = () => undefined;

  ensure(wish: DockerWish): Promise<DockerReport> {
    this.wishes.push(wish);
    if (this.empty) this.subnet = formatPrefix(wish.subnet);
    const ready = this.subnet === formatPrefix(wish.subnet);
    const problems = ready ? [] : [{ code: 'OVL_DOCKER_NETWORK_IN_USE', message: 'in use by web' }];
    const { subnet, changes } = this;
    this.once();
    const state = ready ? 'ready' : 'waiting';
    return Promise.resolve({ mode: wish.mode, reachable: true, state, subnet, problems, changes });
  }

  /** The last container is gone. */
  leave(): void {
    this.empty = true;
    this.listener('container');
  }

  watch(listener: (reason: string) => void): { close(): void } {
    this.listener = listener;
    return { close: () => undefined };
  }

  cleanup = (): Promise<readonly string[]> => Promise.resolve([]);
}

let rigs: ControlRig[] = [];
afterEach(async () => {
  for (const rig of rigs) await rig.stop();
  rigs = [];
});

async function started(options: DaemonOptions): Promise<ControlRig> {
  const rig = new ControlRig(options);
  rigs.push(rig);
  await rig.start();
  return rig;
}

async function withDocker(docker = new FakeDocker()) {
  const rig = await started({ config: { docker: 'network', dockerRestart: 'never' }, docker });
  await rig.daemon.dockerLane?.lane.flush();
  docker.empty = false;
  rig.store.tellConfig(MOVED);
  await rig.settle();
  return { rig, docker };
}

const keys = ({ store }: ControlRig): string[] => [...store.keys.keys()];
const codes = ({ daemon }: ControlRig): string[] => daemon.problems.list().map(({ code }) => code);
const outcomes = ({ store }: ControlRig): string[] => store.answers.map(({ state }) => state);

async function ask(rig: ControlRig): Promise<void> {
  await rig.store.requestRenumber(NODE_ID, 'somebody');
  await rig.daemon.renumbering.lane.flush();
}

test('C03 a request is carried out and answered: draining first, done when the last container is gone', async () => {
  const { rig, docker } = await withDocker();
  await ask(rig);
  expect(outcomes(rig)).toEqual(['draining']);
  expect(rig.store.answers[0]?.message).toContain('in use by web');
  expect(rig.store.requests.size).toBe(0);
  expect(keys(rig)).toHaveLength(2);
  expect(codes(rig)).toContain('OVL_RENUMBER_DRAINING');
  docker.leave();
  await rig.daemon.dockerLane?.lane.flush();
  await rig.daemon.renumbering.lane.flush();
  expect(outcomes(rig)).toEqual(['draining', 'done']);
  expect(keys(rig)).toEqual([expect.stringMatching(/^10\.6\./)]);
  expect(codes(rig)).not.toContain('OVL_RENUMBER_DRAINING');
});

test('C03 an empty old subnet is given back at once', async () => {
  const { rig, docker } = await withDocker();
  docker.empty = true;
  await ask(rig);
  expect(outcomes(rig)).toEqual(['done']);
  expect(keys(rig)).toHaveLength(1);
});

test('while it drains both subnets are the host’s own: in the plan, the list and explain', async () => {
  const { rig } = await withDocker();
  await ask(rig);
  await rig.settle();
  const { input } = rig.daemon.nodeLane.node!;
  expect(input.draining?.map(({ subnet }) => formatPrefix(subnet))).toEqual(['10.5.1.0/24']);
  expect(rig.daemon.kernelLane.state.peers.size).toBe(0);
  expect(leasesReply(rig.daemon).leases.map(({ state, own }) => [state, own])).toEqual([
    ['own', true],
    ['own', true],
  ]);
  const { verdict } = await controlHandlers(rig.daemon).explain(
    { address: '10.5.1.9' },
    new AbortController().signal,
  );
  expect(verdict).toBe('own');
});

test('a request that fails is answered with the reason, and the old lease stays', async () => {
  const { rig } = await withDocker();
  rig.store.tellConfig(JSON.stringify({ Network: '10.6.0.0/16', Backend: { Type: 'nonsense' } }));
  await ask(rig);
  expect(outcomes(rig)).toEqual(['failed']);
  expect(rig.store.answers[0]?.message).toMatch(/^OVL_/);
  expect(keys(rig)).toEqual([OLD]);
});

test('C03 after a request that failed the node runs on as before, and the next request is a new try', async () => {
  const { rig } = await withDocker();
  // A config like any other, which a node refuses only when it plans with it.
  const onlyV6 = { EnableIPv4: false, EnableIPv6: true, IPv6Network: 'fd00::/56' };
  rig.store.tellConfig(JSON.stringify({ ...onlyV6, Backend: { Type: 'vxlan' } }));
  await ask(rig);
  await rig.daemon.nodeLane.lane.flush();
  expect(rig.daemon.problems.get('node')).toBeUndefined();
  expect(rig.daemon.network.running?.ipv4).toBeDefined();
  expect(rig.daemon.keeper.needsLease()).toBe(false);
  rig.store.tellConfig(MOVED);
  await ask(rig);
  expect(outcomes(rig)).toEqual(['failed', 'draining']);
  expect(keys(rig)).toHaveLength(2);
});

test('an answer that does not reach etcd is tried again', async () => {
  const { rig } = await withDocker();
  rig.store.break('answerRenumber', 'unreachable', 1);
  await ask(rig);
  expect([outcomes(rig), codes(rig)]).toEqual([[], expect.arrayContaining(['OVL_ETCD_UNREACHABLE'])]);
  await rig.daemon.renumbering.lane.flush();
  expect(outcomes(rig)).toEqual(['draining']);
  expect(codes(rig)).not.toContain('OVL_ETCD_UNREACHABLE');
});

test('the answer waits for a Docker that is being restarted', async () => {
  const { rig, docker } = await withDocker();
  docker.changes = ['restarted Docker (systemctl restart docker)'];
  docker.once = () => (docker.changes = []);
  await ask(rig);
  await rig.daemon.dockerLane?.lane.flush();
  await rig.daemon.renumbering.lane.flush();
  expect([outcomes(rig), keys(rig).length]).toEqual([[], 2]);
  docker.leave();
  await rig.daemon.dockerLane?.lane.flush();
  await rig.daemon.renumbering.lane.flush();
  expect(outcomes(rig)).toEqual(['done']);
});

test('who asks to renumber asks for the restart of Docker too, for that once', async () => {
  const { rig, docker } = await withDocker();
  expect(docker.wishes.at(-1)?.restart).toBe('never');
  docker.leave();
  await controlHandlers(rig.daemon).renumber({}, new AbortController().signal);
  expect(docker.wishes.map(({ restart }) => restart)).toContain('when-changed');
  await rig.daemon.renumbering.lane.flush();
  await rig.settle();
  await rig.daemon.dockerLane?.lane.flush();
  expect(docker.wishes.at(-1)?.restart).toBe('never');
});

test('C03 a restart while it drains goes on, and says done although nobody asked this run', async () => {
  const { rig, docker } = await withDocker();
  await ask(rig);
  const revision = rig.store.answers[0]?.request;
  await rig.daemon.stop();
  const again = new ControlRig({ config: { docker: 'network' }, docker, store: rig.store });
  rigs = [again];
  await again.start();
  await again.daemon.dockerLane?.lane.flush();
  await again.daemon.renumbering.lane.flush();
  expect(keys(again)).toHaveLength(2);
  expect(codes(again)).toContain('OVL_RENUMBER_DRAINING');
  docker.leave();
  await again.daemon.dockerLane?.lane.flush();
  await again.daemon.renumbering.lane.flush();
  expect(keys(again)).toEqual([expect.stringMatching(/^10\.6\./)]);
  expect(outcomes(again)).toEqual(['draining', 'done']);
  // Who asked knows the answer by its request.
  expect(again.store.answers.map(({ request }) => request)).toEqual([revision, revision]);
});

test('C03 with a role for the keys of Flannel alone a renumbering by hand ends without a problem', async () => {
  const { rig, docker } = await withDocker();
  await controlHandlers(rig.daemon).renumber({}, new AbortController().signal);
  rig.store.break('renumberOutcome', 'refused', Infinity);
  docker.leave();
  await rig.daemon.dockerLane?.lane.flush();
  await rig.daemon.renumbering.lane.flush();
  expect(keys(rig)).toEqual([expect.stringMatching(/^10\.6\./)]);
  expect(codes(rig)).not.toContain('OVL_ETCD_PERMISSION');
  expect(rig.store.count('renumberOutcome')).toBe(1);
  await rig.daemon.renumbering.lane.flush();
  expect(rig.store.count('renumberOutcome')).toBe(1);
});

test('an outcome that cannot be read for another reason is read again', async () => {
  const { rig, docker } = await withDocker();
  await controlHandlers(rig.daemon).renumber({}, new AbortController().signal);
  rig.store.break('renumberOutcome', 'unreachable', Infinity);
  docker.leave();
  await rig.daemon.dockerLane?.lane.flush();
  await rig.daemon.renumbering.lane.flush();
  expect(codes(rig)).toContain('OVL_ETCD_UNREACHABLE');
  rig.store.heal();
  await rig.daemon.renumbering.lane.flush();
  expect(codes(rig)).not.toContain('OVL_ETCD_UNREACHABLE');
});

test('an operator who releases the old lease ends it', async () => {
  const rig = await started({});
  rig.store.tellConfig(MOVED);
  await ask(rig);
  expect(rig.store.answers[0]?.message).toContain('--docker=off');
  rig.store.delete(OLD);
  await rig.settle();
  await rig.daemon.renumbering.lane.flush();
  expect(rig.daemon.nodeLane.node?.input.draining).toBeUndefined();
  expect(outcomes(rig)).toEqual(['draining', 'done']);
});

test('a network that is given up ends it: nobody honours the old lease any more', async () => {
  const { rig } = await withDocker();
  await ask(rig);
  rig.store.tellConfig(JSON.stringify({ Network: '10.6.0.0/16', Backend: { Type: 'vxlan' } }));
  await rig.settle();
  await rig.daemon.renumbering.lane.flush();
  expect(keys(rig)).toEqual([expect.stringMatching(/^10\.6\./)]);
});

test('B03 C03 a subnet that was given back is fenced no more when another host leases it, with --docker=off too', async () => {
  const rig = await started({});
  rig.store.tellConfig(MOVED);
  await ask(rig);
  rig.store.tellConfig(JSON.stringify({ Network: '10.6.0.0/16', Backend: { Type: 'vxlan' } }));
  await rig.settle();
  await rig.daemon.renumbering.lane.flush();
  expect(keys(rig)).toEqual([expect.stringMatching(/^10\.6\./)]);
  const overlay = { nodeId: 'node-2', hostname: 'h2', version: '1', backends: [] };
  rig.store.put(OLD, formatLeaseValue(peer(2, { overlay }).attributes), '7');
  expect([rig.daemon.guard.fence.prefixes(), codes(rig)]).toEqual([[], []]);
});

test('a request to a node that cannot start is answered with the reason', async () => {
  const rig = new ControlRig();
  rigs.push(rig);
  rig.store.configText = undefined;
  await rig.daemon.start();
  await rig.daemon.nodeLane.lane.flush();
  const failing = rig.daemon.problems.get('node');
  expect(failing).toBeDefined();
  await ask(rig);
  expect(outcomes(rig)).toEqual(['failed']);
  expect(() => rig.daemon.network.newest()).toThrow(OverlayError);
});
