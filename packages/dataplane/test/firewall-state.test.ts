import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Firewall } from '@overlay/dataplane';
import { openFirewall } from '@overlay/dataplane/linux';
import { Hosts } from './firewall-hosts.js';

const hosts = new Hosts('fwt-s');
const input = hosts.input('b', 'vxlan', { masquerade: true });
let firewall: Firewall;

/** The rules without counters, comments with the time in them, and tables that were made and are empty again. */
function snapshot(): string {
  return hosts
    .run('b', 'iptables-save; ip6tables-save; nft list tables')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\[\d+:\d+\]/g, '')
    .replaceAll(/^\*mangle\n(:.*\n)*COMMIT\n/gm, '')
    .replaceAll(/^table ip6? mangle\n/gm, '');
}

beforeAll(() => hosts.up(), 30_000);
afterAll(() => hosts.down());
beforeEach(() => {
  hosts.reset('vxlan');
  hosts.load('b', 'docker-28.5');
  firewall = hosts.firewall('b');
});

test('preview says what would be written and changes nothing', async () => {
  const before = snapshot();
  const lines = await firewall.preview(input);
  expect(lines).toContain('-I PREROUTING 1 -m comment --comment "overlayd:default" -j OVERLAY-RAW');
  expect(snapshot()).toBe(before);
  await firewall.ensure(input);
  expect(await firewall.preview(input)).toEqual([]);
});

test('E11 cleanup leaves the ruleset as it was before', async () => {
  const before = snapshot();
  await firewall.ensure(input);
  expect(snapshot()).not.toBe(before);
  await firewall.cleanup('default');
  expect(snapshot()).toBe(before);
  await firewall.cleanup('default');
});

test('two instances live side by side, and the cleanup of one leaves the other', async () => {
  await firewall.ensure(input);
  const one = snapshot();
  const blue = { ...input, instance: 'blue' };
  expect(await firewall.ensure(blue)).toMatchObject({ errors: [] });
  expect(await firewall.ensure(input)).toMatchObject({ written: [] });
  expect(await firewall.ensure(blue)).toMatchObject({ written: [] });
  await firewall.cleanup('blue');
  expect(snapshot()).toBe(one);
});

test('E05 after a flush of the tables one pass restores ours', async () => {
  await firewall.ensure(input);
  hosts.run('b', 'iptables -F; iptables -t nat -F; iptables -t raw -F');
  const report = await firewall.ensure(input);
  expect(report.errors).toEqual([]);
  expect(report.facts.obstacles.join()).toContain('until dockerd restarts');
  expect(hosts.run('b', 'iptables -S FORWARD')).toContain('-j OVERLAY-FWD');
  hosts.run('b', 'nft flush ruleset');
  expect((await firewall.ensure(input)).written).toEqual([
    'iptables nat',
    'iptables filter',
    'iptables mangle',
  ]);
});

test('E04 the jump goes back to DOCKER-USER when Docker has made its rules again', async () => {
  hosts.run('b', 'iptables -F');
  await firewall.ensure(input);
  hosts.run('b', 'nft flush ruleset');
  hosts.load('b', 'docker-28.5');
  hosts.run('b', 'iptables -t nat -I POSTROUTING -s 172.30.0.0/16 -j MASQUERADE');
  await firewall.ensure(input);
  hosts.run('b', 'iptables -t nat -I POSTROUTING -s 172.31.0.0/16 -j MASQUERADE');
  expect((await firewall.ensure(input)).written).toEqual(['iptables nat']);
  expect(hosts.run('b', 'iptables -S DOCKER-USER')).toContain('-j OVERLAY-FWD');
  expect(hosts.run('b', 'iptables -S FORWARD')).not.toContain('OVERLAY');
  expect(hosts.run('b', 'iptables -t nat -S POSTROUTING 1')).toContain('-j OVERLAY-POSTRTG');
});

test('E09 duplicates, foreign rules in our chains and a wrong order are put right in one write; foreign rules stay', async () => {
  await firewall.ensure(input);
  const right = snapshot();
  hosts.run(
    'b',
    `iptables -I FORWARD -j OVERLAY-FWD; iptables -A DOCKER-USER -m comment --comment overlayd:default -j OVERLAY-FWD
    iptables -I OVERLAY-FWD 2 -j DROP; iptables -D OVERLAY-FWD 1; iptables -t nat -I POSTROUTING 1 -s 1.2.3.4 -j RETURN`,
  );
  expect((await firewall.ensure(input)).written).toEqual(['iptables nat', 'iptables filter']);
  expect((await firewall.ensure(input)).written).toEqual([]);
  hosts.run('b', 'iptables -t nat -D POSTROUTING -s 1.2.3.4 -j RETURN');
  expect(snapshot()).toBe(right);
});

test('E10 no packet is lost while our chains are rewritten', async () => {
  hosts.load('a', 'docker-28.5');
  await hosts.protect('vxlan');
  const ping = spawn('ip', [
    'netns',
    'exec',
    hosts.name('ca'),
    'ping',
    '-q',
    '-i',
    '0.002',
    '-c',
    '400',
    '10.5.2.2',
  ]);
  let output = '';
  ping.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise((resolve) => ping.on('close', resolve));
  let writes = 0;
  while (ping.exitCode === null && writes < 12) {
    hosts.run('b', 'iptables -A OVERLAY-FWD -j RETURN; iptables -t raw -A OVERLAY-RAW -j RETURN');
    writes += (await firewall.ensure(hosts.input('b', 'vxlan'))).written.length;
  }
  await ended;
  expect(writes).toBeGreaterThan(2);
  expect(output).toContain(' 0% packet loss');
});

test('changes are notified once they settle, and ensuring ends after one round', async () => {
  let calls = 0;
  let notify: () => void = () => undefined;
  const next = (): Promise<void> => new Promise((resolve) => (notify = resolve));
  const watch = await firewall.watch(() => {
    calls += 1;
    notify();
  });
  try {
    const first = next();
    await firewall.ensure(input);
    await first;
    expect((await firewall.ensure(input)).written).toEqual([]);
    const flushed = next();
    hosts.run('b', 'iptables -F OVERLAY-FWD');
    await flushed;
    const repaired = next();
    expect((await firewall.ensure(input)).written).toEqual(['iptables filter']);
    await repaired;
    expect((await firewall.ensure(input)).written).toEqual([]);
    expect(calls).toBe(3);
  } finally {
    watch.close();
  }
});

test('a table that only nft understands is an error that names it, and nothing is written', async () => {
  hosts.run('b', 'nft add rule ip filter FORWARD ct state vmap { established : accept, invalid : drop }');
  const { errors } = await firewall.ensure(input);
  const codes = errors.map(({ code }) => code);
  expect(codes).toEqual(['OVL_FIREWALL_INCOMPATIBLE']);
  expect(snapshot()).not.toContain('OVERLAY');
});

/** A rule of nftables' own in iptables' table mangle, which iptables-nft then cannot show. */
function hideMangle(): void {
  const chain = '{ type filter hook forward priority mangle; }';
  hosts.run('b', `nft add table ip mangle; nft 'add chain ip mangle FORWARD ${chain}'`);
  hosts.run('b', 'nft add rule ip mangle FORWARD ct state established counter');
}

const BLIND = expect.stringMatching(/^TCP segments are not kept .* cannot read table mangle/) as string;

test('E09 a mangle table that only nft understands costs the clamp and nothing else, and nothing piles up in it', async () => {
  hideMangle();
  const mangle = hosts.run('b', 'nft list table ip mangle');
  const { written, errors, facts } = await firewall.ensure(input);
  expect([written, errors]).toEqual([['iptables raw', 'iptables nat', 'iptables filter'], []]);
  expect(facts.obstacles).toEqual([BLIND]);
  for (let pass = 0; pass < 3; pass += 1)
    expect(await firewall.ensure(input)).toMatchObject({
      ...{ written: [], errors: [], facts: { obstacles: [BLIND] } },
    });
  expect(await firewall.preview(input)).toEqual([expect.stringMatching(/^# OVERLAY-MSS: .* table mangle/)]);
  await firewall.cleanup('default');
  expect(hosts.run('b', 'nft list table ip mangle')).toBe(mangle);
  hosts.run('b', 'nft delete table ip mangle');
  const after = await firewall.ensure(input);
  expect([after.written.at(-1), after.facts.obstacles]).toEqual(['iptables mangle', []]);
});

test('B03 a fence that would have to be in a table that only nft understands is an error; the rest of it is written', async () => {
  hideMangle();
  const [traffic] = input.traffic;
  const fenced = { ...input, traffic: [{ ...traffic!, fenced: [traffic!.subnet] }] };
  for (const written of [['iptables raw', 'iptables nat', 'iptables filter'], []]) {
    const report = await firewall.ensure(fenced);
    expect(report).toMatchObject({ written, errors: [{ code: 'OVL_FIREWALL_INCOMPATIBLE' }] });
    expect(report.errors).toHaveLength(1);
  }
  expect(hosts.run('b', 'iptables -t raw -S OVERLAY-RAW')).toContain('-j DROP');
  expect(hosts.run('b', 'nft list table ip mangle')).not.toContain('OVERLAY');
});

test('C16 a bad interface or instance name is an error, not a rule', async () => {
  const [traffic] = input.traffic;
  const bad = await firewall.ensure({ ...input, traffic: [{ ...traffic!, tunnels: ['eth+'] }] });
  expect(bad).toMatchObject({ written: [], errors: [{ code: 'OVL_FIREWALL_INTERFACE' }] });
  await expect(firewall.cleanup('a b')).rejects.toMatchObject({ code: 'OVL_FIREWALL_INSTANCE' });
});

test('E07 a held lock of legacy iptables is an error after five seconds, and the next pass writes', async () => {
  hosts.run('b', 'nft flush ruleset');
  hosts.load('b', 'docker-20.10', 'iptables-legacy-restore');
  // A lock file of the test's own: the usual one is shared by all network namespaces.
  const directory = mkdtempSync(join(tmpdir(), 'fwt-'));
  const lock = join(directory, 'xtables.lock');
  const run = ['nsenter', `--net=/run/netns/${hosts.name('b')}`, 'env', `XTABLES_LOCKFILE=${lock}`];
  firewall = openFirewall({ run });
  const holder = spawn('flock', [lock, 'sleep', '30'], { detached: true, stdio: 'ignore' });
  try {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const held = await firewall.ensure(input);
    expect(held).toMatchObject({ written: [], errors: [{ code: 'OVL_FIREWALL_LOCKED' }] });
  } finally {
    process.kill(-holder.pid!, 'SIGKILL');
    rmSync(directory, { recursive: true });
  }
  firewall = hosts.firewall('b');
  expect(await firewall.ensure(input)).toMatchObject({
    errors: [],
    written: ['iptables raw', 'iptables nat', 'iptables filter', 'iptables mangle'],
  });
  await firewall.cleanup('default');
}, 20_000);
