import { kernelContract } from '../test/kernel-contract.js';
import { openFakeRig } from '../test/fake-rig.js';

kernelContract('the fake', openFakeRig);
