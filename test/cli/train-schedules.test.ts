/** strads train lasso with the schedules that draw blocks, through real processes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PriorityDraw } from '../../src/schedule/priority-draw.js';
import { asLibsvm, smallProblem } from './lasso-data.js';
import { mistake, strads, workplace } from './strads.js';

const COLUMNS = 200;
const folder = await workplace({ 'train.svm.gz': gzipSync(asLibsvm(smallProblem(60, COLUMNS))) });
const COMMAND = ['train', 'lasso', '--data', 'train.svm.gz', '--alpha-ratio', '0.1', '--schedule', 'priority', '--dependency-threshold', '0.1'];

interface Done {
  readonly stopped: string;
  readonly relativeGap: number;
  readonly objective: number;
  readonly bytesPerScheduler: number;
}

async function train(...args: string[]): Promise<Done> {
  const run = await strads(folder, ...args, '--engine', 'wasm', '--json');
  expect(run.code, run.stderr).toBe(0);
  return JSON.parse(run.stdout.trim().split('\n').at(-1)!) as Done;
}

describe('the dynamic schedule', () => {
  it('trains to the certified gap, with the same bits for any number of workers', async () => {
    const models: Buffer[] = [];
    for (const workers of ['1', '2', '3']) {
      const out = `model-${workers}`;
      const done = await train(...COMMAND, '--schedulers', '2', '--workers', workers, '--out', out);
      expect(done.stopped).toBe('converged');
      expect(done.relativeGap).toBeLessThanOrEqual(1e-6);
      models.push(await readFile(join(folder, out, 'coefficients.safetensors')));
    }
    expect(models[1]!.equals(models[0]!)).toBe(true);
    expect(models[2]!.equals(models[0]!)).toBe(true);
  });

  it('holds the tree of its range alone in each scheduler, and finds the same optimum', async () => {
    const runs = await Promise.all(['1', '2', '4'].map((schedulers) => train(...COMMAND, '--schedulers', schedulers, '--workers', '1')));
    expect(runs.map(({ bytesPerScheduler }) => bytesPerScheduler)).toEqual([1, 2, 4].map((count) => new PriorityDraw(0, { begin: 0, end: COLUMNS / count }).bytes));
    for (const { objective } of runs) expect(Math.abs(objective / runs[0]!.objective - 1)).toBeLessThan(1e-5);
  });

  it.each([
    ['a threshold for the working set', ['--schedule', 'working-set', '--dependency-threshold', '0.1'], '--dependency-threshold: the working set solves the dependencies of its variables instead of filtering them'],
    ['a threshold above 1', ['--dependency-threshold', '2'], '--dependency-threshold'],
    ['scheduler shards for the working set', ['--schedule', 'working-set', '--schedulers', '2'], '--schedulers: the working set is chosen among all variables by one scheduler'],
  ])('refuses %s', async (_what, flags, sentence) => {
    const base = ['train', 'lasso', '--data', 'train.svm.gz', '--schedule', 'priority'];
    expect(await mistake(folder, ...base, ...flags)).toContain(sentence);
  });
});
