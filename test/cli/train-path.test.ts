/** strads train lasso along a path and with every kind of weight, through real processes: what is printed, saved, and predicted from. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LassoModel } from '../../models/lasso/model.js';
import { readSafetensors } from '../../src/data/safetensors.js';
import { npy, npyMatrix } from '../data/numpy-files.js';
import { asCsv, asLibsvm, smallProblem } from './lasso-data.js';
import { mistake, strads, workplace } from './strads.js';

const wide = smallProblem(60, 200);
const tall = smallProblem(60, 20);
const vector = (values: readonly number[]) => `${values.join('\n')}\n`;

const folder = await workplace({
  'wide.csv.gz': gzipSync(asCsv(wide)),
  'tall.csv': asCsv(tall),
  'tall.svm': asLibsvm(tall),
  'X.npy': npyMatrix(tall.values),
  'y.npy': npy(tall.target, { shape: [tall.rows] }),
  'samples.csv': vector(tall.target.map((_, i) => (i % 3) + 0.5)),
  'ones.csv': vector(tall.target.map(() => 3)),
  'features.csv': vector(Array.from({ length: 20 }, (_, j) => (j === 7 ? 0 : 1 + (j % 2)))),
  'named.csv': ['feature,weight', ...Array.from({ length: 20 }, (_, j) => `gene${19 - j},${j === 12 ? 0 : 1 + ((19 - j) % 2)}`)].join('\n'),
});

type Event = Readonly<Record<string, unknown>>;

interface Done extends Event {
  readonly objective: number;
  readonly relativeGap: number;
  readonly nonzeros: number;
  readonly alpha: number;
  readonly alphaMax: number;
  readonly chosen: number;
  readonly intercept: number;
}

async function events(...args: string[]): Promise<Event[]> {
  const run = await strads(folder, 'train', 'lasso', '--engine', 'wasm', '--json', ...args);
  expect(run.code, run.stderr).toBe(0);
  return run.stdout.trim().split('\n').map((line) => JSON.parse(line) as Event);
}

const train = async (...args: string[]) => (await events(...args)).at(-1) as Done;
const file = (...names: string[]) => readFile(join(folder, ...names));

const WIDE = ['--data', 'wide.csv.gz', '--target-column', 'y'];
const TALL = ['--data', 'tall.csv', '--target-column', 'y'];

/** The lines of a path.csv: its numbers by name of the column. */
async function table(out: string): Promise<Record<string, string>[]> {
  const [header, ...lines] = (await file(out, 'path.csv')).toString().trimEnd().split('\n');
  const names = header!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, k) => [names[k]!, cell])));
}

describe('a path with cross-validation', () => {
  const COMMAND = [...WIDE, '--standardize', '--path', '100', '--cv', '5'];

  it('is saved whole, and its last line says what was chosen', async () => {
    const told = await events(...COMMAND, '--out', 'path');
    const done = told.at(-1) as Done;
    expect(done).toMatchObject({ event: 'done', model: 'lasso', alphas: 100, stopped: 'converged', reproducible: true, out: 'path', crossValidation: { folds: 5 } });
    expect(done['largestGap']).toBeLessThanOrEqual(1e-6);
    expect((await readdir(join(folder, 'path'))).sort()).toEqual(['coefficients.csv', 'coefficients.safetensors', 'model.json', 'path.csv', 'path.safetensors']);

    const rows = await table('path');
    expect(Object.keys(rows[0]!)).toEqual(['alpha', 'objective', 'relativeGap', 'nonzeros', 'intercept', 'stopped', 'error', 'standardError']);
    expect(rows).toHaveLength(100);
    expect(Number(rows[0]!['alpha'])).toBe(done.alphaMax);
    expect(Number(rows[99]!['alpha'])).toBeCloseTo(0.01 * done.alphaMax, 12);
    expect(Number(rows[0]!['nonzeros'])).toBe(0);
    const errors = rows.map(({ error }) => Number(error));
    expect(errors[done.chosen]).toBe(Math.min(...errors));
    expect(rows[done.chosen]).toMatchObject({ alpha: String(done.alpha), objective: String(done.objective), nonzeros: String(done.nonzeros), intercept: String(done.intercept), stopped: 'converged' });
    expect(done['crossValidation']).toMatchObject({ error: errors[done.chosen], standardError: Number(rows[done.chosen]!['standardError']) });

    const { summary } = await LassoModel.load(join(folder, 'path'));
    expect(summary).toMatchObject({ alpha: done.alpha, objective: done.objective, path: { points: 100, chosen: done.chosen, folds: 5 } });
  });

  it('tells a program of every alpha that is done, and of the fold that was left out', async () => {
    const told = await events(...TALL, '--path', '3', '--cv', '2');
    const points = told.filter(({ event }) => event === 'point');
    expect(points.map(({ index, of, fold, folds }) => [index, of, fold, folds])).toEqual([null, 0, 1].flatMap((fold) => [0, 1, 2].map((index) => [index, 3, fold, 2])));
    for (const point of points) {
      for (const name of ['alpha', 'objective', 'relativeGap', 'nonzeros']) expect(point).toHaveProperty(name, expect.any(Number));
      expect(point['stopped']).toBe('converged');
    }
    expect(told.filter(({ event }) => event === 'progress').at(-1)).toMatchObject({ place: 'alpha 3 of 3, fold 2 of 2' });
  });

  it('tells a person where it is, and which alpha is best', async () => {
    const { code, stdout, stderr } = await strads(folder, 'train', 'lasso', '--engine', 'wasm', ...TALL, '--path', '30', '--cv', '3');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^alpha 1 of 30 · round 0 · objective /m);
    expect(stdout).toMatch(/^ +alpha +objective +features +error$/m);
    expect(stdout.match(/smallest error$/gm)).toHaveLength(1);
    expect(stdout).toMatch(/^done: 30 alphas from [\d.]+ down, relative gaps at most \d\.\de-\d+$/m);
    expect(stdout).toMatch(/the error of 3-fold cross-validation is smallest, [\d.]+ ± [\d.]+, at alpha [\d.]+ with \d+ features?$/m);
    expect(stdout).toContain('not saved: give --out <folder>');
    expect(stdout.split('\n').length).toBeLessThan(35);
  });

  it('says so when the error is smallest at the end of the path', async () => {
    const { stdout } = await strads(folder, 'train', 'lasso', '--engine', 'wasm', ...TALL, '--alphas', '0.15,0.14', '--cv', '2');
    expect(stdout).toContain('that is the end of the path, and the error may fall further: continue with a smaller --path-ratio, or more --alphas');
  });

  it('has a hundred alphas when --cv is all that is said', async () => {
    expect(await train(...TALL, '--cv', '2')).toMatchObject({ alphas: 100, crossValidation: { folds: 2 } });
  });
});

describe('same bits', () => {
  const runs: Record<string, { args: string[]; files: string[] }> = {
    'a path with cross-validation on columns': { args: [...WIDE, '--path', '12', '--cv', '3', '--standardize'], files: ['coefficients.safetensors', 'path.safetensors', 'path.csv'] },
    'a path with cross-validation on rows': { args: [...TALL, '--path', '12', '--cv', '3', '--sample-weights', 'samples.csv', '--feature-weights', 'features.csv', '--l1-ratio', '0.7'], files: ['coefficients.safetensors', 'path.safetensors', 'path.csv'] },
    'one alpha on sparse data': { args: ['--data', 'tall.svm', '--alpha-ratio', '0.1', '--non-negative'], files: ['coefficients.safetensors'] },
  };
  for (const [name, { args, files }] of Object.entries(runs)) {
    it(`in this process and in 1, 2 and 3 workers: ${name}`, async () => {
      const outs: string[] = [];
      for (const workers of [null, 1, 2, 3]) {
        const out = `${name} ${workers ?? 'here'}`;
        const done = await train(...args, ...(workers === null ? [] : ['--workers', String(workers)]), '--out', out);
        expect(done['byWorker']).toHaveLength(workers ?? 1);
        outs.push(out);
      }
      for (const saved of files) {
        const [first, ...others] = await Promise.all(outs.map((out) => file(out, saved)));
        for (const other of others) expect(other.equals(first!), saved).toBe(true);
      }
    });
  }

  it('for either cut, to the tolerance: the objectives agree', async () => {
    const [rows, columns] = await Promise.all(['rows', 'columns'].map((cut) => train(...WIDE, '--alpha-ratio', '0.1', '--cut', cut, '--tol', '1e-9')));
    expect(rows!.objective / columns!.objective).toBeCloseTo(1, 8);
    expect(rows!['bytesPerCertificate']).not.toBe(columns!['bytesPerCertificate']);
  });
});

describe('strads predict --alpha', () => {
  const predict = (...args: string[]) => strads(folder, 'predict', '--model', 'for-predict', '--data', 'tall.csv', '--target-column', 'y', ...args);
  const fitted = (async () => train(...TALL, '--path', '6', '--path-ratio', '0.05', '--out', 'for-predict'))();

  it('predicts with the solution at that alpha, as it is printed', async () => {
    await fitted;
    const tensors = readSafetensors(await file('for-predict', 'path.safetensors'), 'path.safetensors');
    const { alphas, intercepts, starts, ids, values } = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data])) as Record<string, Float64Array | Uint32Array>;
    expect([alphas!.length, intercepts!.length, starts!.length]).toEqual([6, 6, 7]);
    for (const k of [0, 3, 5]) {
      const { code, stdout, stderr } = await predict('--alpha', alphas![k]!.toPrecision(6));
      expect(code, stderr).toBe(0);
      const printed = stdout.trim().split('\n').slice(1).map(Number);
      const expected = tall.values.map((row) => {
        let sum = intercepts![k]!;
        for (let at = starts![k]!; at < starts![k + 1]!; at++) sum += row[ids![at]!]! * values![at]!;
        return sum;
      });
      expect(printed).toEqual(expected.map((value) => expect.closeTo(value, 10)));
    }
  });

  it('predicts with the chosen solution without --alpha', async () => {
    const { alpha } = await fitted;
    expect((await predict()).stdout).toBe((await predict('--alpha', String(alpha))).stdout);
  });

  it('says which alphas there are when that is none of them', async () => {
    await fitted;
    const said = await mistake(folder, 'predict', '--model', 'for-predict', '--data', 'tall.csv', '--alpha', '77');
    expect(said).toMatch(/^strads: for-predict\/path\.safetensors: has no solution at alpha 77; it has 6 from [\d.]+ down to [\d.]+, the nearest at [\d.]+: see path\.csv$/);
  });

  it('says so when the model has one alpha only', async () => {
    await train(...TALL, '--alpha', '0.1', '--out', 'single');
    expect(await mistake(folder, 'predict', '--model', 'single', '--data', 'tall.csv', '--alpha', '0.1')).toMatchInlineSnapshot(`"strads: single/path.safetensors: not found: the model was not trained with --path, so it has one alpha only; leave --alpha out"`);
  });
});

describe('a folder with a path', () => {
  it('is replaced by --overwrite only, and nothing of it stays', async () => {
    await train(...TALL, '--path', '4', '--out', 'again');
    expect(await mistake(folder, 'train', 'lasso', ...TALL, '--path', '4', '--out', 'again')).toBe('strads: again: the folder exists. Choose another output folder or add --overwrite');
    await train(...TALL, '--alpha', '0.1', '--out', 'again', '--overwrite');
    expect((await readdir(join(folder, 'again'))).sort()).toEqual(['coefficients.csv', 'coefficients.safetensors', 'model.json']);
    await train(...TALL, '--alphas', '0.15,0.1', '--out', 'again', '--overwrite');
    expect((await table('again')).map(({ alpha }) => alpha)).toEqual(['0.15', '0.1']);
    expect(Object.keys((await table('again'))[0]!)).not.toContain('error');
  });
});

describe('what people fit', () => {
  const coefficientsOf = async (out: string) => [...(await LassoModel.load(join(folder, out))).coefficients];

  it('the elastic net of NumPy files', async () => {
    const done = await train('--data', 'X.npy', '--target', 'y.npy', '--alpha', '0.1', '--l1-ratio', '0.5', '--out', 'net');
    const same = await train(...TALL, '--alpha', '0.1', '--l1-ratio', '0.5', '--out', 'net-csv');
    expect(done).toMatchObject({ stopped: 'converged', objective: same.objective });
    expect((await file('net', 'coefficients.safetensors')).equals(await file('net-csv', 'coefficients.safetensors'))).toBe(true);
    const lasso = await train(...TALL, '--alpha', '0.1');
    expect(done.nonzeros).toBeGreaterThan(lasso.nonzeros);
    expect((await LassoModel.load(join(folder, 'net'))).summary).toMatchObject({ l1Ratio: 0.5, nonNegative: false });
  });

  it('sample weights, of which the sum does not count', async () => {
    const plain = await train(...TALL, '--alpha', '0.05', '--out', 'unweighted');
    const even = await train(...TALL, '--alpha', '0.05', '--sample-weights', 'ones.csv', '--out', 'even');
    const weighted = await train(...TALL, '--alpha', '0.05', '--sample-weights', 'samples.csv');
    expect(even.objective).toBe(plain.objective);
    expect(await coefficientsOf('even')).toEqual(await coefficientsOf('unweighted'));
    expect(weighted.objective).not.toBeCloseTo(plain.objective, 6);
  });

  it('feature weights by place or by name, where 0 is no penalty', async () => {
    await train(...TALL, '--alpha', '0.15', '--feature-weights', 'features.csv', '--out', 'by-place');
    await train(...TALL, '--alpha', '0.15', '--feature-weights', 'named.csv', '--out', 'by-name');
    await train(...TALL, '--alpha', '0.15', '--out', 'all-alike');
    expect((await file('by-name', 'coefficients.safetensors')).equals(await file('by-place', 'coefficients.safetensors'))).toBe(true);
    expect((await coefficientsOf('all-alike'))[7]).toBe(0);
    expect((await coefficientsOf('by-place'))[7]).not.toBe(0);
  });

  it('no coefficient below 0', async () => {
    await train(...TALL, '--alpha', '0.001', '--out', 'free');
    await train(...TALL, '--alpha', '0.001', '--non-negative', '--out', 'positive');
    expect(Math.min(...(await coefficientsOf('free')))).toBeLessThan(0);
    expect(Math.min(...(await coefficientsOf('positive')))).toBe(0);
  });
});
