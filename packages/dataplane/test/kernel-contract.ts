import { adoptionContract } from './contract-adoption.js';
import { foreignContract } from './contract-foreign.js';
import type { Rig } from './contract-hand.js';
import { stateContract } from './contract-state.js';
import { tunnels } from './contract-objects.js';
import { ipTunnelContract } from './contract-tunnels.js';
import { segmentContract } from './contract-segment.js';
import { tunnelContract } from './contract-vxlan.js';
import { watchContract } from './contract-watch.js';

/** What every `Kernel` must do; run on the fake and on a real network namespace. */
export function kernelContract(name: string, open: () => Rig): void {
  describe(`kernel contract: ${name}`, () => {
    let rig: Rig;
    beforeEach(() => {
      rig = open();
    });
    afterEach(() => rig.close());
    const rigOf = () => rig;

    describe.each(tunnels)('%s tunnel', (_family, tunnel) => {
      tunnelContract(tunnel, rigOf);
      watchContract(tunnel, rigOf);
    });
    ipTunnelContract(rigOf);
    segmentContract(rigOf);
    stateContract(rigOf);
    foreignContract(rigOf);
    adoptionContract(rigOf);
  });
}
