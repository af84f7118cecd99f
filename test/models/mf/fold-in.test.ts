/** A folded-in user against a direct solve in float64, against the conditions of a bounded minimum, and against what training gives. */
import { describe, expect, it } from 'vitest';
import { MatrixFactorization } from '../../../models/index.js';
import { solve, type NormalEquations } from '../../../models/mf/fold-in.js';
import type { MfModel } from '../../../models/mf/model.js';
import type { MfInput } from '../../../models/mf/options.js';
import type { MfSummary } from '../../../models/mf/summary.js';
import { DataError } from '../../../src/data/dataset.js';
import { bellShaped, madeModel, type Making } from './made-models.js';
import { chosen, lowRank, noise } from './ratings.js';

type Ratings = readonly (readonly [item: string, rating: number])[];

const ITEMS = 40;

/** Float32 ratings from 1 to 5 of a few items of a made model. */
const someRatings = (count: number, seed: number): Ratings => Array.from({ length: count }, (_, at) => [`i${(at * 7 + seed) % ITEMS}`, Math.fround(3 + 2 * noise(seed, 9, at))] as const);

/** The equations as they are defined, term by term: rows are (h_j, 1), or h_j where there are no biases. */
function equationsOf({ rank, biases = true }: Making, { lambda, penaltyPer, implicit, confidence, mean }: MfSummary, ratings: Ratings): NormalEquations {
  const unknowns = rank + Number(biases);
  const x = (item: number) => Array.from({ length: unknowns }, (_, k) => (k < rank ? bellShaped('item', item, k) : 1));
  const rowOf = (id: string) => Number(id.slice(1));
  const penalty = penaltyPer === 'ratings' ? lambda * ratings.length : lambda;
  const matrix = new Float64Array(unknowns ** 2);
  const right = new Float64Array(unknowns);
  const add = (item: number, weight: number, target: number) => {
    const row = x(item);
    for (let a = 0; a < unknowns; a++) {
      right[a] += target * row[a];
      for (let b = 0; b < unknowns; b++) matrix[a * unknowns + b] += weight * row[a] * row[b];
    }
  };
  for (const [id, rating] of ratings) {
    const item = rowOf(id);
    if (implicit) add(item, confidence! * rating, 1 + confidence! * rating);
    else add(item, 1, rating - mean - (biases ? bellShaped('item', item, rank) : 0));
  }
  if (implicit) for (let item = 0; item < ITEMS; item++) add(item, 1, 0);
  for (let a = 0; a < unknowns; a++) matrix[a * unknowns + a] += penalty;
  return { matrix, right, bounded: 0 };
}

/** Gauss's elimination with the largest pivot. */
function eliminated({ matrix, right }: NormalEquations): number[] {
  const n = right.length;
  const rows = Array.from({ length: n }, (_, i) => [...matrix.subarray(i * n, (i + 1) * n), right[i]]);
  for (let k = 0; k < n; k++) {
    const pivot = rows.map((row, i) => [i < k ? -1 : Math.abs(row[k]), i]).sort(([a], [b]) => b - a)[0][1];
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const multiple = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= multiple * rows[k][j];
    }
  }
  return rows.map((row, k) => row[n] / row[k]);
}

const CASES: readonly [string, Making, Partial<MfSummary>][] = [
  ['count-weighted, with biases', { users: 2, items: ITEMS, rank: 6 }, { lambda: 0.05 }],
  ['plain, with biases', { users: 2, items: ITEMS, rank: 6 }, { lambda: 0.3, penaltyPer: 'rows' }],
  ['without biases', { users: 2, items: ITEMS, rank: 9, biases: false }, { lambda: 0.02, penaltyPer: 'rows' }],
  ['without a mean', { users: 2, items: ITEMS, rank: 3 }, { mean: 0 }],
  ['of one factor', { users: 2, items: ITEMS, rank: 1, biases: false }, {}],
  ['of more factors than ratings', { users: 2, items: ITEMS, rank: 60 }, { lambda: 0.01 }],
  ['implicit, count-weighted', { users: 2, items: ITEMS, rank: 7, biases: false }, { implicit: true, confidence: 2.5, mean: 0 }],
  ['implicit, plain', { users: 2, items: ITEMS, rank: 7, biases: false }, { implicit: true, confidence: 1, mean: 0, penaltyPer: 'rows' }],
];

describe('foldIn', () => {
  it.each(CASES)('solves the normal equations: %s', async (_, making, summary) => {
    const model = await madeModel({ ...making, summary });
    for (const count of [1, 2, 12, 30]) {
      const ratings = someRatings(count, 3);
      const expected = eliminated(equationsOf(making, model.summary, ratings));
      const folded = model.foldIn(ratings);
      const found = [...folded.factors, ...(model.summary.biases ? [folded.bias] : [])];
      expect(found).toHaveLength(expected.length);
      found.forEach((value, k) => expect(Math.abs(value - expected[k])).toBeLessThan(1e-10));
    }
  });

  it('predicts and recommends from that row', async () => {
    const making: Making = { users: 2, items: ITEMS, rank: 6 };
    const model = await madeModel(making);
    const ratings = someRatings(8, 1);
    const folded = model.foldIn(ratings);
    const predicted = (item: number) => 3.5 + folded.bias + bellShaped('item', item, 6) + folded.factors.reduce((sum, w, k) => sum + w * bellShaped('item', item, k), 0);
    const all = Array.from({ length: ITEMS }, (_, item) => `i${item}`);
    folded.predict([...all, 'nothing']).forEach((value, item) => expect(Math.abs(value - (item === ITEMS ? 3.5 + folded.bias : predicted(item)))).toBeLessThan(1e-5));
    const byRating = all.map((id, item) => ({ id, score: predicted(item) })).sort((a, b) => b.score - a.score).map(({ id }) => id);
    const rated = new Set(ratings.map(([item]) => item));
    expect(folded.recommend({ top: 7 }).map(({ item }) => item)).toEqual(byRating.filter((id) => !rated.has(id)).slice(0, 7));
    expect(folded.recommend({ top: 7, includeRated: true, exclude: byRating.slice(0, 2) }).map(({ item }) => item)).toEqual(byRating.slice(2, 9));
  });

  it('counts items that are not in the model, and learns nothing from them', async () => {
    const model = await madeModel({ users: 2, items: ITEMS, rank: 4 });
    const folded = model.foldIn([['i3', 5], ['nothing', 1], ['i4', 2], ['no such', 9]]);
    expect(folded.unknownItems).toBe(2);
    expect(folded.factors).toEqual(model.foldIn([['i3', 5], ['i4', 2]]).factors);
    const stranger = model.foldIn([['nothing', 1]]);
    expect([...stranger.factors, stranger.bias]).toEqual([0, 0, 0, 0, 0]);
    expect(stranger.predict(['i7'])[0]).toBe(model.predict([['nobody', 'i7']]).values[0]);
  });

  it('takes the last rating of an item, and 1 where there is none', async () => {
    const model = await madeModel({ users: 2, items: ITEMS, rank: 4 });
    expect(model.foldIn([['i3', 5], ['i4', 2], ['i3', 1]]).factors).toEqual(model.foldIn([['i3', 1], ['i4', 2]]).factors);
    expect(model.foldIn([['i3'], ['i4']]).factors).toEqual(model.foldIn([['i3', 1], ['i4', 1]]).factors);
  });

  it.each<[string, Partial<MfSummary>, Ratings, string]>([
    ['no ratings', {}, [], 'ratings: found none, expected at least one'],
    ['a rating that is no number', {}, [['i1', 2], ['i2', NaN]], 'ratings, entry 1: found rating NaN, expected a finite number'],
    ['an empty id', {}, [['', 2]], 'ratings, entry 0: found item ""'],
    ['a count below 0', { implicit: true, confidence: 1, mean: 0 }, [['i1', 2], ['i2', -1]], 'item i2 has -1, expected 0 or more: the model was trained on implicit feedback'],
  ])('refuses %s', async (_, summary, ratings, message) => {
    const model = await madeModel({ users: 2, items: ITEMS, rank: 4, biases: summary.implicit !== true, summary });
    expect(() => model.foldIn(ratings)).toThrow(DataError);
    expect(() => model.foldIn(ratings)).toThrow(message);
  });
});

describe('the solver', () => {
  it('of equations that many rows solve takes the shortest', () => {
    const solution = solve({ matrix: Float64Array.of(1, 2, 2, 4), right: Float64Array.of(5, 10), bounded: 0 });
    expect(solution[0]).toBeCloseTo(1, 12);
    expect(solution[1]).toBeCloseTo(2, 12);
  });

  it('gives 0 where nothing pulls', () => {
    expect([...solve({ matrix: new Float64Array(9), right: new Float64Array(3), bounded: 0 })]).toEqual([0, 0, 0]);
    expect([...solve({ matrix: new Float64Array(9), right: new Float64Array(3), bounded: 3 })]).toEqual([0, 0, 0]);
  });

  it('is at the bounded minimum: no gradient inside, none that leads back in at the bound', () => {
    for (let seed = 0; seed < 20; seed++) {
      const unknowns = 1 + (seed % 9);
      const bounded = Math.max(1, unknowns - (seed % 2));
      const rows = Array.from({ length: 15 }, (_, row) => Array.from({ length: unknowns }, (_, k) => noise(seed, row, k)));
      const matrix = Float64Array.from({ length: unknowns ** 2 }, (_, at) => rows.reduce((sum, row) => sum + row[Math.floor(at / unknowns)] * row[at % unknowns], at % (unknowns + 1) === 0 ? 0.1 : 0));
      const right = Float64Array.from({ length: unknowns }, (_, k) => noise(seed + 100, k, 0));
      const solution = solve({ matrix, right, bounded });
      for (let k = 0; k < unknowns; k++) {
        const gradient = right[k] - solution.reduce((sum, w, j) => sum + matrix[k * unknowns + j] * w, 0);
        if (k < bounded) expect(solution[k]).toBeGreaterThanOrEqual(0);
        if (k < bounded && solution[k] === 0) expect(gradient).toBeLessThan(1e-10);
        else expect(Math.abs(gradient)).toBeLessThan(1e-10);
      }
    }
  });
});

/** Trained until nothing moves, so that a user's row is the minimum with the items as they are. */
async function converged(input: MfInput, triples: readonly (readonly [number, number, number])[]): Promise<MfModel> {
  return (await new MatrixFactorization({ rank: 3, lambda: 0.1, sweeps: 60, evaluateEvery: 60, ...input }).fit(triples)).model;
}

describe('a user of the training, folded in with his own ratings', () => {
  const recipe = { users: 30, items: 25, rank: 3, density: 0.5, seed: 4, noise: 0.1, shift: 3 };

  it.each<[string, MfInput]>([
    ['als', { algorithm: 'als', biases: true, cgSteps: 6 }],
    ['als without biases or mean', { algorithm: 'als', mean: false, cgSteps: 6 }],
    ['als with a plain penalty', { algorithm: 'als', biases: true, penaltyPer: 'rows', lambda: 0.5, cgSteps: 6 }],
    ['als of implicit feedback', { algorithm: 'als', implicit: true, confidence: 3, lambda: 0.5, cgSteps: 6, sweeps: 60, evaluateEvery: 60 }],
    ['ccd', { algorithm: 'ccd', biases: true, sweeps: 60, evaluateEvery: 60 }],
    ['ccd of implicit feedback', { algorithm: 'ccd', implicit: true, sweeps: 400, evaluateEvery: 400 }],
    ['ccd without negative factors', { algorithm: 'ccd', nonNegative: true, biases: true, sweeps: 60, evaluateEvery: 60 }],
    ['ccd of implicit feedback without negative factors', { algorithm: 'ccd', nonNegative: true, implicit: true, lambda: 0.5, rank: 2, sweeps: 200, evaluateEvery: 200 }],
  ])('gets the row that training gave him: %s', async (_, input) => {
    const triples = input.implicit ? chosen(recipe).train : lowRank(recipe).train;
    const model = await converged(input, triples);
    for (const user of [0, 7, 29]) {
      const own = triples.filter(([by]) => by === user);
      const folded = model.foldIn(own.map(([, item, rating]) => [item, rating] as const));
      const row = model.row('user', user)!;
      folded.factors.forEach((value, k) => expect(Math.abs(value - row[k])).toBeLessThan(1e-3));
      if (input.biases) expect(Math.abs(folded.bias - row[model.shape.ranks])).toBeLessThan(1e-3);
      expect(folded.recommend({ top: 3 }).map(({ item }) => item)).toEqual(model.recommend(user, { top: 3 }).map(({ item }) => item));
    }
  });
});
