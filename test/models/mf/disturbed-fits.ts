/** Trainings whose shards are rolled back and moved between tasks, against those that are left alone. */
import { expect } from 'vitest';
import type { RatingSets } from '../../../models/mf/distribute.js';
import type { MfInput } from '../../../models/mf/options.js';
import { mfWorker } from '../../../models/mf/worker/program.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import type { WorkerProgram } from '../../../src/program.js';
import { movableShards, type Troubles } from './movable-shards.js';
import { bitsOf, findingsOf, fitted, type Circumstances } from './fits.js';

const usual: Troubles = { seed: 1, crews: 3, engine: () => createWasmEngine({ memoryBytes: 1 << 25 }), snapshots: 0.15, rollbacks: () => 0.12 };

/** What is saved after a rollback and the pushes since is what was saved before, in the end the model is the same, and no memory stays behind. */
export async function expectSameBits(sets: RatingSets, input: MfInput, troubles: Partial<Troubles> = {}, circumstances: Circumstances = {}): Promise<void> {
  const moved = movableShards(mfWorker as WorkerProgram, { ...usual, ...troubles });
  const disturbed = await fitted(sets, input, { ...circumstances, half: moved.half });
  expect(moved.rollbacks).toBeGreaterThan(1);
  expect(moved.differences).toEqual([]);
  expect(await moved.close()).toBe(0);
  const straight = await fitted(sets, input, circumstances);
  expect(bitsOf(disturbed)).toEqual(bitsOf(straight));
  expect(findingsOf(disturbed)).toEqual(findingsOf(straight));
}
