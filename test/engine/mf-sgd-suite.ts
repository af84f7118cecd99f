/**
 * What holds between calls of the descent and ranking kernels on any engine. In: a name and a way to make an engine.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mf } from '#kernels';
import type { Engine, EngineBuffer, Kernel } from '../../src/engine/engine.js';
import { stream } from './matrices.js';
import { descent, descentParameters } from './mf-sgd-oracles.js';
import type { Descent, DescentShape } from './mf-sgd-oracles.js';
import { EMPTY_ID, EMPTY_SCORE, best } from './mf-top-oracles.js';

type Arrays = Readonly<Record<string, Float32Array | Uint32Array>>;

interface Call {
  readonly parameters: Readonly<Record<string, number>>;
  readonly workgroups: number;
}

/** Dispatches the calls one after another over the same buffers; returns what they leave in the buffers that are written. */
async function after(engine: Engine, kernel: Kernel, data: Arrays, calls: readonly Call[]): Promise<ArrayBuffer[]> {
  const buffers: Record<string, EngineBuffer> = {};
  for (const [name, values] of Object.entries(data)) {
    buffers[name] = engine.createBuffer(name, values.byteLength);
    engine.write(buffers[name], values);
  }
  for (const { parameters, workgroups } of calls) engine.dispatch({ kernel, buffers, parameters, workgroups });
  const written = kernel.bindings.filter(({ access }) => access === 'read_write');
  const contents = await engine.read(written.map(({ name }) => ({ buffer: buffers[name] })));
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return contents;
}

/** All 40 × 30 ratings of a matrix of rank 3, for 6 factors and 2 of padding, without penalty. */
function rankThree() {
  const square: DescentShape = { lengths: [1200], rows: 40, columns: 30, ranks: 8, biases: true, padding: 2 };
  const next = stream(3);
  const truth = Float64Array.from({ length: 3 * 70 }, () => next() / 2 ** 31 - 1);
  const target = (i: number, j: number) => [0, 1, 2].reduce((sum, r) => sum + truth[3 * i + r] * truth[3 * (40 + j) + r], 0);
  const rowIds = Uint32Array.from({ length: 1200 }, (_, e) => e % 40);
  const columnIds = Uint32Array.from({ length: 1200 }, (_, e) => Math.floor(e / 40));
  const values = Float32Array.from(rowIds, (i, e) => target(i, columnIds[e]));
  const fresh = (count: number) => Float32Array.from({ length: 4 * count }, (_, at) => [1, 1, 0, -7][at % 4]);
  return { square, input: { ...descent(square, 9), rowIds, columnIds, values, rowStates: fresh(40), columnStates: fresh(30) } };
}

function rootMeanSquare({ rowIds, columnIds, values }: Descent, rows: Float32Array, columns: Float32Array): number {
  const squares = Array.from(values, (value, e) => {
    const x = rows.subarray(12 * rowIds[e], 12 * rowIds[e] + 12);
    return (value - x.reduce((sum, factor, k) => sum + factor * columns[12 * columnIds[e] + k], 0)) ** 2;
  });
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

/** What stands in the given places of every row of a table, each combination once. */
function kept(table: Float32Array, stride: number, places: readonly number[]): string[] {
  const rows = Array.from({ length: table.length / stride }, (_, i) => places.map((k) => table[i * stride + k]).join(' '));
  return [...new Set(rows)];
}

function descents(engine: () => Engine): void {
  const shape: DescentShape = { lengths: [30, 0, 7, 64, 1, 19], rows: 9, columns: 6, ranks: 68, biases: true, padding: 2 };
  const data: Arrays = { ...descent(shape, 5) };
  const cell = (first: number, count: number): Call => ({ parameters: descentParameters(shape, first, count), workgroups: count });

  it('gives the same bits in whatever order sub-cells are taken', async () => {
    const together = await after(engine(), mf.sgd, data, [cell(0, 6)]);
    const backwards = await after(engine(), mf.sgd, data, [5, 4, 3, 2, 1, 0].map((first) => cell(first, 1)));
    const mixed = await after(engine(), mf.sgd, data, [cell(3, 2), cell(0, 3), cell(5, 1)]);
    expect(backwards).toEqual(together);
    expect(mixed).toEqual(together);
  });

  it('fits a matrix of rank 3, and leaves constants, padding and penalties alone', async () => {
    const { input, square } = rankThree();
    const epoch = { parameters: descentParameters(square, 0, 1), workgroups: 1 };
    const [rows, columns, rowStates] = (await after(engine(), mf.sgd, input, Array<Call>(150).fill(epoch))).map((bytes) => new Float32Array(bytes));
    expect(rootMeanSquare(input, rows, columns)).toBeLessThan(0.01);
    expect(kept(rows, 12, [6, 7, 9, 10, 11])).toEqual(['0 0 1 0 0']);
    expect(kept(columns, 12, [6, 7, 8, 10, 11])).toEqual(['0 0 1 0 0']);
    expect(kept(rowStates, 4, [2, 3])).toEqual(['0 -7']);
  });
}

function rankings(engine: () => Engine): void {
  const [count, cols, stride] = [5, 700, 20];
  const next = stream(11);
  const reals = (length: number) => Float32Array.from({ length }, () => next() / 2 ** 31 - 1);
  const rows = reals(count * stride);
  const columns = reals(cols * stride);
  columns.copyWithin(100 * stride, 600 * stride, 640 * stride);
  const users = Uint32Array.from({ length: count }, (_, k) => k);

  /** Ranks columns in blocks [from, to), excluding `excluded` for everyone, in lists of n. */
  async function ranked(blocks: readonly (readonly [number, number])[], n: number, excluded: readonly number[]) {
    let scores = new Float32Array(count * n).fill(EMPTY_SCORE);
    let ids = new Uint32Array(count * n).fill(EMPTY_ID);
    for (const [from, to] of blocks) {
      const local = excluded.filter((id) => id >= from && id < to).map((id) => id - from);
      const data = {
        users,
        rows,
        columns: columns.slice(from * stride, to * stride),
        excludedStarts: Uint32Array.from({ length: count + 1 }, (_, k) => k * local.length),
        excludedIds: Uint32Array.from(Array<number[]>(count).fill(local).flat()),
        scores,
        ids,
      };
      const parameters = { count, cols: to - from, stride, n, firstId: from };
      const [merged, mergedIds] = await after(engine(), mf.top, data, [{ parameters, workgroups: count }]);
      scores = new Float32Array(merged);
      ids = new Uint32Array(mergedIds);
    }
    return { scores, ids };
  }

  it.each([1, 10, 700, 1000])('ranks the same whether %i places are filled from one block or from several, in any order', async (n) => {
    const excluded = [0, 3, 299, 300, 605, 699];
    const whole = await ranked([[0, 700]], n, excluded);
    expect(await ranked([[0, 1], [1, 258], [258, 261], [261, 700]], n, excluded)).toEqual(whole);
    expect(await ranked([[300, 700], [0, 300]], n, excluded)).toEqual(whole);
  });

  it('orders by score, then by id, and leaves what it cannot fill empty', async () => {
    const excluded = [5, 120, 610];
    const { scores, ids } = await ranked([[0, 700]], 1000, excluded);
    const open = Array.from({ length: 700 }, (_, id) => id).filter((id) => !excluded.includes(id));
    for (let k = 0; k < count; k++) {
      const [from, full, to] = [k * 1000, k * 1000 + open.length, (k + 1) * 1000];
      const list = Array.from(ids.subarray(from, full), (id, at) => ({ id, score: scores[from + at], bound: 0 }));
      expect(best(list, list.length)).toEqual(list);
      expect(list.map(({ id }) => id).sort((a, b) => a - b)).toEqual(open);
      expect(new Set(ids.subarray(full, to))).toEqual(new Set([EMPTY_ID]));
      expect(new Set(scores.subarray(full, to))).toEqual(new Set([EMPTY_SCORE]));
    }
  });

  it('ranks nothing where everything is excluded', async () => {
    const { scores, ids } = await ranked([[0, 300]], 3, Array.from({ length: 300 }, (_, id) => id));
    expect(new Set(ids)).toEqual(new Set([EMPTY_ID]));
    expect(new Set(scores)).toEqual(new Set([EMPTY_SCORE]));
  });
}

export function mfSgdSuite(name: string, makeEngine: () => Promise<Engine>): void {
  describe(`${name}: descent and ranking`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await makeEngine();
      await engine.prepare([mf.sgd, mf.top]);
    });
    afterAll(() => engine.close());
    descents(() => engine);
    rankings(() => engine);
  });
}
