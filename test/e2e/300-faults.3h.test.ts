import { sweep } from '@overlay/testbed';
import { sh } from './support/rig';
import { RESTORED } from './support/faults/etcd-faults';
import { PEERS } from './support/faults/peers';
import { FaultRig } from './support/faults/rig';
import { type Fault, lineOf, runFault, type Verdict } from './support/faults/run';
import { FAULTS } from './support/faults/table';

jest.setTimeout(90_000);

const NAME = 'tb-faults';
const verdicts: Verdict[] = [];
let rig: FaultRig;

beforeAll(async () => {
  rig = await FaultRig.open(NAME);
}, 120_000);

afterAll(async () => {
  process.stdout.write(`from the heal to what etcd wants:\n${verdicts.map(lineOf).join('\n')}\n`);
  await rig.close();
  await sweep(NAME);
});

async function survives(fault: Fault): Promise<void> {
  const verdict = await runFault(rig, fault);
  verdicts.push(verdict);
  expect(verdict.wrong).toEqual([]);
}

const DAMAGE = `ip route del 10.1.9.0/24; ip neigh del 10.1.8.0 dev flannel.1
  ip route add 10.99.0.0/24 via 10.99.0.0 dev flannel.1 onlink proto 76
  bridge fdb append 02:00:00:00:00:98 dev flannel.1 dst 192.0.2.9
  iptables -D OVERLAY-FWD 3; iptables -t nat -I POSTROUTING -j RETURN
  ip route del 10.250.0.0/24; ip addr add 192.0.2.99/32 dev eth0`;

/** Does damage that nobody repairs, and what is seen of it. */
async function seen(): Promise<{ readonly ours: readonly string[]; readonly foreign: readonly string[] }> {
  rig.daemon(1).process.signal('SIGSTOP');
  try {
    await sh(rig.host(1), DAMAGE);
    return { ours: await rig.wrong(), foreign: await rig.foreign() };
  } finally {
    await sh(rig.host(1), 'ip addr del 192.0.2.99/32 dev eth0; iptables -t nat -D POSTROUTING -j RETURN');
    await rig.replant(1);
    rig.daemon(1).process.signal('SIGCONT');
  }
}

test('the oracle sees what is missing, what is too much and what is foreign and changed', () =>
  rig.from(async () => {
    const { ours, foreign } = await seen();
    expect(ours).toEqual([
      'h1 missing: neighbour 10.1.8.0 02:be:00:00:00:08',
      'h1 missing: route 10.1.9.0/24 via 10.1.9.0 onlink',
      expect.stringMatching(
        /^h1 missing: filter OVERLAY-FWD 3: -s \S+ -d 10.0.0.0\/8 -o flannel.1 .* -j ACCEPT$/,
      ),
      'h1 missing: jump nat POSTROUTING first OVERLAY-POSTRTG',
      'h1 not wanted: route 10.99.0.0/24 via 10.99.0.0 onlink',
      'h1 not wanted: fdb 02:00:00:00:00:98 192.0.2.9',
      'h1 not wanted: jump nat POSTROUTING not first OVERLAY-POSTRTG',
    ]);
    expect(foreign).toEqual([
      expect.stringMatching(/^h1 missing: ip -j -4 addr: /),
      expect.stringMatching(/^h1 missing: ip -j -4 route .*10\.250\.0\.0/),
      expect.stringMatching(/^h1 not wanted: ip -j -4 addr: .*192\.0\.2\.99/),
      expect.stringMatching(/^h1 not wanted: ip -j -4 route .*192\.0\.2\.99/),
      'h1 not wanted: nat POSTROUTING: -j RETURN',
    ]);
    await rig.converged();
    // All of it is as before, which is another change to each.
    expect(await rig.foreign()).toHaveLength(foreign.length);
  }));

test.each(FAULTS.map((fault) => [fault.name, fault] as const))('%s', (_, fault) => survives(fault));

test('I1 I2 no two hosts ever had one subnet, and none wrote over what another one had written', async () => {
  const { events, violations } = await rig.recorder.stop();
  expect(violations).toEqual([]);
  // Those of the peers that were there at first, and of what each fault did to leases.
  expect(events.length).toBeGreaterThan(PEERS + 2 * FAULTS.length);
});

test.each([[RESTORED.name, RESTORED] as const])('%s', (_, fault) => survives(fault));
