/** Gram matrices: those of a side's factors, and the other side's, which a worker keeps once for all its shards. */
import { mf } from '#kernels';
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import type { ShardChunk, Task } from '../../../src/program.js';
import { noteBytes } from '../../worker-memory.js';
import { blocksAtHome, itemsOfBlock, type MfShard, type Shards } from './shard.js';
import { gramMatrixOf } from './shared.js';

/** Rows of the matrix that the coming solves meet. */
export async function setGram(engine: Engine, { ids: [first], values }: Task, shards: Shards): Promise<void> {
  const [{ description: { shape: { stride } } }] = shards.values();
  engine.write(gramMatrixOf(engine, shards), Float32Array.from(values), first * stride * 4);
}

export interface GramProduct {
  readonly shards: Shards;
  readonly rows: EngineBuffer;
  readonly products: EngineBuffer;
  readonly count: number;
  readonly stride: number;
  readonly scale: number;
}

/** A workgroup computes a tile of this many rows and columns. */
const TILE = 32;

/** products += scale · rows · Gram. */
export function addGramProduct(engine: Engine, { shards, rows, products, count, stride, scale }: GramProduct): void {
  engine.dispatch({ kernel: mf.gramProduct, buffers: { vectors: rows, gram: gramMatrixOf(engine, shards), products }, parameters: { rows: count, stride, scale }, workgroups: Math.ceil(count / TILE) * Math.ceil(stride / TILE) });
}

/** Each shard's part of FᵀF, for users and for the items at home: summed at the first slice, or anew where a shard came here between two, and given up after the last. */
export async function* gramOf(engine: Engine, { ids: [side, first, count] }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  for (const [number, shard] of shards) {
    const { stride } = shard.description.shape;
    const gram = shard.grams.get(side) ?? sumGram(engine, shard, side);
    shard.grams.set(side, gram);
    const contents = await engine.read([{ buffer: gram, byteOffset: first * stride * 4, bytes: count * stride * 4 }]);
    noteBytes(engine, contents);
    if (first + count === stride) {
      gram.destroy();
      shard.grams.delete(side);
    }
    yield { shard: number, chunk: { channel: 0, keys: { first, count }, width: stride, values: new Float32Array(contents[0]) } };
  }
}

function sumGram(engine: Engine, shard: MfShard, side: number): EngineBuffer {
  const { stride } = shard.description.shape;
  const gram = engine.createBuffer('mf partial Gram matrix', stride * stride * 4);
  const add = (factors: EngineBuffer, rows: number) => engine.dispatch({ kernel: mf.gram, buffers: { factors, gram }, parameters: { rows, stride }, workgroups: rows === 0 ? 0 : Math.ceil(stride / TILE) ** 2 });
  if (side === 0) add(shard.users.get('factors')!, shard.description.users);
  else for (const block of blocksAtHome(shard)) add(shard.blocks.get(block)!.get('factors')!, itemsOfBlock(shard, block));
  return gram;
}
