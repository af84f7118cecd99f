/**
 * What Metropolis–Hastings keeps beside the tables: proposals of every token, and documents cut into pieces. In: the shards'
 * documents in the worker's numbers. Out: engine buffers.
 */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import { PIECE } from './shard.js';

/** Proposals of a token in each pass: an even number. More of them mix better a sweep and take longer. */
export const DRAWS = 4;

export interface Proposals {
  /** u16[tokens × DRAWS]. */
  readonly topics: EngineBuffer;
  /** (first piece, shard's row, what makes a token's number global) of each shard. */
  readonly shards: EngineBuffer;
  readonly shardCount: number;
  /** First piece of each shard, and the number of pieces. */
  readonly starts: readonly number[];
  /** (document, first token, tokens): long documents are cut; tokens that keep their topic are left out. */
  readonly pieces: EngineBuffer;
  readonly count: number;
}

/** A shard's pieces, in the worker's numbers, and what it adds to its tokens' numbers. */
export interface ShardPieces {
  readonly pieces: Uint32Array;
  readonly firstToken: number;
  /** Tokens of the shards before, in the run and in the worker. */
  readonly inRun: number;
  readonly topics: Uint32Array;
}

export function makeProposals(engine: Engine, shards: readonly ShardPieces[]): Proposals {
  const table = new Uint32Array(3 * shards.length);
  const tokens = shards.reduce((sum, { topics }) => sum + topics.length, 0);
  const pieceCount = shards.reduce((sum, { pieces }) => sum + pieces.length / PIECE, 0);
  const proposals = engine.createBuffer('lda proposals', tokens * DRAWS * 2);
  const all = engine.createBuffer('lda document pieces', pieceCount * PIECE * 4);
  const starts = [0];
  for (const [row, { pieces, firstToken, inRun, topics }] of shards.entries()) {
    table.set([starts[row], row, inRun - firstToken], 3 * row);
    engine.write(all, pieces, starts[row] * PIECE * 4);
    proposeOwnTopics(engine, proposals, topics, firstToken);
    starts.push(starts[row] + pieces.length / PIECE);
  }
  const rows = engine.createBuffer('lda document shards', table.byteLength);
  engine.write(rows, table);
  return { topics: proposals, shards: rows, shardCount: shards.length, starts, pieces: all, count: pieceCount };
}

/** Tokens whose first topics are written at a time. */
const TILE = 2 ** 16;

/** At first tokens propose the topic that they have. */
export function proposeOwnTopics(engine: Engine, proposals: EngineBuffer, topics: Uint32Array, firstToken: number): void {
  for (let begin = 0; begin < topics.length; begin += TILE) {
    const tile = topics.subarray(begin, begin + TILE);
    const own = new Uint32Array((tile.length * DRAWS) / 2);
    for (const [at, token] of tile.entries()) {
      const topic = token >>> 16;
      own.fill(topic | (topic << 16), (at * DRAWS) / 2, ((at + 1) * DRAWS) / 2);
    }
    engine.write(proposals, own, (firstToken + begin) * DRAWS * 2);
  }
}
