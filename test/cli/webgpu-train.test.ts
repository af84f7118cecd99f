/** Training on WebGPU workers, alone and beside CPU workers, through real processes. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnWebGpu } from '../engine/lane.js';
import { asCsv, smallProblem } from './lasso-data.js';
import { strads, workplace } from './strads.js';

const folder = await workplace({ 'train.csv': asCsv(smallProblem(50, 120)) });
const DATA = join(import.meta.dirname, '../../../shared/data/lasso/lasso500by1K');

interface Done {
  readonly engine: string;
  readonly objective: number;
  readonly relativeGap: number;
  readonly byWorker: readonly { readonly pushes: number }[];
}

async function train(out: string, ...args: string[]): Promise<Done> {
  const run = await strads(folder, 'train', 'lasso', '--json', '--out', out, ...args);
  expect(run.code, run.stderr).toBe(0);
  return JSON.parse(run.stdout.trim().split('\n').at(-1)!) as Done;
}

const coefficients = (out: string) => readFile(join(folder, out, 'coefficients.safetensors'));
const CSV = ['--data', 'train.csv', '--target-column', 'y', '--standardize', '--alpha-ratio', '0.05'];

describeOnWebGpu('training', () => {
  it('gives the same bits at 1, 2 and 3 workers', async () => {
    for (const workers of ['1', '2', '3']) {
      const done = await train(`webgpu-${workers}`, ...CSV, '--engine', 'webgpu', '--workers', workers);
      expect(done).toMatchObject({ engine: 'webgpu' });
      expect(done.relativeGap).toBeLessThanOrEqual(1e-6);
      for (const { pushes } of done.byWorker) expect(pushes).toBeGreaterThan(0);
      expect((await coefficients(`webgpu-${workers}`)).equals(await coefficients('webgpu-1'))).toBe(true);
    }
  });

  it('gives the same bits twice on a mixed cluster, every worker pushing', async () => {
    for (const out of ['mixed-1', 'mixed-2']) {
      const done = await train(out, ...CSV, '--schedule', 'random', '--block', '16', '--tol', '1e-4', '--workers', 'webgpu:1,wasm:2');
      expect(done).toMatchObject({ engine: 'webgpu+wasm' });
      expect(done.relativeGap).toBeLessThanOrEqual(1e-4);
      expect(done.byWorker).toHaveLength(3);
      for (const { pushes } of done.byWorker) expect(pushes).toBeGreaterThan(0);
    }
    expect((await coefficients('mixed-2')).equals(await coefficients('mixed-1'))).toBe(true);
  });

  it.skipIf(!existsSync(DATA))('lasso500by1K reaches the known optimum (skipped where ../shared/data is absent)', { timeout: 180_000 }, async () => {
    const files = ['--data', `${DATA}/lasso500by1K.X.mmt.gz`, '--target', `${DATA}/lasso500by1K.Y.mmt.gz`];
    const done = await train('lasso500by1K', ...files, '--alpha', '1e-6', '--no-intercept', '--engine', 'webgpu', '--workers', '2');
    expect(Math.abs(done.objective / 3.97416061e-5 - 1)).toBeLessThan(1e-5);
    expect(done.relativeGap).toBeLessThanOrEqual(1e-6);
  });
});
