import { parseAddress, parsePrefix } from '@overlay/cidr';
import { ControlRig } from '../../test/support/control-daemon.js';
import { planReply } from './plan-text.js';

let rig: ControlRig;
afterEach(() => rig.stop());

const FORMER = '10.9.2.0/24';

/** The record of networks is believed on the machine only that wrote it, and not every machine that runs tests has an id. */
jest.mock('../loop/subnet-file.js', () => ({
  ...jest.requireActual<object>('../loop/subnet-file.js'),
  recordedNetworks: () => [parsePrefix('10.5.0.0/16'), parsePrefix('10.9.0.0/16')],
}));

/** A daemon whose earlier run used 10.9.0.0/16 (host-gw), and a route of that run that came back. */
async function withFormerNetwork(): Promise<void> {
  rig = new ControlRig();
  await rig.start();
  rig.kernel.tables.putRoute({
    ...{ destination: parsePrefix(FORMER), gateway: parseAddress('172.31.0.9'), link: 'eth0', metric: 0 },
    ...{ protocol: 76, onlink: false, table: 254, scope: 0, kind: 'unicast' },
  });
}

const routeIsThere = (): boolean =>
  rig.kernel.tables
    .snapshot()
    .routes.some(({ gateway }) => gateway?.bits === parseAddress('172.31.0.9').bits);

test('C03 the plan removes routes in a network that an earlier run used, as the pass will', async () => {
  await withFormerNetwork();
  const { changes } = await planReply(rig.daemon);
  expect(changes.map(({ op, type }) => `${op} ${type}`)).toEqual(['remove route']);
  expect(changes[0]?.object).toContain(FORMER);
});

test('the plan changes nothing', async () => {
  await withFormerNetwork();
  const before = rig.kernel.applied.length;
  await planReply(rig.daemon);
  expect(rig.kernel.applied).toHaveLength(before);
  expect(routeIsThere()).toBe(true);
});

test('a plan that is asked for between what a pass reads and what it applies does not change what the pass may do', async () => {
  await withFormerNetwork();
  const { kernel, daemon } = rig;
  const read = kernel.read.bind(kernel);
  jest.spyOn(kernel, 'read').mockImplementationOnce(async (ownership, desired) => {
    const actual = await read(ownership, desired);
    jest.spyOn(daemon, 'ownership').mockImplementation(() => ({ ...ownership, networks: [] }));
    await planReply(daemon);
    return actual;
  });
  daemon.kernelLane.verifyNow();
  await daemon.kernelLane.lane.flush();
  expect([...daemon.kernelLane.failures.values()]).toEqual([]);
  expect(routeIsThere()).toBe(false);
});
