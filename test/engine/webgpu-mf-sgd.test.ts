import { describeOnWebGpu, makeWebGpuEngine } from './lane.js';
import { mfSgdSuite } from './mf-sgd-suite.js';

describeOnWebGpu('descent and ranking', () => {
  mfSgdSuite('webgpu', () => makeWebGpuEngine());
});
