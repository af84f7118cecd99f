/** Shards that are saved, spoiled, restored and moved in the middle of a fit leave no trace in the model; and what a shard gives back when it goes. */
import { describe, expect, it } from 'vitest';
import { columnWorker } from '../../../models/lasso/column-cut/shard.js';
import { Operation as ColumnOperation, type ColumnShardDescription } from '../../../models/lasso/column-cut/operations.js';
import { Operation, type ShardDescription } from '../../../models/lasso/row-cut/operations.js';
import { lassoWorker, type LassoShard } from '../../../models/lasso/row-cut/shard.js';
import { ShardMemory } from '../../../models/lasso/shard-memory.js';
import type { Engine } from '../../../src/engine/engine.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import type { ShardPart, Task, WorkerProgram } from '../../../src/program.js';
import { EVERY_FIT } from './every-fit.js';
import { expectSameUnderUnrest } from './restless-fits.js';
import { sameParts } from './restless-shards.js';

describe('a model', () => {
  for (const [title, fitted] of EVERY_FIT) it(`is the same whatever its shards went through: ${title}`, () => expectSameUnderUnrest(fitted));
});

async function* streamed(parts: readonly ShardPart[]): AsyncGenerator<ShardPart> {
  for (const part of parts) yield await Promise.resolve(part);
}

async function partsOf(program: WorkerProgram, engine: Engine, shards: ReadonlyMap<number, unknown>): Promise<ShardPart[]> {
  const parts: ShardPart[] = [];
  for await (const part of program.save!(engine, 0, shards)) parts.push(part.map((array) => array.slice()));
  return parts;
}

const engineOf = () => createWasmEngine({ memoryBytes: 1 << 26 });
const bytesOf = (part: ShardPart) => part.reduce((sum, { byteLength }) => sum + byteLength, 0);

describe('the parts of a row shard', () => {
  it('are small, and those of a problem that rests keep their bytes and places', async () => {
    const rows = 300_000;
    const engine = await engineOf();
    const description: ShardDescription = { kind: 'dense', firstRow: 0, rows, columns: 1, block: 1, fold: 0 };
    const x = Float64Array.from({ length: rows }, (_, i) => i % 7);
    const shard = await lassoWorker.open(engine, { shard: 0, shards: 1, description }, streamed([[x.map((value) => value + 1)], [Uint32Array.of(0), x]]));
    const shards = new Map([[0, shard]]);
    const push = (operation: number, ids: readonly number[], values: readonly number[]) => [...(lassoWorker.push(engine, { operation, ids: Uint32Array.from(ids), values: Float64Array.from(values) }, shards) as Iterable<unknown>)];
    const settle = (problem: number, beta: number) => {
      push(Operation.Reset, [], [problem, 0]);
      push(Operation.Subtract, [0], [problem, beta]);
      push(Operation.Settle, [], [problem, 0]);
    };
    push(Operation.Scale, [0, 1], [3, 2]);
    settle(0, 0.5);
    const before = await partsOf(lassoWorker as WorkerProgram, engine, shards);
    settle(1, 0.25);
    const after = await partsOf(lassoWorker as WorkerProgram, engine, shards);
    expect(Math.max(...after.map(bytesOf))).toBe(1 << 20);
    expect(after.length - before.length).toBe(Math.ceil((8 * rows) / 2 ** 20));
    // The table of contents comes first.
    expect(sameParts(after.slice(1, before.length), before.slice(1))).toBe(true);
  });

  it('are refused where they end too early', async () => {
    const { engine, shards } = await smallShard();
    shards.get(0)!.residuals[0] = new Float64Array(2);
    const parts = await partsOf(lassoWorker as WorkerProgram, engine, shards);
    await expect(lassoWorker.restore!(engine, 0, streamed(parts.slice(0, -1)), shards)).rejects.toThrow('ends before its residuals do');
  });
});

async function smallShard(): Promise<{ engine: Engine; shards: Map<number, LassoShard>; task: (operation: number, ids: readonly number[], values: readonly number[]) => unknown[] }> {
  const engine = await engineOf();
  const description: ShardDescription = { kind: 'dense', firstRow: 0, rows: 2, columns: 1, block: 1, fold: 0 };
  const shards = new Map([[0, await lassoWorker.open(engine, { shard: 0, shards: 1, description }, streamed([[Float64Array.of(1, 2)], [Uint32Array.of(0), Float64Array.of(3, 7)]]))]]);
  const task = (operation: number, ids: readonly number[], values: readonly number[]) => [...(lassoWorker.push(engine, { operation, ids: Uint32Array.from(ids), values: Float64Array.from(values) } satisfies Task, shards) as Iterable<unknown>)];
  return { engine, shards, task };
}

describe('columns that were standardized after the state that a shard is brought back to', () => {
  it('answer what they were asked before, and refuse all else', async () => {
    const { engine, shards, task } = await smallShard();
    const parsed = await partsOf(lassoWorker as WorkerProgram, engine, shards);
    const sums = task(Operation.Sum, [0, 1], []);
    const spreads = task(Operation.Spread, [0, 1], [5]);
    task(Operation.Scale, [0, 1], [5, 2]);
    task(Operation.Reset, [], [0, 0]);
    const standardized = task(Operation.Gradient, [0, 1], [0]);
    await lassoWorker.restore!(engine, 0, streamed(parsed), shards);
    expect(task(Operation.Sum, [0, 1], [])).toEqual(sums);
    expect(task(Operation.Spread, [0, 1], [5])).toEqual(spreads);
    task(Operation.Reset, [], [0, 0]);
    expect(() => task(Operation.Spread, [0, 1], [4])).toThrow('Open the shard anew from its data');
    expect(() => task(Operation.Subtract, [0], [0, 1])).toThrow('Open the shard anew from its data');
    expect(() => task(Operation.Gradient, [0, 1], [0])).toThrow('Open the shard anew from its data');
    expect(() => task(Operation.Block, [0], [1, 0, 1])).toThrow('Open the shard anew from its data');
    expect(() => task(Operation.Scale, [0, 1], [4, 2])).toThrow('Open the shard anew from its data');
    expect(() => lassoWorker.apply(engine, { ids: Uint32Array.of(0), values: Float64Array.of(1) }, shards)).toThrow('Open the shard anew from its data');
    task(Operation.Scale, [0, 1], [5, 2]);
    expect(task(Operation.Gradient, [0, 1], [0])).toEqual(standardized);
  });

  it('are not prepared in another way where X is cut by columns', async () => {
    const engine = await engineOf();
    const description: ColumnShardDescription = { kind: 'dense', rows: 2, firstColumn: 0, columns: 1, folds: 0 };
    const none = new Float64Array(0);
    const shards = new Map([[0, await columnWorker.open(engine, { shard: 0, shards: 1, description }, streamed([[none, new Uint32Array(0), none], [Uint32Array.of(0), Float64Array.of(3, 7)]]))]]);
    const prepare = (...values: number[]) => columnWorker.push(engine, { operation: ColumnOperation.Prepare, ids: new Uint32Array(0), values: Float64Array.from(values) }, shards);
    prepare(1, 1);
    prepare(1, 1);
    expect(() => prepare(1, 0)).toThrow('open the shard anew from its data');
  });
});

describe('a shard that goes', () => {
  it('gives the memory of its engine back', async () => {
    const engine = await engineOf();
    const header = (description: unknown) => ({ shard: 0, shards: 1, description });
    const rows = { kind: 'dense', firstRow: 0, rows: 200, columns: 30, block: 8, fold: 0 } satisfies ShardDescription;
    const x = Float64Array.from({ length: 6000 }, (_, i) => Math.sin(i));
    const entries: ShardPart = [Uint32Array.from(x, (_, e) => e % 200), Uint32Array.from(x, (_, e) => Math.floor(e / 200)), x];
    const columns = { kind: 'sparse', rows: 200, firstColumn: 0, columns: 30, folds: 0 } satisfies ColumnShardDescription;
    const allocated: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const byRows = await lassoWorker.open(engine, header(rows), streamed([[new Float64Array(200)], [Uint32Array.of(0), x]]));
      const byColumns = await columnWorker.open(engine, header(columns), streamed([[new Float64Array(0), new Uint32Array(0), new Float64Array(30).fill(2)], entries]));
      columnWorker.push(engine, { operation: ColumnOperation.Prepare, ids: new Uint32Array(0), values: Float64Array.of(1, 1) }, new Map([[0, byColumns]]));
      lassoWorker.close!(engine, byRows, new Map());
      columnWorker.close!(engine, byColumns, new Map());
      allocated.push(engine.allocatedBytes);
    }
    // What stays is scratch memory, for the next one.
    expect(allocated[1]).toBe(allocated[0]);
    expect(allocated[2]).toBe(allocated[0]);
    expect(allocated[0]).toBeLessThan(engine.peakBytes / 2);
  });

  it('gives the memory of the host back, which the next one finds zeroed', async () => {
    const shared = await engineOf();
    const apart: Engine = Object.assign(Object.create(shared) as Engine, { memory: null, hostView: () => null, createBuffer: shared.createBuffer.bind(shared) });
    const addresses: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const memory = ShardMemory.of(apart);
      const array = memory.array('x', Float64Array, 100_000);
      expect(array.view.every((value) => value === 0)).toBe(true);
      array.view.fill(turn + 1);
      addresses.push(array.address);
      memory.free();
    }
    expect(new Set(addresses).size).toBe(1);
  });
});
