/**
 * Documents on their way to the logical shards. In: corpora and the layout. Out: what each shard is told, and its parts. One pass
 * over each corpus; what waits for a shard is bounded.
 */
import type { Corpus } from '../../src/data/corpus.js';
import type { ShardPart } from '../../src/program.js';
import type { AddressedPart } from '../../src/runtime/distribution.js';
import { completionOf } from './completion.js';
import { roomOf } from './count-lists.js';
import type { Layout } from './layout.js';
import { HELD_OUT_SETS, Part, type HeldOutDescription, type HeldOutName, type LdaShardDescription } from './operations.js';
import { MIB, samplerOf, type LdaOptions } from './options.js';

/** Corpora over the words of the first. */
export interface CorpusSets {
  readonly train: Corpus;
  readonly validation: Corpus | null;
  readonly test: Corpus | null;
}

export function describeShards(layout: Layout, { train, validation, test }: CorpusSets, options: LdaOptions): LdaShardDescription[] {
  const { shards, blocksAShard, words, slotLength, documents, entries, tokens } = layout;
  const { topics, strategy, seed, seedWords } = options;
  const batches = { validation: validation && heldOutBatches(validation, layout, options), test: test && heldOutBatches(test, layout, options) };
  const common = {
    topics, strategy, seed, blocksAShard, slotLength,
    sampler: samplerOf(options),
    longestRow: roomOf(words.counts.reduce((most, count) => Math.max(most, count), 0), topics),
    lag: lagOf(options, words.parts),
    vocabulary: train.words.count,
    blockStarts: [...words.starts],
    pinned: Object.entries(seedWords).flatMap(([word, topic]) => {
      const index = train.words.indexOf(word);
      return index < 0 ? [] : [words.positionOf[index], topic];
    }),
  };
  let firstToken = 0;
  return Array.from({ length: shards }, (_, shard) => {
    const heldOut: Partial<Record<HeldOutName, HeldOutDescription>> = {};
    for (const name of HELD_OUT_SETS) if (batches[name]) heldOut[name] = batches[name][shard];
    const description = { ...common, documents: documents[shard], entries: entries[shard], tokens: tokens[shard], firstToken, heldOut };
    firstToken += tokens[shard];
    return description;
  });
}

/** By default rows come back as late as they may: most of a sweep after they were read. */
function lagOf({ lag }: LdaOptions, blocks: number): number {
  return Math.min(lag ?? Infinity, blocks - 2);
}

/** Held-out document d is dealt to shard d mod shards; a batch has as many as the rows of their words leave room for. */
function heldOutBatches(corpus: Corpus, { shards, words }: Layout, { topics, blockMib }: LdaOptions): HeldOutDescription[] {
  const open = Array.from({ length: shards }, () => ({ documents: 0, batchStarts: [0], seen: new Set<number>(), bytes: 0 }));
  for (const { first, starts, words: ids } of corpus.batches()) {
    for (let d = 0; d + 1 < starts.length; d++) {
      const shard = open[(first + d) % shards];
      const distinct = new Set(ids.subarray(starts[d], starts[d + 1]));
      const bytesOf = (word: number) => BYTES_AN_ENTRY * roomOf(words.counts[words.positionOf[word]], topics);
      let more = 0;
      for (const word of distinct) if (!shard.seen.has(word)) more += bytesOf(word);
      if (shard.bytes + more > blockMib * MIB && shard.seen.size > 0) {
        shard.batchStarts.push(shard.documents);
        shard.seen.clear();
        shard.bytes = 0;
        more = [...distinct].reduce((sum, word) => sum + bytesOf(word), 0);
      }
      shard.documents++;
      shard.bytes += more;
      for (const word of distinct) shard.seen.add(word);
    }
  }
  return open.map(({ documents, batchStarts }) => ({ documents, batchStarts: [...batchStarts, documents] }));
}

/** A gathered entry: topic and value. */
const BYTES_AN_ENTRY = 8;

/** Every shard's parts. */
export async function* distributeCorpus(layout: Layout, { train, validation, test }: CorpusSets, { strategy }: LdaOptions): AsyncGenerator<AddressedPart> {
  for (let shard = 0; shard < layout.shards; shard++) yield* wordTokens(shard, layout, strategy === 'data-parallel');
  yield* distributeDocuments(train, layout, (document) => layout.shardOf[document], null);
  for (const [set, corpus] of [validation, test].entries()) {
    if (corpus) yield* distributeDocuments(corpus, layout, (document) => document % layout.shards, set);
  }
}

/** Entries that wait for all shards together, and most of a part. */
const PART_LENGTH = 2 ** 18;

function* wordTokens(shard: number, { words, blocksAShard }: Layout, all: boolean): Generator<AddressedPart> {
  const [begin, end] = all ? [0, words.counts.length] : [words.starts[shard * blocksAShard], words.starts[(shard + 1) * blocksAShard]];
  for (let at = begin; at < end; at += PART_LENGTH) yield { shard, part: [Uint32Array.of(Part.WordTokens, at), words.counts.slice(at, Math.min(end, at + PART_LENGTH))] };
}

/** What waits for a shard. */
class Waiting {
  #lengths: number[] = [];
  #words: number[] = [];
  #first: number[] = [];
  #second: number[] = [];

  get length(): number {
    return this.#words.length + this.#lengths.length;
  }

  get isEmpty(): boolean {
    return this.#lengths.length === 0;
  }

  begin(): void {
    this.#lengths.push(0);
  }

  add(word: number, first: number, second: number): void {
    this.#lengths[this.#lengths.length - 1]++;
    this.#words.push(word);
    this.#first.push(first);
    this.#second.push(second);
  }

  /** Documents are never cut: they are parts of their own where they are long. */
  take(set: number | null): ShardPart {
    const arrays = [this.#lengths, this.#words, this.#first].map((numbers) => Uint32Array.from(numbers));
    const part: ShardPart = set === null ? [Uint32Array.of(Part.Documents), ...arrays] : [Uint32Array.of(Part.HeldOut, set), ...arrays, Uint32Array.from(this.#second)];
    this.#lengths = [];
    this.#words = [];
    this.#first = [];
    this.#second = [];
    return part;
  }
}

/** `set`: null for training documents, whose entries have a count; else the held-out set, whose entries have a folded and a scored count. */
function* distributeDocuments(corpus: Corpus, { shards, words: { positionOf } }: Layout, shardOf: (document: number) => number, set: number | null): Generator<AddressedPart> {
  const waiting = Array.from({ length: shards }, () => new Waiting());
  for (const batch of corpus.batches()) {
    const { first, starts, words } = batch;
    const { folded, scored } = set === null ? { folded: batch.counts, scored: NONE } : completionOf(batch);
    for (let d = 0; d + 1 < starts.length; d++) {
      const shard = shardOf(first + d);
      const queue = waiting[shard];
      queue.begin();
      for (let e = starts[d]; e < starts[d + 1]; e++) queue.add(positionOf[words[e]], folded[e], scored[e] ?? 0);
      if (queue.length >= PART_LENGTH / shards) yield { shard, part: queue.take(set) };
    }
  }
  for (const [shard, queue] of waiting.entries()) if (!queue.isEmpty) yield { shard, part: queue.take(set) };
}

const NONE = new Uint32Array(0);
