/** Entry of a worker process for a user's own program: the module that the assignment names, with gpu.js beside the engine. */
import { createDawn } from '../engine/dawn.js';
import { GpuJs } from '../engine/gpujs.js';
import { exitOnDeviceLoss, joinRun } from './join.js';
import { makeWorkerHalf } from './own-program.js';
import { answerParent } from './worker-process.js';

answerParent(async (request, threads, attendance) => {
  const program = request.program!;
  const gpujs = new GpuJs(request.engine === 'webgpu' ? await createDawn() : null, exitOnDeviceLoss);
  return joinRun(request, { programs: new Map([[program.name, await makeWorkerHalf(program, gpujs)]]), gpujs: gpujs.mode, threads }, attendance);
});
