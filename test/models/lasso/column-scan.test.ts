/** What a shard reports of its columns is what float64 alone would find, however far float32 may be off. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScanRequest } from '../../../models/lasso/column-cut/operations.js';
import { engineResidual, scan, type Scanned } from '../../../models/lasso/column-cut/scan.js';
import { HostColumns } from '../../../models/lasso/host-columns.js';
import { ShardMemory } from '../../../models/lasso/shard-memory.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';

/** A column by its entries; `null` entries are not stored. */
type Column = readonly (number | null)[];

interface Setting {
  readonly columns: readonly Column[];
  readonly residual: readonly number[];
  readonly means?: readonly number[];
  readonly scales?: readonly number[];
  /** Columns with a squared norm of 0. */
  readonly dropped?: readonly number[];
  readonly weights?: readonly number[] | undefined;
  readonly support?: readonly (readonly [number, number])[];
  readonly alpha?: number;
  readonly l1Ratio?: number;
  readonly nonNegative?: boolean;
  readonly candidates?: number;
  readonly samples?: number;
}

const FIRST_COLUMN = 100;
const U = 2 ** -24;

const stored = (column: Column) => column.flatMap((value, i) => (value === null ? [] : [{ value, i }]));
const dot = (column: Column, vector: ArrayLike<number>) => stored(column).reduce((sum, { value, i }) => sum + value * vector[i], 0);
const norm = (values: Iterable<number>) => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

const memory = ShardMemory.of(await createWasmEngine());

function numbers(values: readonly number[]) {
  const array = memory.array('numbers', Float64Array, values.length);
  array.view.set(values);
  return array;
}

/** The columns as a sparse shard holds them. */
function heldColumns(columns: readonly Column[], rows: number): HostColumns {
  const entries = columns.flatMap(stored);
  const starts = memory.array('starts', Uint32Array, columns.length + 1);
  for (const [j, column] of columns.entries()) starts.view[j + 1] = starts.view[j] + stored(column).length;
  const rowIds = memory.array('row ids', Uint32Array, entries.length);
  rowIds.view.set(entries.map(({ i }) => i));
  const high = memory.array('x', Float32Array, entries.length);
  high.view.set(entries.map(({ value }) => value));
  const low = memory.array('x low', Float32Array, entries.length);
  low.view.set(entries.map(({ value }) => value - Math.fround(value)));
  return new HostColumns(memory, { rows, columns: columns.length, sparse: { starts, rowIds }, high, low });
}

function shardOf(setting: Setting): Scanned {
  const { columns, residual, weights } = setting;
  const facts = columns.map((_, j) => factsOf(setting, j));
  return {
    columns: heldColumns(columns, residual.length),
    firstColumn: FIRST_COLUMN,
    prepared: {
      means: numbers(facts.map(({ mean }) => mean)),
      scales: numbers(facts.map(({ scale }) => scale)),
      squaredNorms: numbers(facts.map(({ squares }) => squares)),
      heldNorms: numbers(columns.map((column) => norm(stored(column).map(({ value }) => value)))),
    },
    featureWeights: weights ? numbers(weights) : null,
    residualSum: residual.reduce((sum, r) => sum + r, 0),
  };
}

function factsOf({ columns, means, scales, dropped = [] }: Setting, j: number) {
  const [mean, scale] = [means?.[j] ?? 0, scales?.[j] ?? 1];
  const squares = columns[j].reduce<number>((sum, value) => sum + ((value ?? 0) - mean) ** 2, 0) / (scale * scale);
  return { mean, scale, squares: dropped.includes(j) ? 0 : squares };
}

function requestOf({ residual, support = [], alpha = 0.1, l1Ratio = 1, nonNegative = false, candidates = 3, samples = 7 }: Setting): ScanRequest {
  return {
    problem: 0,
    alpha,
    l1Ratio,
    nonNegative,
    samples,
    candidates,
    ids: Uint32Array.from([3, ...support.map(([j]) => FIRST_COLUMN + j), 5000]),
    beta: Float64Array.from([9, ...support.map(([, beta]) => beta), 9]),
    residual: Float64Array.from(residual),
  };
}

/** The answer by its definition. */
function expected(setting: Setting) {
  const { columns, residual, weights, support = [], alpha = 0.1, l1Ratio = 1, nonNegative = false, candidates = 3, samples = 7 } = setting;
  const residualSum = residual.reduce((sum, r) => sum + r, 0);
  const rated = columns.flatMap((column, j) => {
    const { mean, scale, squares } = factsOf(setting, j);
    const weight = weights?.[j] ?? 1;
    if (squares === 0 || weight === 0) return [];
    const beta = support.find(([k]) => k === j)?.[1];
    const ridge = l1Ratio === 1 ? 0 : alpha * (1 - l1Ratio) * weight;
    const slope = (dot(column, residual) - mean * residualSum) / scale / samples - (beta === undefined ? 0 : ridge * beta);
    const pull = nonNegative ? Math.max(0, slope) : Math.abs(slope);
    const length = Math.sqrt(squares + samples * ridge);
    return [{ id: FIRST_COLUMN + j, isIn: beta !== undefined, ratio: pull / weight, slack: (alpha * l1Ratio * weight - pull) / length, pull, length }];
  });
  const nearest = rated.filter(({ isIn }) => !isIn).sort((a, b) => a.slack - b.slack || a.id - b.id).slice(0, candidates).sort((a, b) => a.id - b.id);
  const freePull = columns.reduce((most, column, j) => {
    const { mean, scale, squares } = factsOf(setting, j);
    if (squares === 0 || weights?.[j] !== 0) return most;
    const slope = (dot(column, residual) - mean * residualSum) / scale / samples;
    const pull = nonNegative ? Math.max(0, slope) : Math.abs(slope);
    return Math.max(most, pull / Math.sqrt(squares / samples));
  }, 0);
  return { largest: Math.max(0, ...rated.map(({ ratio }) => ratio)), freePull, nearest };
}

/** `dots` from the engine's residual r / unit. */
function expectExact(setting: Setting, dotsOf: (column: Column, residual: Float32Array, j: number) => number): void {
  const request = requestOf(setting);
  const engine = engineResidual(request.residual);
  const found = scan(shardOf(setting), request, Float32Array.from(setting.columns, (column, j) => dotsOf(column, engine.values, j)), engine);
  const { largest, freePull, nearest } = expected(setting);
  const close = (actual: number, value: number) => expect(Math.abs(actual - value)).toBeLessThanOrEqual(1e-12 * Math.max(Math.abs(value), largest));
  close(found.largest, largest);
  expect(Math.abs(found.free.pull - freePull)).toBeLessThanOrEqual(1e-12 * freePull);
  expect([...found.ids]).toEqual(nearest.map(({ id }) => id));
  expect(found.facts.length).toBe(2 * nearest.length);
  for (const [k, { pull, length }] of nearest.entries()) {
    expect(Math.abs(found.facts[2 * k] - pull)).toBeLessThanOrEqual(1e-12 * largest + 1e-300);
    expect(Math.abs(found.facts[2 * k + 1] - length)).toBeLessThanOrEqual(1e-12 * length);
  }
}

/** Products and sums in float32, one after the other. */
const inFloat32 = (column: Column, residual: Float32Array) => stored(column).reduce((sum, { value, i }) => Math.fround(sum + Math.fround(Math.fround(value) * residual[i])), 0);

/** Whole numbers, so that ties between different columns are exact. */
const wholeNumbers = fc.integer({ min: -3, max: 3 });
const anyNumbers = fc.double({ min: -8, max: 8, noNaN: true }).map((value) => (Math.abs(value) < 1e-6 ? 0 : value));

const settings: fc.Arbitrary<Setting> = fc
  .record({ rows: fc.integer({ min: 1, max: 12 }), count: fc.integer({ min: 1, max: 14 }), whole: fc.boolean() })
  .chain(({ rows, count, whole }) => {
    const number = whole ? wholeNumbers : anyNumbers;
    const perColumn = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: count, maxLength: count });
    return fc.record({
      columns: perColumn(fc.array(fc.option(number, { freq: 3 }), { minLength: rows, maxLength: rows })),
      residual: fc.array(number, { minLength: rows, maxLength: rows }),
      means: whole ? fc.constant(new Array<number>(count).fill(0)) : perColumn(anyNumbers),
      scales: perColumn(fc.constantFrom(1, 1, 0.25, 1e-3, 1e6)),
      dropped: fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 3 }),
      weights: fc.option(perColumn(fc.constantFrom(0, 1, 2, 0.5)), { nil: undefined }),
      support: fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 4 }).map((ids) => ids.sort((a, b) => a - b).map((j): [number, number] => [j, j % 2 === 0 ? 1.5 : -0.5])),
      alpha: fc.constantFrom(1e-3, 0.1, 3, Infinity),
      l1Ratio: fc.constantFrom(1, 0.5),
      nonNegative: fc.boolean(),
      candidates: fc.integer({ min: 0, max: 16 }),
      samples: fc.constantFrom(7, 0.5),
    });
  })
  // With α = ∞ a run asks for no candidates and has no penalized column in the support.
  .map((setting) => (setting.alpha === Infinity ? { ...setting, candidates: 0, support: [] } : setting));

describe('a scan', () => {
  it('finds the largest gradient and the nearest columns from float32 dots', () => {
    fc.assert(fc.property(settings, (setting) => expectExact(setting, inFloat32)), { numRuns: 400 });
  });

  it('finds them from dots that are as wrong as float32 may ever make them', () => {
    fc.assert(
      fc.property(settings, fc.array(fc.constantFrom(-1, 1), { minLength: 14, maxLength: 14 }), (setting, signs) => {
        expectExact(setting, (column, residual, j) => {
          const roundings = (stored(column).length + 1) * U;
          const most = (roundings / (1 - roundings)) * norm(stored(column).map(({ value }) => value)) * norm(residual);
          return dot(column, residual) + signs[j] * most;
        });
      }),
      { numRuns: 400 },
    );
  });

  it('finds them where dots have left the range of float32', () => {
    const lost = fc.array(fc.constantFrom(null, null, NaN, Infinity, -Infinity), { minLength: 14, maxLength: 14 });
    fc.assert(fc.property(settings, lost, (setting, instead) => expectExact(setting, (column, residual, j) => instead[j] ?? inFloat32(column, residual))), { numRuns: 400 });
  });

  it('finds them whatever the scale of the residual', () => {
    // The second column wins by little, and loses where both residuals round to one number.
    const columns = [[1e12, null], [null, 0.999e12]];
    for (const scale of [1e-300, 1e-50, 1e-42, 1e-40, 1, 1e30, 1e45, 1e150]) {
      for (let step = 0; step < 20; step++) {
        const r = scale * (1 + step / 20);
        expectExact({ columns, residual: [r, 1.0011 * r], alpha: scale, candidates: 1 }, inFloat32);
      }
    }
  });

  it('of a residual of 0 finds no gradient', () => {
    expectExact({ columns: [[1, 2], [3, 4]], residual: [0, 0], candidates: 1 }, inFloat32);
  });

  it('reports nothing of a shard without columns', () => {
    expectExact({ columns: [], residual: [1, 2] }, inFloat32);
  });
});

describe('the bound of the rounding', () => {
  it('covers a long sum that loses every term but the first', () => {
    const rows = 2 ** 15;
    const losing = Array.from({ length: rows }, (_, i) => (i === 0 ? 1 : 0.99 * U));
    const short = Array.from({ length: rows }, (_, i) => (i === 0 ? 1.001 : null));
    expect(inFloat32(losing, new Float32Array(rows).fill(1))).toBe(1);
    expect(dot(losing, new Float64Array(rows).fill(1))).toBeGreaterThan(1.0019);
    expectExact({ columns: [short, losing], residual: new Array<number>(rows).fill(1), alpha: 1e-3, candidates: 1 }, inFloat32);
    expectExact({ columns: [losing.map((value) => -value), short], residual: new Array<number>(rows).fill(1), alpha: 1e-3, candidates: 1 }, inFloat32);
  });

  it('covers entries and products that an engine takes for 0', () => {
    const flushed = (column: Column, residual: Float32Array) => {
      const normal = (value: number) => (Math.abs(value) < 2 ** -126 ? 0 : Math.fround(value));
      return stored(column).reduce((sum, { value, i }) => normal(sum + normal(normal(value) * normal(residual[i]))), 0);
    };
    for (const size of [1e-44, 1e-40, 3e-38, 1e-36].map(Math.fround)) {
      const many = new Array<number>(40).fill(size);
      const one = many.map((_, i) => (i === 0 ? 3 * size : null));
      const residual = many.map((_, i) => (i === 0 ? 1 : 0.2));
      expectExact({ columns: [one, many], residual, alpha: size, scales: [size, size], candidates: 1 }, flushed);
    }
  });

  it('says nothing of sums with more terms than float32 can count', () => {
    const setting = { columns: [[7, null], [5, -4]], residual: [1, 1], candidates: 1 };
    const entries = 2 ** 24 + 2;
    const starts = memory.array('starts', Uint32Array, 3);
    starts.view.set([0, 2 ** 24, entries]);
    const rowIds = memory.array('row ids', Uint32Array, entries);
    rowIds.view[entries - 1] = 1;
    const high = memory.array('x', Float32Array, entries);
    high.view[0] = 7;
    high.view.set([5, -4], 2 ** 24);
    const columns = new HostColumns(memory, { rows: 2, columns: 2, sparse: { starts, rowIds }, high, low: null });
    const { largest, ids } = scan({ ...shardOf(setting), columns }, requestOf(setting), Float32Array.of(0, 1), { unit: 1, norm: Math.SQRT2 });
    expect([largest, ...ids]).toEqual([expected(setting).largest, FIRST_COLUMN]);
  });
});
