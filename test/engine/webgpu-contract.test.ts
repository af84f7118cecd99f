import { engineContract } from './contract.js';
import { describeOnWebGpu, makeWebGpuEngine } from './lane.js';

describeOnWebGpu('contract', () => {
  engineContract('webgpu', () => makeWebGpuEngine());
});
