/**
 * Rows of the word-topic table that leave a worker's blocks at home, and what is kept of them: the samples that are averaged, and
 * the best rows so far.
 */
import type { Engine } from '../../../src/engine/engine.js';
import type { Chunk, ShardChunk, Task } from '../../../src/program.js';
import { packRegion } from '../count-lists.js';
import { blockLists, visitCounts } from './lists.js';
import { Saved, type SavedItem } from './saved.js';
import type { Shards } from './shard.js';
import { noteKept, tablesOf, type Place, type Tables } from './tables.js';
import { writeRegion } from './turn.js';

/** A block's rows added up over samples. */
export interface BlockRows {
  readonly starts: Uint32Array<ArrayBuffer>;
  readonly topics: Uint32Array<ArrayBuffer>;
  readonly sums: Float64Array<ArrayBuffer>;
}

/** What the samples of a block at home add up to; its rows as they are where none were taken. */
export async function blockRows(tables: Tables, block: number): Promise<BlockRows> {
  return tables.samples?.get(block) ?? added(tables, block, null);
}

/** Adds the rows at home, as they are, to the sample. */
export async function addSample(engine: Engine, _task: Task, shards: Shards): Promise<void> {
  const tables = tablesOf(shards);
  const before = tables.samples ?? new Map<number, BlockRows>();
  const sum = new Map<number, BlockRows>();
  for (const block of tables.slots.homes) {
    sum.set(block, await added(tables, block, before.get(block) ?? null));
    before.delete(block);
  }
  tables.samples = sum;
  noteKept(engine, tables);
}

/** Both lists of a word are sorted by topic. */
async function added(tables: Tables, block: number, before: BlockRows | null): Promise<BlockRows> {
  const { data, begins, ends } = await blockLists(tables, block);
  const words = tables.slots.words(null, block);
  const starts = new Uint32Array(words + 1);
  const topics: number[] = [];
  const sums: number[] = [];
  for (let word = 0; word < words; word++) {
    let at = before?.starts[word] ?? 0;
    const end = before?.starts[word + 1] ?? 0;
    visitCounts({ data, begins: begins.subarray(word, word + 1), ends: ends.subarray(word, word + 1) }, tables.bits, (_list, topic, count) => {
      for (; at < end && before!.topics[at] < topic; at++) push(before!.topics[at], before!.sums[at]);
      const earlier = at < end && before!.topics[at] === topic ? before!.sums[at++] : 0;
      push(topic, earlier + count);
    });
    for (; at < end; at++) push(before!.topics[at], before!.sums[at]);
    starts[word + 1] = topics.length;
  }
  return { starts, topics: Uint32Array.from(topics), sums: Float64Array.from(sums) };

  function push(topic: number, sum: number): void {
    topics.push(topic);
    sums.push(sum);
  }
}

/**
 * Counts of topics first, first + 1, … in the blocks at home: keys (topic - first)·V + word by position, values the tokens; summed over
 * samples where there are some.
 */
export async function* readTopics(_engine: Engine, { ids: [first, count] }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  const tables = tablesOf(shards);
  for (const { shard: { number: shard } } of tables.places) {
    const found: number[][] = Array.from({ length: count }, () => []);
    for (const block of tables.rotation.held(shard, 0)) {
      await visitRows(tables, block, (word, topic, tokens) => {
        if (topic >= first && topic < first + count) found[topic - first].push(word, tokens);
      });
    }
    yield { shard, chunk: keyed(found, tables.description.vocabulary) };
  }
}

/** Words by position; of samples where there are some. */
async function visitRows(tables: Tables, block: number, visit: (word: number, topic: number, tokens: number) => void): Promise<void> {
  const before = tables.description.blockStarts[block];
  const sampled = tables.samples?.get(block);
  if (!sampled) return visitCounts(await blockLists(tables, block), tables.bits, (list, topic, tokens) => visit(before + list, topic, tokens));
  const { starts, topics, sums } = sampled;
  for (let word = 0; word + 1 < starts.length; word++) for (let e = starts[word]; e < starts[word + 1]; e++) visit(before + word, topics[e], sums[e]);
}

/** Words and tokens by topic as one chunk: blocks of a shard come in the order of their words. */
function keyed(topics: readonly (readonly number[])[], vocabulary: number): Chunk {
  const entries = topics.reduce((sum, list) => sum + list.length / 2, 0);
  const keys = new Uint32Array(entries);
  const values = new Float64Array(entries);
  let at = 0;
  for (const [topic, list] of topics.entries()) {
    for (let e = 0; e < list.length; e += 2) {
      keys[at] = topic * vocabulary + list[e];
      values[at++] = list[e + 1];
    }
  }
  return { channel: 0, keys, width: 1, values };
}

/** Remembers the rows at home. */
export async function keepRows(engine: Engine, _task: Task, shards: Shards): Promise<void> {
  const tables = tablesOf(shards);
  const copies = new Map<number, Uint32Array<ArrayBuffer>>();
  for (const block of tables.slots.homes) copies.set(block, packRegion(await tables.slots.region(block), tables.slots.words(null, block)));
  tables.kept = copies;
  noteKept(engine, tables);
}

export async function restoreRows(engine: Engine, _task: Task, shards: Shards): Promise<void> {
  const tables = tablesOf(shards);
  for (const [block, packed] of tables.kept!) writeRegion(engine, tables, block, packed);
}

/** What is kept of the blocks that are a shard's at home. */
export function* savedBlockRows({ rotation, kept, samples }: Tables, { shard }: Place): Generator<SavedItem> {
  for (const block of rotation.held(shard.number, 0)) {
    if (kept) yield { kind: Saved.Kept, ids: [block], arrays: [kept.get(block)!] };
    const sample = samples?.get(block);
    if (sample) yield { kind: Saved.Sample, ids: [block], arrays: [sample.starts, sample.topics, sample.sums] };
  }
}

export function resumeBlockRows(_engine: Engine, tables: Tables, _place: Place, { kind, ids: [block], arrays }: SavedItem): void {
  if (kind === Saved.Kept) {
    tables.kept ??= new Map();
    tables.kept.set(block, arrays[0] as Uint32Array<ArrayBuffer>);
    return;
  }
  const [starts, topics, sums] = arrays as readonly [Uint32Array<ArrayBuffer>, Uint32Array<ArrayBuffer>, Float64Array<ArrayBuffer>];
  tables.samples ??= new Map();
  tables.samples.set(block, { starts, topics, sums });
}
