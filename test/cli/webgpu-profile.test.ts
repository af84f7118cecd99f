/** Profiles of runs on WebGPU workers, alone and beside CPU workers: the GPU's queue in the timeline, its kernels in the table. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnWebGpu } from '../engine/lane.js';
import { checkTrace } from '../report/trace/checker.js';
import { asCsv, smallProblem } from './lasso-data.js';
import { asLines, HEADER, someRatings } from './mf-data.js';
import { strads, workplace } from './strads.js';

const folder = await workplace({ 'train.csv': asCsv(smallProblem(50, 120)), 'ratings.csv': asLines(someRatings(40, 30, 12), ',', HEADER) });
const RUNS = {
  lasso: ['--data', 'train.csv', '--target-column', 'y', '--alpha-ratio', '0.1', '--schedule', 'random', '--block', '16', '--tol', '1e-3', '--max-rounds', '60'],
  mf: ['--data', 'ratings.csv', '--rank', '4', '--sweeps', '2'],
};

async function train(model: keyof typeof RUNS, out: string, ...args: string[]): Promise<string> {
  const run = await strads(folder, 'train', model, ...RUNS[model], '--out', out, ...args);
  expect(run.code, run.stderr).toBe(0);
  return run.stdout;
}

const filesIn = async (model: string) => Promise.all((await readdir(join(folder, model))).sort().map(async (name) => [name, await readFile(join(folder, model, name), 'hex')] as const));

describeOnWebGpu('a profile', () => {
  it.each(['lasso', 'mf'] as const)('of %s has the GPU’s queue, dispatch by dispatch, and leaves the model as it is', async (model) => {
    const stdout = await train(model, `${model} profiled`, '--workers', 'webgpu:1', '--profile', `${model}.json`);
    expect(stdout).toMatch(/^kernels on .* \(webgpu, 1 worker/m);
    const { profile, spans } = checkTrace(join(folder, `${model}.json`));
    const dispatches = spans(/^webgpu-0.*\/GPU queue$/);
    expect(dispatches.length).toBeGreaterThan(0);
    expect(new Set(dispatches.map(({ args }) => args['clock'])).size).toBe(1);
    for (const activity of ['upload', 'encode', 'map-wait']) expect(spans(/^webgpu-0.*\/host/).some(({ name }) => name === activity), activity).toBe(true);
    for (const { kernels } of profile.devices) for (const { timed, first, unreliable, clock, tags } of kernels) {
      expect(timed.calls + first.calls + unreliable.calls).toBeGreaterThan(0);
      expect(tags.times).toBe(clock === 'gpu-quantized' ? 'quantized' : 'measured');
    }
    await train(model, `${model} plain`, '--workers', 'webgpu:1');
    expect(await filesIn(`${model} profiled`)).toEqual(await filesIn(`${model} plain`));
  });

  it('of a mixed cluster has a table for each kind of engine', async () => {
    await train('lasso', 'mixed', '--workers', 'webgpu:1,wasm:1', '--profile', 'mixed.json');
    const { profile, spans } = checkTrace(join(folder, 'mixed.json'));
    expect(profile.devices.map(({ engine }) => engine)).toEqual(['webgpu', 'wasm']);
    for (const { kernels } of profile.devices) expect(kernels.length).toBeGreaterThan(0);
    expect(spans(/\/GPU queue$/).length).toBeGreaterThan(0);
    expect(spans(/\/kernels$/).length).toBeGreaterThan(0);
  });
});
