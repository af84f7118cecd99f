/**
 * Where documents and words are. In: a corpus and the options. Out: documents dealt out to logical shards, words to blocks that go
 * round them; both by their tokens, so that parts are nearly equal. It depends on the data and the options alone.
 */
import type { Corpus, DocumentBatch } from '../../src/data/corpus.js';
import { DataError } from '../../src/data/dataset.js';
import { partitionRows, partsOfPositions, type Partition } from '../partition.js';
import { regionLength } from './count-lists.js';
import { MIB, type LdaOptions } from './options.js';

export interface Layout {
  readonly shards: number;
  readonly blocksAShard: number;
  /** Shard of every document. */
  readonly shardOf: Uint32Array;
  /** Documents, entries and tokens of every shard. */
  readonly documents: Uint32Array;
  readonly entries: Uint32Array;
  readonly tokens: Uint32Array;
  /** Words by block. */
  readonly words: Partition;
  /** u32 of the largest block's region of count lists. */
  readonly slotLength: number;
}

/** Tokens of a shard: at least 4 shards, and more where 2^22 tokens a shard are not enough. */
const TOKENS_A_SHARD = 2 ** 22;
const FEWEST_SHARDS = 4;
/** What a document, and a word, costs beside its tokens, in tokens. */
const ROW_WEIGHT = 4;

/** A function of the data alone. */
export function ldaShards(tokens: number): number {
  return Math.max(FEWEST_SHARDS, Math.ceil(tokens / TOKENS_A_SHARD));
}

/** DataError where a document or the whole is too long for its numbers. */
export function layOut(corpus: Corpus, options: LdaOptions): Layout {
  if (corpus.tokens > MOST_CORPUS_TOKENS) throw new DataError(`there are ${corpus.tokens} tokens to train on, and ${MOST_CORPUS_TOKENS} are possible: train on a part of the documents`);
  const shards = ldaShards(corpus.tokens);
  const { byDocument, entriesOf, byWord } = countTokens(corpus);
  const documents = partitionRows(byDocument, shards, ROW_WEIGHT);
  const partOf = partsOfPositions(documents);
  const shardOf = Uint32Array.from(documents.positionOf, (position) => partOf[position]);
  const { words, blocksAShard, slotLength } = partitionWords(byWord, shards, options);
  const sums = (of: Uint32Array) => of.reduce((all, count, document) => ((all[shardOf[document]] += count), all), new Uint32Array(shards));
  return { shards, blocksAShard, shardOf, documents: sums(new Uint32Array(corpus.count).fill(1)), entries: sums(entriesOf), tokens: sums(byDocument), words, slotLength };
}

interface Counted {
  readonly byDocument: Uint32Array;
  readonly entriesOf: Uint32Array;
  readonly byWord: Uint32Array;
}

function countTokens(corpus: Corpus): Counted {
  const byDocument = new Uint32Array(corpus.count);
  const entriesOf = new Uint32Array(corpus.count);
  const byWord = new Uint32Array(corpus.words.count);
  for (const batch of corpus.batches()) countBatch(batch, byDocument, entriesOf, byWord);
  return { byDocument, entriesOf, byWord };
}

function countBatch({ first, starts, words, counts }: DocumentBatch, byDocument: Uint32Array, entriesOf: Uint32Array, byWord: Uint32Array): void {
  for (let d = 0; d + 1 < starts.length; d++) {
    let tokens = 0;
    for (let e = starts[d]; e < starts[d + 1]; e++) {
      tokens += counts[e];
      byWord[words[e]] += counts[e];
    }
    if (tokens > MOST_TOKENS) throw new DataError(`document ${first + d + 1} has ${tokens} tokens, and one document may have ${MOST_TOKENS}: cut it into several`);
    byDocument[first + d] = tokens;
    entriesOf[first + d] = starts[d + 1] - starts[d];
  }
}

/** Counts of a word, and the number of a token, are 32-bit. */
const MOST_CORPUS_TOKENS = 2 ** 32 - 1;
/** Of a document: positions and counts are 32-bit. */
const MOST_TOKENS = 2 ** 31;

/** As few blocks as keep the largest within the budget. */
function partitionWords(counts: Uint32Array, shards: number, { topics, blockMib }: LdaOptions): { words: Partition; blocksAShard: number; slotLength: number } {
  const least = Math.ceil((4 * regionLength(counts, topics)) / (shards * blockMib * MIB));
  const most = Math.ceil(counts.length / shards);
  for (let blocksAShard = Math.max(1, Math.min(least, most)); ; blocksAShard++) {
    const words = partitionRows(counts, shards * blocksAShard, ROW_WEIGHT);
    const slotLength = largestRegion(words, topics);
    if (slotLength * 4 <= blockMib * MIB || blocksAShard >= most) return { words, blocksAShard, slotLength };
  }
}

function largestRegion({ starts, counts, parts }: Partition, topics: number): number {
  let largest = 0;
  for (let block = 0; block < parts; block++) largest = Math.max(largest, regionLength(counts.subarray(starts[block], starts[block + 1]), topics));
  return largest;
}
