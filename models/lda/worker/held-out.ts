/**
 * Held-out documents on a worker. While the blocks make a turn each shard copies the rows of the words that a batch of its held-out
 * documents has, or every shard is told the rows that samples were added up in; then it folds one half of each document in and scores
 * the other. Out: Σ ln p and tokens by shard.
 */
import type { Engine } from '../../../src/engine/engine.js';
import type { Parcel, ShardChunk, ShardParcel, Task } from '../../../src/program.js';
import { noteBytes } from '../../worker-memory.js';
import { scoreCompletion, type Completion } from '../completion.js';
import type { FoldModel } from '../fold-in.js';
import { HELD_OUT_SETS } from '../operations.js';
import { blockLists, visitCounts } from './lists.js';
import { blockRows, type BlockRows } from './rows.js';
import { Saved, type SavedItem } from './saved.js';
import type { LdaShard, Shards } from './shard.js';
import { tablesOf, type Place, type Tables } from './tables.js';
import { handOver, Travelling } from './turn.js';

/** Steps of the fixed point by which a mixture is found, and bytes of the engine that it may take. */
const STEPS = 100;
const BYTES = 2 ** 26;

/** A batch of documents, the words that it has, and their rows as far as they have come. */
export interface Gathering {
  /** Of HELD_OUT_SETS. */
  readonly set: number;
  readonly batch: number;
  readonly documents: Completion;
  /** By position, ascending; row r of the gathered is that of words[r]. */
  readonly words: Uint32Array;
  readonly topics: Uint32Array[];
  readonly counts: Float32Array[];
}

export async function* perplexityStep(engine: Engine, { ids: [step, set, batch] }: Task, shards: Shards): AsyncGenerator<ShardChunk | ShardParcel> {
  const tables = tablesOf(shards);
  for (const { shard } of tables.places) {
    if (step === 0) begin(shard, set, batch);
    if (shard.gathering) await take(engine, tables, shard.gathering, tables.rotation.blockAt(shard.number, step));
  }
  yield* handOver(engine, shards, step);
  if (step === tables.rotation.blocks - 1) yield* score(engine, tables, tables.priors.truth);
}

/**
 * The same for the mean of the samples, or for rows that do not travel: in step s shard p tells shard p + s its rows at home; one more step scores. ids: step, set, batch;
 * values: samples, and the topics' tokens summed over them.
 */
export async function* toldStep(engine: Engine, { ids: [step, set, batch], values: [samples, ...totals] }: Task, shards: Shards): AsyncGenerator<ShardChunk | ShardParcel> {
  const tables = tablesOf(shards);
  const { rotation: { shards: all }, places } = tables;
  if (step === 0) for (const { shard } of places) begin(shard, set, batch);
  if (step === all) {
    tables.told = null;
    yield* score(engine, tables, Float64Array.from(totals, (total) => total / samples));
    return;
  }
  tables.told ??= await rowsAtHome(engine, tables);
  for (const { shard: { number: shard } } of places) {
    const to = (shard + step) % all;
    for (const block of tables.rotation.held(shard, 0)) {
      const sampled = tables.told.get(block)!;
      if (shards.has(to)) takeRows(shards.get(to)!, block, sampled, samples);
      else yield { shard, to, parcel: [Uint32Array.of(Travelling.Sample, block), sampled.starts, sampled.topics, sampled.sums, Float64Array.of(samples)] };
    }
  }
}

async function rowsAtHome(engine: Engine, tables: Tables): Promise<ReadonlyMap<number, BlockRows>> {
  const rows = new Map<number, BlockRows>();
  for (const block of tables.slots.homes) rows.set(block, await blockRows(tables, block));
  noteBytes(engine, Array.from(rows.values(), ({ starts, topics, sums }) => [starts, topics, sums]).flat());
  return rows;
}

/** Rows of a block as another shard has summed them. */
export function receiveRows({ to, content }: Parcel, shards: Shards): void {
  const [[, block], starts, topics, sums, [samples]] = content as unknown as [Uint32Array, Uint32Array<ArrayBuffer>, Uint32Array<ArrayBuffer>, Float64Array<ArrayBuffer>, Float64Array];
  takeRows(shards.get(to)!, block, { starts, topics, sums }, samples);
}

function takeRows(shard: LdaShard, block: number, { starts, topics: all, sums }: BlockRows, samples: number): void {
  if (!shard.gathering) return;
  const { words, topics, counts } = shard.gathering;
  const { blockStarts } = shard.description;
  for (let row = lowerBound(words, blockStarts[block]); row < words.length && words[row] < blockStarts[block + 1]; row++) {
    const word = words[row] - blockStarts[block];
    topics[row] = all.slice(starts[word], starts[word + 1]);
    counts[row] = Float32Array.from(sums.subarray(starts[word], starts[word + 1]), (sum) => sum / samples);
  }
}

/** Folds in and scores what the shards have gathered. */
async function* score(engine: Engine, tables: Tables, totals: Float64Array): AsyncGenerator<ShardChunk> {
  for (const { shard } of tables.places) {
    const gathered = shard.gathering;
    if (!gathered) continue;
    shard.gathering = null;
    const { logLikelihoods, tokens } = await scoreCompletion(engine, modelOf(gathered, tables, totals), gathered.documents, { steps: STEPS, bytes: BYTES });
    const values = Float64Array.of(logLikelihoods.reduce((sum, value) => sum + value, 0), tokens);
    yield { shard: shard.number, chunk: { channel: 0, keys: Uint32Array.of(shard.number), width: 2, values } };
  }
}

function begin(shard: LdaShard, set: number, batch: number): void {
  const name = HELD_OUT_SETS[set];
  const { batchStarts } = shard.description.heldOut[name]!;
  const all = shard.heldOut.get(name);
  if (!all || batch + 1 >= batchStarts.length || batchStarts[batch] === batchStarts[batch + 1]) return;
  const starts = all.starts.slice(batchStarts[batch], batchStarts[batch + 1] + 1);
  const [first, end] = [starts[0], starts.at(-1)!];
  const positions = all.words.subarray(first, end);
  const words = Uint32Array.from(new Set(positions)).sort();
  const rowOf = new Map(Array.from(words, (word, row) => [word, row]));
  const documents = {
    starts: starts.map((start) => start - first), words: positions.map((word) => rowOf.get(word)!),
    folded: all.folded.subarray(first, end), scored: all.scored.subarray(first, end),
  };
  shard.gathering = { set, batch, documents, words, topics: new Array(words.length), counts: new Array(words.length) };
}

/** Copies the rows of this block's words. */
async function take(engine: Engine, tables: Tables, { words, topics, counts }: Gathering, block: number): Promise<void> {
  const { blockStarts } = tables.description;
  const { data, begins, ends } = await blockLists(tables, block);
  for (let row = lowerBound(words, blockStarts[block]); row < words.length && words[row] < blockStarts[block + 1]; row++) {
    const list = words[row] - blockStarts[block];
    const [found, own]: [number[], number[]] = [[], []];
    visitCounts({ data, begins: begins.subarray(list, list + 1), ends: ends.subarray(list, list + 1) }, tables.bits, (_list, topic, count) => {
      found.push(topic);
      own.push(count);
    });
    topics[row] = Uint32Array.from(found);
    counts[row] = Float32Array.from(own);
  }
  noteBytes(engine, [...topics.filter(Boolean), ...counts.filter(Boolean)]);
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function modelOf({ words, topics, counts }: Gathering, { priors, description }: Tables, totals: Float64Array): FoldModel {
  const rowStarts = new Uint32Array(words.length + 1);
  for (const [r, list] of topics.entries()) rowStarts[r + 1] = rowStarts[r] + list.length;
  const rowTopics = new Uint32Array(rowStarts[words.length]);
  const rowCounts = new Float32Array(rowStarts[words.length]);
  for (let r = 0; r < words.length; r++) {
    rowTopics.set(topics[r], rowStarts[r]);
    rowCounts.set(counts[r], rowStarts[r]);
  }
  return {
    words: words.length, topicCount: description.topics, rowStarts, rowTopics, rowCounts,
    totals, alpha: priors.alpha, beta: priors.beta, vocabulary: description.vocabulary,
  };
}

/** Length of a row that has not come yet. */
const MISSING = 0xffff_ffff;

/** Rows gathered so far: how long each is; topics and counts. */
export function* savedGathering({ shard: { gathering } }: Place): Generator<SavedItem> {
  if (!gathering) return;
  const { set, batch, topics, counts } = gathering;
  const lengths = Uint32Array.from(topics, (list?: Uint32Array) => list?.length ?? MISSING);
  const flat = topics.flatMap((list) => [...list]);
  yield { kind: Saved.Gathering, ids: [set, batch], arrays: [lengths, Uint32Array.from(flat), Float32Array.from(counts.flatMap((list) => [...list]))] };
}

export function resumeGathering(_engine: Engine, _tables: Tables, { shard }: Place, { ids: [set, batch], arrays: [lengths, topics, counts] }: SavedItem): void {
  begin(shard, set, batch);
  const gathering = shard.gathering!;
  let at = 0;
  for (const [row, length] of lengths.entries()) {
    if (length === MISSING) continue;
    gathering.topics[row] = Uint32Array.from(topics.subarray(at, at + length));
    gathering.counts[row] = Float32Array.from(counts.subarray(at, at + length));
    at += length;
  }
}
