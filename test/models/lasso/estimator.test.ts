import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, FittedLasso, Lasso, UsageError, type LassoInput } from '../../../models/index.js';
import { STORAGES } from './lasso-cluster.js';
import { asDense, asSparse, problemOf } from './problems.js';

const problem = problemOf({ rows: 40, columns: 11, seed: 31, density: 0.8 });
const fresh = problemOf({ rows: 9, columns: 11, seed: 32, density: 0.8 });

const fitted = (options: LassoInput = {}) => new Lasso({ alpha: 0.1, ...options }).fit(asDense(problem), problem.y);

describe('predict', () => {
  for (const [storage, as] of STORAGES) {
    it(`is X w + b: ${storage}`, async () => {
      for (const options of [{ intercept: true }, { intercept: false }, { standardize: true }]) {
        const model = await fitted(options);
        const expected = Array.from({ length: fresh.rows }, (_, i) => model.coefficients.reduce((sum, w, j) => sum + w * fresh.x[i * fresh.columns + j], model.intercept));
        model.predict(as(fresh)).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 10));
      }
    });
  }

  it('takes rows of numbers', async () => {
    const model = await fitted();
    const rows = Array.from({ length: fresh.rows }, (_, i) => [...fresh.x.subarray(i * fresh.columns, (i + 1) * fresh.columns)]);
    expect(model.predict(rows)).toEqual(model.predict(asDense(fresh)));
  });

  it('refuses another number of columns', async () => {
    const model = await fitted();
    expect(() => model.predict([[1, 2, 3]])).toThrow(DataError);
    expect(() => model.predict([[1, 2, 3]])).toThrow('X has 3 columns, the model was trained on 11');
  });
});

describe('the intercept', () => {
  it('is 0 when none is asked for, and the mean of y when the model is 0', async () => {
    expect((await fitted({ intercept: false })).intercept).toBe(0);
    const mean = problem.y.reduce((sum, value) => sum + value, 0) / problem.rows;
    expect((await fitted({ alpha: 1e6 })).intercept).toBeCloseTo(mean, 12);
  });
});

describe('a saved model', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strads-lasso-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('comes back to the bit', async () => {
    const model = await fitted();
    const place = join(folder, 'model');
    await model.save(place);
    const loaded = await FittedLasso.load(place);
    expect(loaded.coefficients).toEqual(model.coefficients);
    expect(loaded.intercept).toBe(model.intercept);
    expect(loaded.model.summary).toEqual(model.model.summary);
    expect(loaded.predict(asSparse(fresh))).toEqual(model.predict(asSparse(fresh)));
  });

  it('lists the intercept and the nonzero coefficients as CSV that reads back exactly', async () => {
    const model = await fitted({ alphaRatio: 0.3, alpha: undefined });
    const place = join(folder, 'model');
    await model.save(place);
    const [head, intercept, ...lines] = (await readFile(join(place, 'coefficients.csv'), 'utf8')).trimEnd().split('\n');
    expect(head).toBe('feature,coefficient');
    expect(intercept).toBe(`(intercept),${model.intercept}`);
    expect(lines).toHaveLength(model.model.summary.nonzeros);
    for (const line of lines) {
      const [feature, value] = line.split(',');
      expect(Number(value)).toBe(model.coefficients[Number(feature) - 1]);
    }
  });

  it('is not replaced unless that is asked for', async () => {
    const model = await fitted();
    const place = join(folder, 'model');
    await model.save(place);
    await expect(model.save(place)).rejects.toThrow(DataError);
    await (await fitted({ alpha: 0.5 })).save(place, { overwrite: true });
    expect((await FittedLasso.load(place)).model.summary.alpha).toBe(0.5);
  });

  it.each<[string, string, string | null, RegExp]>([
    ['a summary that is no JSON', 'model.json', '{', /model\.json: not valid JSON/],
    ['a summary of another model', 'model.json', '{"format":"strads-lda"}', /model\.json: not a Lasso model that this version/],
    ['no summary', 'model.json', null, /model\.json: not found: give the folder/],
    ['no coefficients', 'coefficients.safetensors', null, /coefficients\.safetensors: not found/],
    ['damaged coefficients', 'coefficients.safetensors', 'nonsense', /coefficients\.safetensors: not a whole safetensors file/],
  ])('with %s is refused by name', async (_what, file, content, message) => {
    const place = join(folder, 'model');
    await (await fitted()).save(place);
    if (content === null) await rm(join(place, file));
    else await writeFile(join(place, file), content);
    await expect(FittedLasso.load(place)).rejects.toThrow(DataError);
    await expect(FittedLasso.load(place)).rejects.toThrow(message);
  });

  it('made of two models is refused', async () => {
    const [place, other] = [join(folder, 'model'), join(folder, 'other')];
    await (await fitted()).save(place);
    await (await new Lasso({ alpha: 0.1 }).fit([[1], [2], [4]], [1, 2, 3])).save(other);
    await writeFile(join(place, 'coefficients.safetensors'), await readFile(join(other, 'coefficients.safetensors')));
    await expect(FittedLasso.load(place)).rejects.toThrow(/1 coefficients, but model\.json says 11 columns/);
  });
});

describe('options', () => {
  it.each<[string, object, RegExp]>([
    ['alpha 0', { alpha: 0 }, /alpha/],
    ['a negative alpha', { alpha: -1 }, /alpha/],
    ['alpha NaN', { alpha: NaN }, /alpha/],
    ['an infinite alpha', { alpha: Infinity }, /alpha/],
    ['alpha as text', { alpha: '0.1' }, /alpha/],
    ['alpha and alphaRatio', { alpha: 1, alphaRatio: 0.1 }, /give alpha or alphaRatio, not both/],
    ['alphaRatio 0', { alphaRatio: 0 }, /alphaRatio/],
    ['tol 0', { tol: 0 }, /tol/],
    ['no rounds', { maxRounds: 0 }, /maxRounds/],
    ['half a round', { maxRounds: 1.5 }, /maxRounds/],
    ['an unknown schedule', { schedule: 'greedy' }, /schedule/],
    ['an unknown coupling', { coupling: 'loose' }, /coupling/],
    ['an empty block', { block: 0 }, /block/],
    ['a block beyond the limit', { block: 4097 }, /block/],
    ['a negative pipeline', { pipeline: -1 }, /pipeline/],
    ['a seed beyond 32 bits', { seed: 2 ** 32 }, /seed/],
    ['an option that is none', { lambda: 0.1 }, /lambda/],
  ])('refuse %s at once, by name', (_what, options, message) => {
    expect(() => new Lasso(options as LassoInput)).toThrow(UsageError);
    expect(() => new Lasso(options as LassoInput)).toThrow(message);
  });

  it('take their defaults from scikit-learn', async () => {
    const { model } = await new Lasso().fit(asDense(problem), problem.y);
    expect(model.summary.alpha).toBe(1);
    expect(model.intercept).not.toBe(0);
  });
});

describe('data', () => {
  const X = [[1, 2], [3, 4], [5, 7]];

  it.each<[string, number[][], number[], RegExp]>([
    ['a target that is too short', X, [1, 2], /X has 3 rows and y 2 values: give one value a row/],
    ['a target that is too long', X, [1, 2, 3, 4], /X has 3 rows and y 4 values/],
    ['a hole in the target', X, [1, NaN, 3], /y\[1\] is NaN: every value must be a finite number/],
    ['an infinite target', X, [1, 2, -Infinity], /y\[2\] is -Infinity/],
    ['a hole in X', [[1, 2], [NaN, 4], [5, 6]], [1, 2, 3], /X: found NaN at row 1, column 0/],
    ['ragged rows', [[1, 2], [3], [5, 6]], [1, 2, 3], /X: row 1 has 1 values, expected 2/],
    ['no rows', [], [], /X: found 0 rows and 0 columns/],
    ['a number beyond float32', [[1, 2], [1e39, 4], [5, 6]], [1, 2, 3], /row 2, column 1: found 1e\+39/],
  ])('refuse %s', async (_what, x, y, message) => {
    const fitting = new Lasso({ alpha: 0.1 }).fit(x, y);
    await expect(fitting).rejects.toBeInstanceOf(DataError);
    await expect(fitting).rejects.toThrow(message);
  });

  it('refuse an entry that stands twice, and say where', async () => {
    const twice = { rows: 5, columns: 2, rowIds: [0, 4, 4], columnIds: [0, 1, 1], values: [1, 2, 3] };
    const fitting = new Lasso({ alpha: 0.1 }).fit(twice, [1, 2, 3, 4, 5]);
    await expect(fitting).rejects.toBeInstanceOf(DataError);
    await expect(fitting).rejects.toThrow(/row 5, column 2\) appears more than once/);
  });
});
