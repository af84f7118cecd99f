import { describeOnWebGpu, makeWebGpuEngine } from '../../engine/lane.js';
import { foldInSuite } from './fold-in-suite.js';

describeOnWebGpu('folding in', () => foldInSuite('webgpu', () => makeWebGpuEngine()));
