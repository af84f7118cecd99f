import { createDawn } from '../../src/engine/dawn.js';
import { GpuJs } from '../../src/engine/gpujs.js';
import { gpuJsContract } from './gpujs-contract.js';
import { describeOnWebGpu } from './lane.js';

describeOnWebGpu('JavaScript kernels', () => {
  gpuJsContract('webgpu', async () => new GpuJs(await createDawn()));
});
