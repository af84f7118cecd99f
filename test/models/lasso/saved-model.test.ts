/** Saved Lasso models that are damaged: refused by file and by what is wrong, before a number of theirs is believed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LassoModel, summaryOf } from '../../../models/lasso/model.js';
import { loadModel } from '../../../models/predict.js';
import { readSafetensors, writeSafetensors, type Tensor, type Tensors } from '../../../src/data/safetensors.js';
import { temporaryDirectory } from '../../data/files.js';

const directory = temporaryDirectory();

/** Two solutions of a path over three columns, of which the second is the model. */
async function saved(name: string): Promise<string> {
  const point = (alpha: number, ids: number[], values: number[]) => ({ alpha, objective: 1, dual: 1, relativeGap: 0, intercept: alpha, nonzeros: ids.length, rounds: 1, stopped: 'converged' as const, ids: Uint32Array.from(ids), values: Float64Array.from(values) });
  const summary = summaryOf({
    ...{ stradsVersion: '0.1.0', columns: 3, samples: 9, nonzeros: 2, alpha: 0.25, alphaMax: 1, objective: 1, dual: 1, relativeGap: 0, rounds: 3, stopped: 'converged', tol: 1e-6, l1Ratio: 1, nonNegative: false },
    ...{ standardize: true, schedule: 'working-set', seed: 0, reproducible: true, features: ['a', 'b', 'c'], path: { points: 2, chosen: 1, folds: null } },
  });
  const folder = join(directory.path, name);
  await new LassoModel(Float64Array.of(1, 0, 2), 0.25, summary, { points: [point(0.5, [2], [1.5]), point(0.25, [0, 2], [1, 2])], crossValidation: null }).writeTo(folder);
  return folder;
}

async function withTensors(folder: string, name: string, change: (tensors: Tensors) => Record<string, Tensor>): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, writeSafetensors({ ...readSafetensors(await readFile(file), file), ...change(readSafetensors(await readFile(file), file)) }));
}

async function withSummary(folder: string, fields: object): Promise<void> {
  const file = join(folder, 'model.json');
  await writeFile(file, JSON.stringify({ ...(JSON.parse(await readFile(file, 'utf8')) as object), ...fields }));
}

const vector = (...data: number[]): Tensor => ({ shape: [data.length], data: Float64Array.from(data) });
const ids = (...data: number[]): Tensor => ({ shape: [data.length], data: Uint32Array.from(data) });

describe('a saved path', () => {
  it('gives its solutions by alpha', async () => {
    expect((await LassoModel.load(await saved('whole'), 0.5)).coefficients).toEqual(Float64Array.of(0, 0, 1.5));
  });

  it.each<[string, Record<string, Tensor>]>([
    ['starts that descend', { starts: ids(0, 4_000_000_000, 3) }],
    ['starts that do not begin at 0', { starts: ids(1, 1, 3) }],
    ['starts beyond the coefficients', { starts: ids(0, 1, 4_000_000_000) }],
    ['more ids than values', { ids: ids(2, 0, 2, 1), starts: ids(0, 1, 4) }],
    ['an alpha without intercept', { intercepts: vector(1) }],
    ['an id beyond the columns', { ids: ids(2, 0, 3) }],
  ])('with %s is refused', async (what, tensors) => {
    const folder = await saved(what);
    await withTensors(folder, 'path.safetensors', () => tensors);
    expect((await directory.errorOf(LassoModel.load(folder, 0.25))).slice(what.length)).toBe('/path.safetensors: its tensors do not belong together, or to a model of 3 columns: the model is damaged; train it again');
  });

  it('with an infinite coefficient is refused', async () => {
    const folder = await saved('infinite');
    await withTensors(folder, 'path.safetensors', () => ({ values: vector(1, Infinity, 2) }));
    expect(await directory.errorOf(LassoModel.load(folder, 0.5))).toMatchInlineSnapshot(`"infinite/path.safetensors: values, number 1 (from 0): found Infinity, expected a finite number: the model is damaged; train it again"`);
  });

  it('of more columns than the model has is refused before it takes room for them', async () => {
    const folder = await saved('wide');
    await withSummary(folder, { columns: 2 ** 52, features: null });
    expect(await directory.errorOf(LassoModel.load(folder, 0.5))).toMatchInlineSnapshot(`"wide/coefficients.safetensors: 3 coefficients, but model.json says 4503599627370496 columns: the folder mixes two models; train again"`);
  });
});

describe('a saved model', () => {
  it('with a coefficient or an intercept that is no finite number is refused', async () => {
    const folder = await saved('nan');
    await withTensors(folder, 'coefficients.safetensors', () => ({ coefficients: vector(1, NaN, 2) }));
    expect(await directory.errorOf(loadModel(folder))).toMatchInlineSnapshot(`"nan/coefficients.safetensors: coefficients, number 1 (from 0): found NaN, expected a finite number: the model is damaged; train it again"`);
    await withTensors(folder, 'coefficients.safetensors', () => ({ coefficients: vector(1, 0, 2), intercept: vector(-Infinity) }));
    expect(await directory.errorOf(loadModel(folder))).toMatchInlineSnapshot(`"nan/coefficients.safetensors: intercept, number 0 (from 0): found -Infinity, expected a finite number: the model is damaged; train it again"`);
  });

  it('with names for other columns is refused', async () => {
    const folder = await saved('names');
    await withSummary(folder, { features: ['a', 'b'] });
    expect(await directory.errorOf(loadModel(folder))).toMatchInlineSnapshot(`"names/model.json: found 2 features, expected 3, one for each of the columns: the model is damaged; train it again"`);
  });

  it('of a kind that only JavaScript knows is refused', async () => {
    const folder = await saved('constructor');
    await withSummary(folder, { format: 'constructor' });
    expect(await directory.errorOf(loadModel(folder))).toMatchInlineSnapshot(`"constructor/model.json: found format "constructor", but strads 0.1.0 knows strads-lasso, strads-mf. Install strads 0.1.0 or newer"`);
  });

  it('that lacks a field says so in words', async () => {
    const folder = await saved('lacking');
    await withSummary(folder, { dual: undefined });
    expect(await directory.errorOf(loadModel(folder))).toMatchInlineSnapshot(`"lacking/model.json: not a Lasso model that this version (format 1) reads: dual: Invalid input: expected number, received nothing. Train it again, or use the strads that wrote it"`);
  });
});
