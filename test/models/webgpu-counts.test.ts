import { describeOnWebGpu, makeWebGpuEngine } from '../engine/lane.js';
import { countsSuite } from './counts-suite.js';

describeOnWebGpu('models', () => {
  countsSuite('webgpu', () => makeWebGpuEngine());
});
