import { expect, it } from 'vitest';
import { createDawn } from '../../src/engine/dawn.js';
import { createWebGpuEngine } from '../../src/engine/webgpu.js';
import { engineContract } from './contract.js';
import { withoutFeatures } from './faulty-gpu.js';
import { describeOnWebGpu, makeWebGpuEngine } from './lane.js';
import { profileContract, profiledClocks } from './profile-contract.js';

const makeEngineWithoutTimestamps = async () => createWebGpuEngine(withoutFeatures(await createDawn()));

describeOnWebGpu('contract', () => {
  engineContract('webgpu', () => makeWebGpuEngine());
  profileContract('webgpu', () => makeWebGpuEngine());
  profileContract('webgpu without timestamps', makeEngineWithoutTimestamps);

  it('takes the timestamps of the GPU unrounded where it has them, else the clock of the host', async () => {
    const hasTimestamps = (await (await createDawn()).requestAdapter())!.features.has('timestamp-query');
    expect(await profiledClocks(makeWebGpuEngine)).toEqual(new Set([hasTimestamps ? 'gpu' : 'host']));
    expect(await profiledClocks(makeEngineWithoutTimestamps)).toEqual(new Set(['host']));
  });
});
