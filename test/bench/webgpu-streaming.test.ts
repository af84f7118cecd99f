import { describeOnWebGpu, makeWebGpuEngine } from '../engine/lane.js';
import { streamingSuite } from './streaming-suite.js';

describeOnWebGpu('streaming works', () => streamingSuite(() => makeWebGpuEngine()));
