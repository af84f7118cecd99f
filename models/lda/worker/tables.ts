/**
 * What a worker holds of a topic model: the documents of all its shards in one set of tables, so that one dispatch serves every
 * (shard, block) cell of a sub-round, and a slot of the word-topic table for each block that is with it. In: the shards as they
 * arrived. Out: engine buffers, and where each shard begins in them.
 */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import { Rotation } from '../../../src/schedule/rotation.js';
import { holdBytes, keepBytes } from '../../worker-memory.js';
import { emptyRegion, topicBits } from '../count-lists.js';
import type { LdaShardDescription } from '../operations.js';
import { Copies } from './copies.js';
import { LaggedTotals } from './lagged-totals.js';
import { Priors } from './priors.js';
import { makeProposals, type Proposals } from './proposals.js';
import { scratchBytes, wordScratchBytes } from './scratch.js';
import type { Rows } from './row-store.js';
import type { BlockRows } from './rows.js';
import { Slots } from './slots.js';
import type { Travel } from './turn.js';
import type { Drawing, Incoming } from './warm.js';
import { PAIR, PIECE, type LdaShard, type ShardDocuments, type Shards } from './shard.js';

/** Where a shard's part of the tables is. */
export interface Place {
  readonly shard: LdaShard;
  /** Row of the tables that have one a shard. */
  readonly row: number;
  readonly firstDocument: number;
  readonly documents: number;
  readonly firstToken: number;
  readonly tokens: number;
  /** First piece, and run, of each block in the worker's `work`, and where the last one's end. */
  readonly pieceStarts: Uint32Array;
  readonly runStarts: Uint32Array;
  /** First pair of each block, likewise. */
  readonly pairStarts: Uint32Array;
}

/** Of a cell as kernels find it (cells.ts). */
const CELL_BYTES = 24;

export interface Tables {
  readonly description: LdaShardDescription;
  readonly bits: number;
  readonly rotation: Rotation;
  /** By ascending number. */
  readonly places: readonly Place[];
  readonly documentCount: number;
  readonly tokenStarts: EngineBuffer;
  readonly topics: EngineBuffer;
  /** Pairs, pieces and runs, in this order: records of three, so that each finds the others by the number of their record. */
  readonly work: EngineBuffer;
  /** The documents' count lists, one region. */
  readonly documents: EngineBuffer;
  /** The word-topic table: blocks that are with the worker, or that have their home here. */
  readonly slots: Slots;
  /** What the shards sample from: the blocks, or copies. */
  readonly rows: Rows;
  /** Of data-parallel training. */
  readonly copies: Copies | null;
  readonly lagged: LaggedTotals | null;
  /** Of Metropolis–Hastings. */
  readonly proposals: Proposals | null;
  readonly priors: Priors;
  /** Changes of topic counts by shard, of the sub-round at hand. */
  readonly deltas: EngineBuffer;
  /** Room for the cells of a sub-round's pieces, and of its runs. */
  readonly pieceCells: EngineBuffer;
  readonly runCells: EngineBuffer;
  /** Zero before and after every kernel. */
  readonly scratch: EngineBuffer;
  /** Of Metropolis–Hastings; only its first numbers, one a topic, are left zero. */
  readonly wordScratch: EngineBuffer | null;
  readonly travel: Travel;
  /** Rows at home, by block: summed over samples, the best so far, and as they are told to other shards. */
  samples: Map<number, BlockRows> | null;
  kept: Map<number, Uint32Array<ArrayBuffer>> | null;
  told: ReadonlyMap<number, BlockRows> | null;
  /** Of a warm start: rows that come in, and tokens that draw from them. */
  incoming: Incoming | null;
  drawing: Drawing | null;
}

/** The tables of the worker that has these shards, as they were put together (regroup.ts). */
export function tablesOf(shards: Shards): Tables {
  const [{ tables }] = shards.values();
  return tables!;
}

/** What a worker holds beside engine memory as long as it has the tables. */
export function hostArrays({ places, slots, copies, lagged, priors }: Tables): readonly (Uint32Array | Float64Array)[] {
  const ofShards = places.flatMap(({ shard: { wordTokens, totals, heldOut } }) => [wordTokens, totals, ...[...heldOut.values()].flatMap(({ starts, words, folded, scored }) => [starts, words, folded, scored])]);
  return [...ofShards, ...slots.hostArrays, ...(copies?.hostArrays ?? []), ...(lagged?.hostArrays ?? []), ...priors.hostArrays];
}

/** Tells the meter how much is kept of rows at home. */
export function noteKept(engine: Engine, { kept, samples }: Tables): void {
  const arrays = [...(kept?.values() ?? []), ...[...(samples?.values() ?? [])].flatMap(({ starts, topics, sums }) => [starts, topics, sums])];
  keepBytes(engine, arrays.reduce((bytes, { byteLength }) => bytes + byteLength, 0));
}

/** Shards that have their documents, by ascending number. */
export function assemble(engine: Engine, shards: readonly LdaShard[]): Tables {
  const { description, shards: shardsOfRun } = shards[0];
  const places = placesOf(shards);
  const parts = shards.map((shard) => shard.documents!);
  const tokenCount = parts.reduce((sum, { topics }) => sum + topics.length, 0);
  const documentCount = parts.reduce((sum, { tokenStarts }) => sum + tokenStarts.length - 1, 0);
  const pairsBefore = runningTotals(parts.map(({ pairs }) => pairs.length / PAIR));
  for (const [at, part] of parts.entries()) shift(part, places[at], pairsBefore[at]);
  const tokenStarts = Uint32Array.from([...parts.flatMap(({ tokenStarts: starts }) => [...starts.subarray(0, -1)]), tokenCount]);
  const slots = Slots.of(engine, shards);
  const copies = description.strategy === 'data-parallel' ? new Copies(engine, shards) : null;
  const tables: Tables = {
    description, places, documentCount,
    bits: topicBits(description.topics),
    rotation: new Rotation(shardsOfRun, description.blocksAShard),
    tokenStarts: bufferOf(engine, 'lda token starts', tokenStarts),
    topics: join(engine, 'topics', parts.map(({ topics }) => topics)),
    work: join(engine, 'work', (['pairs', 'pieces', 'runs'] as const).flatMap((table) => parts.map((part) => part[table]))),
    documents: documentLists(engine, tokenStarts, description.topics),
    slots, copies,
    rows: copies ?? slots,
    lagged: copies && new LaggedTotals(description, shards.length),
    priors: new Priors(engine, description, shards[0].totals, shards.length),
    proposals: description.sampler === 'mh' ? proposalsOf(engine, places) : null,
    deltas: engine.createBuffer('lda deltas', shards.length * description.topics * 4),
    pieceCells: engine.createBuffer('lda piece cells', shards.length * CELL_BYTES),
    runCells: engine.createBuffer('lda run cells', shards.length * CELL_BYTES),
    scratch: engine.createBuffer('lda scratch', scratchBytes(engine, description.topics, longestOf(tokenStarts))),
    travel: { steps: 0, arrivals: new Map() },
    samples: null, kept: null, told: null, incoming: null, drawing: null,
    wordScratch: description.sampler === 'mh' ? engine.createBuffer('lda word scratch', wordScratchBytes(engine, description.topics, description.longestRow)) : null,
  };
  for (const shard of shards) shard.documents = null;
  holdBytes(engine, hostArrays(tables));
  return tables;
}

function placesOf(shards: readonly LdaShard[]): Place[] {
  const records = (table: 'pairs' | 'pieces') => shards.reduce((sum, { documents }) => sum + documents![table].length / PIECE, 0);
  let [firstDocument, firstToken, pairs, pieces, runs] = [0, 0, 0, records('pairs'), records('pairs') + records('pieces')];
  return shards.map((shard, row) => {
    const { tokenStarts, topics, pairs: ownPairs, pieces: own, runs: ownRuns, pieceStarts, runStarts } = shard.documents!;
    const documents = tokenStarts.length - 1;
    const [pairsBefore, piecesBefore, runsBefore] = [pairs, pieces, runs];
    // Runs have all pairs, in order; behind the last run there is none.
    const firstPair = (run: number) => (PIECE * run < ownRuns.length ? ownRuns[PIECE * run + 1] : ownPairs.length / PAIR);
    const place = {
      shard, row, firstDocument, documents, firstToken, tokens: topics.length,
      pieceStarts: pieceStarts.map((start) => start + piecesBefore), runStarts: runStarts.map((start) => start + runsBefore),
      pairStarts: runStarts.map((start) => firstPair(start) + pairsBefore),
    };
    pairs += ownPairs.length / PAIR;
    firstDocument += documents;
    firstToken += topics.length;
    pieces += own.length / PIECE;
    runs += ownRuns.length / PIECE;
    return place;
  });
}

function runningTotals(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => (sum += count) - count);
}

/** Numbers of a shard's own become the worker's; the other way with what comes before it negated. */
export function shift({ tokenStarts, pairs, pieces, runs, documentPieces }: ShardDocuments, { firstDocument, firstToken }: Pick<Place, 'firstDocument' | 'firstToken'>, firstPair: number): void {
  for (let at = 0; at < tokenStarts.length; at++) tokenStarts[at] += firstToken;
  for (let at = 0; at < pairs.length; at += PAIR) {
    pairs[at] += firstDocument;
    pairs[at + 1] += firstToken;
  }
  for (const table of [pieces, runs]) for (let at = 1; at < table.length; at += PIECE) table[at] += firstPair;
  for (let at = 0; at < documentPieces.length; at += PIECE) {
    documentPieces[at] += firstDocument;
    documentPieces[at + 1] += firstToken;
  }
}

function proposalsOf(engine: Engine, places: readonly Place[]): Proposals {
  return makeProposals(engine, places.map(({ shard, firstToken }) => ({ pieces: shard.documents!.documentPieces, topics: shard.documents!.topics, firstToken, inRun: shard.description.firstToken })));
}

function longestOf(tokenStarts: Uint32Array): number {
  return tokenStarts.reduce((longest, start, d) => Math.max(longest, d === 0 ? 0 : start - tokenStarts[d - 1]), 0);
}

function join(engine: Engine, name: string, parts: readonly Uint32Array[]): EngineBuffer {
  const buffer = engine.createBuffer(`lda ${name}`, parts.reduce((bytes, part) => bytes + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    engine.write(buffer, part, at);
    at += part.byteLength;
  }
  return buffer;
}

export function bufferOf(engine: Engine, label: string, data: Uint32Array | Float32Array): EngineBuffer {
  const buffer = engine.createBuffer(label, data.byteLength);
  engine.write(buffer, data);
  return buffer;
}

/** Empty lists, with room for each document's tokens. */
function documentLists(engine: Engine, tokenStarts: Uint32Array, topics: number): EngineBuffer {
  const lengths = Uint32Array.from({ length: tokenStarts.length - 1 }, (_, d) => tokenStarts[d + 1] - tokenStarts[d]);
  const head = emptyRegion(lengths, topics);
  const buffer = engine.createBuffer('lda documents', head[lengths.length] * 4);
  engine.write(buffer, head);
  return buffer;
}
