import { kernelOracles } from './kernels.js';
import { describeOnWebGpu, makeWebGpuEngine } from './lane.js';

describeOnWebGpu('kernels', () => {
  kernelOracles('webgpu', () => makeWebGpuEngine());
});
