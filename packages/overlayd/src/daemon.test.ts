import { ControlRig } from '../test/support/control-daemon.js';

let rig: ControlRig;
afterEach(() => rig.stop());

/** What runs, after the node lane was asked and had its time, or was not. */
async function backendsAfter(change: () => void): Promise<readonly string[]> {
  change();
  await rig.daemon.kernelLane.lane.flush();
  await new Promise((resolve) => setTimeout(resolve, 150));
  await rig.settle();
  return rig.daemon.backends.running.map(({ backend, role }) => `${backend.type} ${role}`);
}

test('a peer that receives by another backend brings it up, and one more of them does not make the node look again', async () => {
  rig = new ControlRig({});
  await rig.start();
  const receivesBy = { backendType: 'host-gw' };
  expect(await backendsAfter(() => rig.addPeer(2, receivesBy))).toEqual(['vxlan wanted', 'host-gw demanded']);
  const looks = jest.spyOn(rig.daemon.backends, 'plan');
  rig.addPeer(3, receivesBy);
  rig.addPeer(4);
  await rig.daemon.kernelLane.lane.flush();
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(rig.daemon.kernelLane.state.peers.size).toBe(3);
  expect(looks).not.toHaveBeenCalled();
  expect(await backendsAfter(() => rig.store.delete('10.5.2.0-24'))).toContain('host-gw demanded');
  expect(looks).toHaveBeenCalled();
});
