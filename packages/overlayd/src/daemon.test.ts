import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLeaseValue, type Warning } from '@overlay/lease';
import { ControlRig, type DaemonOptions } from '../test/support/control-daemon.js';
import { settle } from '../test/support/virtual-clock.js';
import { notReady } from './control/status.js';

let rig: ControlRig;
afterEach(() => rig.stop());

/** A daemon whose delays of up to a second are over at once, once it has nothing left to do. */
async function hurried(options: DaemonOptions): Promise<void> {
  rig = new ControlRig(options);
  const { clock } = rig;
  const { timer } = clock;
  jest.spyOn(clock, 'timer').mockImplementation((ms, run) => timer(ms <= 1000 ? 0 : ms, run));
  await rig.start();
  await turns(50);
}

async function turns(most: number, until: () => boolean = () => false): Promise<void> {
  for (let n = 0; n < most && !until(); n += 1) await settle();
}

/** What runs after a change, without anybody asking the node lane but the daemon itself. */
async function backendsAfter(change: () => void): Promise<readonly string[]> {
  change();
  await rig.daemon.kernelLane.lane.flush();
  await turns(50);
  return rig.daemon.backends.running.map(({ backend, role }) => `${backend.type} ${role}`);
}

test('a peer that receives by another backend brings it up, and one more of them does not make the node look again', async () => {
  await hurried({});
  const receivesBy = { backendType: 'host-gw' };
  expect(await backendsAfter(() => rig.addPeer(2, receivesBy))).toEqual(['vxlan wanted', 'host-gw demanded']);
  const looks = jest.spyOn(rig.daemon.backends, 'plan');
  rig.addPeer(3, receivesBy);
  rig.addPeer(4);
  await rig.daemon.kernelLane.lane.flush();
  await turns(50);
  expect(rig.daemon.kernelLane.state.peers.size).toBe(3);
  expect(looks).not.toHaveBeenCalled();
  expect(await backendsAfter(() => rig.store.delete('10.5.2.0-24'))).toContain('host-gw demanded');
  expect(looks).toHaveBeenCalled();
});

/** Backends that the lease in etcd tells peers of. */
const announced = (): readonly string[] =>
  (parseLeaseValue(rig.store.keys.get('10.5.1.0-24')?.value ?? '').overlay?.backends ?? []).map(
    ({ type }) => type,
  );

test('a backend whose device cannot be made at the start is told to nobody, until it can', async () => {
  rig = new ControlRig({ config: { backend: 'gre' } });
  rig.kernel.fail({ when: ({ object }) => object.type === 'link' && object.kind === 'gre', code: 'EEXIST' });
  await rig.start();
  expect(announced()).toEqual(['vxlan']);
  rig.kernel.heal();
  await rig.settle();
  await rig.daemon.nodeLane.lane.flush();
  expect(announced()).toEqual(['gre', 'vxlan']);
});

test('a backend that the firewall does not let in yet is told to nobody', async () => {
  rig = new ControlRig({});
  await rig.start();
  const works = rig.firewall.report;
  rig.firewall.report = undefined;
  rig.store.tellConfig(JSON.stringify({ Network: '10.5.0.0/16', Backend: { Type: 'vxlan', VNI: 7 } }));
  await rig.settle();
  const said = (): string => rig.store.keys.get('10.5.1.0-24')?.value ?? '';
  expect(said()).not.toContain('vni 7');
  rig.firewall.report = works;
  await rig.daemon.nodeLane.lane.flush();
  expect(said()).toContain('vni 7');
});

test('the rules for a new device are there before it is', async () => {
  rig = new ControlRig({});
  await rig.start();
  const seen: (readonly string[])[] = [];
  const apply = rig.kernel.apply.bind(rig.kernel);
  jest.spyOn(rig.kernel, 'apply').mockImplementation((changes) => {
    const makes = changes.some(({ op, object }) => op === 'add' && object.type === 'link');
    if (makes) seen.push(rig.firewall.tunnels);
    return apply(changes);
  });
  rig.store.tellConfig(JSON.stringify({ Network: '10.5.0.0/16', Backend: { Type: 'vxlan', VNI: 7 } }));
  await rig.settle();
  expect(seen).toEqual([expect.arrayContaining(['flannel.7b'])]);
});

test('D23 a backend whose key cannot be had is refused with the key’s reason, and the others run', async () => {
  const failure = { code: 'OVL_WIREGUARD_KEY_FILE', message: 'the key file is a folder' };
  rig = new ControlRig({
    config: { backend: 'wireguard' },
    facts: { failures: new Map([['wgkey', failure]]) },
  });
  await rig.start();
  expect(announced()).toEqual(['vxlan']);
  const message = 'wireguard: the key file is a folder';
  expect(rig.daemon.problems.get('backend')).toMatchObject({ code: failure.code, message });
});

test('what a backend needed that is not asked for any more is not read again', async () => {
  const asked: string[][] = [];
  const extension = (command: string): string =>
    JSON.stringify({ Network: '10.5.0.0/16', Backend: { Type: 'extension', PreStartupCommand: command } });
  rig = new ControlRig({
    facts: { allowExtension: true },
    onNeeds: ({ commands }) => asked.push([...commands]),
  });
  rig.store.configText = extension('false');
  await rig.start();
  expect(asked.at(-1)).toEqual(['false']);
  rig.store.tellConfig(extension('true'));
  await rig.settle();
  await rig.settle();
  expect(asked.at(-1)).toEqual(['true']);
});

test('D18 forwarding that somebody turns off is on again as soon as the kernel tells', async () => {
  await hurried({});
  const { tables } = rig.kernel;
  const isOn = (): boolean => tables.sysctls.get('net/ipv4/ip_forward') === '1';
  expect(isOn()).toBe(true);
  tables.putSysctl('net/ipv4/ip_forward', '0');
  await turns(100, isOn);
  expect(isOn()).toBe(true);
});

test('D18 with --ip-forward=off the host is ready as soon as the kernel tells that somebody turned forwarding on', async () => {
  const facts: { notForwarding?: readonly string[] } = { notForwarding: ['net/ipv4/ip_forward'] };
  await hurried({ facts, forwarding: false, config: { ipForward: 'off' } });
  expect(notReady(rig.daemon)).toEqual([expect.stringContaining('net.ipv4.ip_forward is 0')]);
  delete facts.notForwarding;
  rig.kernel.tables.putSysctl('net/ipv4/ip_forward', '1');
  await turns(100, () => notReady(rig.daemon).length === 0);
  expect(notReady(rig.daemon)).toEqual([]);
});

test('F04 an identity that cannot be kept any more is a problem and no other plan', async () => {
  const host: { unsaved?: Warning } = {};
  rig = new ControlRig({ unsaved: () => host.unsaved });
  await rig.start();
  const plans = jest.spyOn(rig.daemon.kernelLane, 'setNode');
  host.unsaved = { code: 'OVL_FILE_WRITE', message: 'node.json could not be written' };
  await rig.daemon.nodeLane.lane.flush();
  expect(rig.daemon.problems.get('identity-file')).toEqual(host.unsaved);
  delete host.unsaved;
  await rig.daemon.nodeLane.lane.flush();
  expect([rig.daemon.problems.list(), plans.mock.calls]).toEqual([[], []]);
});

test('F04 a state folder that cannot be written is a problem, and the host is ready', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'overlayd-state-'));
  const files = ['backends.json', 'subnet-env.json'];
  for (const name of files) mkdirSync(join(stateDir, `${name}.tmp`));
  rig = new ControlRig({ config: { stateDir } });
  await rig.start();
  const problems = (): readonly string[] => rig.daemon.problems.list().map(({ message }) => message);
  expect(notReady(rig.daemon)).toEqual([]);
  expect(problems()).toEqual(files.map((name) => expect.stringContaining(join(stateDir, name)) as string));
  for (const name of files) rmSync(join(stateDir, `${name}.tmp`), { recursive: true });
  rig.daemon.recheck();
  await rig.settle();
  expect(problems()).toEqual([]);
  expect(readdirSync(stateDir).sort()).toEqual(files);
  rmSync(stateDir, { recursive: true });
});
