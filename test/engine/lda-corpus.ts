/**
 * Seeded corpora for tests of the LDA kernels, in the layouts of the shaders: the documents of a worker's shards, the blocks of
 * words that its shards have at the moment, and the tables of the cells that one dispatch serves. In: which words each
 * document has, and how topics, shards and blocks are set up. Out: tokens with topics, count lists of documents and words that
 * agree with them, pieces, pairs and runs, and what each shard knows of the topics' totals.
 */
import { stream } from './matrices.js';

/** Tokens of a pair and pairs of a piece, at most. */
const PAIR_TOKENS = 32;
const PIECE_PAIRS = 256;

/** A word and how often a document has it. */
export type Occurrences = readonly [word: number, tokens: number];

export interface CorpusShape {
  readonly title: string;
  readonly topicCount: number;
  /** Of an entry of a count list, for the topic; as few as the topics need unless told. */
  readonly bits?: number;
  /** Document by document; document d belongs to shard ⌊d · shards / documents⌋. */
  readonly documents: readonly (readonly Occurrences[])[];
  /** Word w belongs to block w mod blocks, as its list ⌊w / blocks⌋. */
  readonly words: number;
  /** As many cells: shard s has block (s + 1) mod blocks. 1 unless told. */
  readonly shards?: number;
  /** At least as many as shards; as many unless told. */
  readonly blocks?: number;
  /** Tokens of each word that are in documents elsewhere, 3 unless told. */
  readonly elsewhere?: number;
  readonly seed?: number;
}

/** One token: where it stands is its place in `Corpus.tokens`. */
export interface Token {
  readonly document: number;
  readonly word: number;
  readonly counted: number;
  readonly current: number;
}

/** A block of words at a shard, and what the shard has of it. */
export interface CorpusCell {
  readonly shard: number;
  readonly block: number;
  /** Base of the block's region in `rows`. */
  readonly base: number;
  /** What a token's position lacks to its number. */
  readonly tokenBase: number;
  /** Words of the block, its lists in order. */
  readonly words: readonly number[];
}

export interface Corpus {
  readonly title: string;
  readonly topicCount: number;
  readonly bits: number;
  readonly beta: number;
  readonly alpha: Float64Array;
  readonly documentCount: number;
  readonly tokens: readonly Token[];
  /** u32[documents + 1] */
  readonly tokenStarts: Uint32Array;
  /** counted | current << 16 */
  readonly topics: Uint32Array;
  /** Region of the documents' lists, under `counted`. */
  readonly documents: Uint32Array;
  /** Regions of the blocks of all words, under `counted`, those of tokens elsewhere included. */
  readonly rows: Uint32Array;
  readonly cells: readonly CorpusCell[];
  /** u32[6 × cells], for a dispatch over pieces and for one over runs. */
  readonly pieceCells: Uint32Array;
  readonly runCells: Uint32Array;
  /** Pairs, then pieces, then runs. */
  readonly work: Uint32Array;
  /** Of all cells together. */
  readonly pieceCount: number;
  readonly runCount: number;
  /** f32[shards × 3K], in the layout of the shaders. */
  readonly priors: Float32Array;
  readonly shards: number;
}

/** Documents of so many tokens, their words drawn from all, low ones more often; equal words stand together. */
export function drawnDocuments(lengths: readonly number[], words: number, seed: number): Occurrences[][] {
  const next = stream(seed);
  const unit = () => next() / 2 ** 32;
  return lengths.map((length) => {
    const counts = new Map<number, number>();
    for (let i = 0; i < length; i++) {
      const word = Math.floor(words * unit() * unit());
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return [...counts].sort(([a], [b]) => a - b);
  });
}

/** The largest count of one entry. */
export const mostCount = (bits: number): number => 2 ** (32 - bits) - 1;

/** The entries of a count list, from the count of each topic. */
export function countList(counts: ReadonlyMap<number, number>, bits: number): number[] {
  const most = mostCount(bits);
  const topics = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  return topics.flatMap(([topic, count]) => {
    const full = Math.floor(count / most);
    const last = count % most;
    return [...Array<number>(full).fill(most), ...(last > 0 ? [last] : [])].map((part) => (topic | (part << bits)) >>> 0);
  });
}

/** How often each topic is in a list of topics. */
export function countTopics(topics: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const topic of topics) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return counts;
}

/** Counts of a list of a region, by topic. */
export function readCounts(region: Uint32Array, base: number, lists: number, list: number, bits: number): Map<number, number> {
  const begin = base + region[base + list];
  const entries = region.subarray(begin, begin + region[base + lists + 1 + list]);
  const counts = new Map<number, number>();
  for (const entry of entries) {
    const topic = entry & (2 ** bits - 1);
    counts.set(topic, (counts.get(topic) ?? 0) + (entry >>> bits));
  }
  return counts;
}

/** A region of count lists, one for each list of topics, with the room the format gives it. */
function regionOf(lists: readonly (readonly number[])[], topicCount: number, bits: number): number[] {
  const starts = [2 * lists.length + 1];
  for (const [i, { length }] of lists.entries()) starts.push(starts[i] + Math.min(length, topicCount) + Math.floor(length / mostCount(bits)));
  const entries = lists.map((topics) => countList(countTopics(topics), bits));
  const rooms = entries.map((list, i) => [...list, ...Array<number>(starts[i + 1] - starts[i] - list.length).fill(0)]);
  return [...starts, ...entries.map(({ length }) => length), ...rooms.flat()];
}

function runningSums(lengths: readonly number[]): number[] {
  let sum = 0;
  return [0, ...lengths.map((length) => (sum += length))];
}

/** A range cut into parts of at most `limit`: (first, length) of each. */
function cut(first: number, length: number, limit: number): [number, number][] {
  return Array.from({ length: Math.ceil(length / limit) }, (_, part) => [first + part * limit, Math.min(limit, length - part * limit)]);
}

/** Every document likes some topics better; half of the tokens have got another topic since they were counted. */
function drawTokens({ documents, topicCount, seed = 1 }: CorpusShape): Token[] {
  const next = stream(seed);
  const unit = () => next() / 2 ** 32;
  return documents.flatMap((occurrences, document) => {
    const shift = next() % topicCount;
    const topic = () => (shift + Math.floor(topicCount * unit() ** 3)) % topicCount;
    const token = (word: number): Token => {
      const counted = topic();
      return { document, word, counted, current: unit() < 0.5 ? topic() : counted };
    };
    return occurrences.flatMap(([word, count]) => Array.from({ length: count }, () => token(word)));
  });
}

interface Tables {
  readonly pieces: number[][];
  readonly runs: number[][];
  readonly pairs: number[][];
  /** First piece and first run of each cell, and behind them those of the next. */
  readonly firstPieces: number[];
  readonly firstRuns: number[];
}

/** Where the tokens of a word stand in a document. */
interface PairRange {
  readonly document: number;
  readonly begin: number;
  end: number;
}

/** By shard and word, documents ascending. */
function pairRanges(tokens: readonly Token[], shardOf: (document: number) => number): Map<string, PairRange[]> {
  const ranges = new Map<string, PairRange[]>();
  tokens.forEach(({ document, word }, at) => {
    const key = `${shardOf(document)} ${word}`;
    const list = ranges.get(key) ?? [];
    ranges.set(key, list);
    const last = list.at(-1);
    if (last?.document === document) last.end = at + 1;
    else list.push({ document, begin: at, end: at + 1 });
  });
  return ranges;
}

/** Pairs, pieces and runs of the cells, one cell after another, a word's pairs by document. */
function cutCells(cells: readonly CorpusCell[], tokens: readonly Token[], shardOf: (document: number) => number): Tables {
  const tables: Tables = { pieces: [], runs: [], pairs: [], firstPieces: [0], firstRuns: [0] };
  const ranges = pairRanges(tokens, shardOf);
  for (const cell of cells) {
    cell.words.forEach((word, list) => {
      const first = tables.pairs.length;
      for (const { document, begin, end } of ranges.get(`${cell.shard} ${word}`) ?? []) {
        tables.pairs.push(...cut(begin, end - begin, PAIR_TOKENS).map((range) => [document, ...range]));
      }
      const pairs = tables.pairs.length - first;
      if (pairs > 0) tables.runs.push([list, first, pairs]);
      tables.pieces.push(...cut(first, pairs, PIECE_PAIRS).map((range) => [list, ...range]));
    });
    tables.firstPieces.push(tables.pieces.length);
    tables.firstRuns.push(tables.runs.length);
  }
  return tables;
}

/** `before`: records of `work` before those that are counted here. */
const cellTable = (cells: readonly CorpusCell[], firsts: readonly number[], before: number): Uint32Array =>
  Uint32Array.from(cells.flatMap(({ base, shard, tokenBase, words }, c) => [firsts[c], before + firsts[c], base, shard, tokenBase, words.length]));

/** A shard's scale_k, alpha_k · scale_k and running sums of alpha_k · beta · scale_k; later shards count more tokens elsewhere. */
function priorsOf(shard: number, totals: Float64Array, alpha: Float64Array, beta: number, words: number): number[] {
  const scales = Array.from(totals, (total) => Math.fround(1 / (total * (1 + shard / 4) + words * beta)));
  let sum = 0;
  return [...scales, ...scales.map((scale, k) => alpha[k] * scale), ...scales.map((scale, k) => (sum += alpha[k] * beta * scale))];
}

export function makeCorpus(shape: CorpusShape): Corpus {
  const { title, topicCount, documents, words, shards = 1, blocks = shards, elsewhere = 3, seed = 1 } = shape;
  const bits = shape.bits ?? Math.max(1, Math.ceil(Math.log2(topicCount)));
  const beta = 0.0625;
  const next = stream(seed + 1);
  const shardOf = (document: number) => Math.floor((document * shards) / documents.length);
  const tokens = drawTokens(shape);
  const byWord = Array.from({ length: words }, () => Array.from({ length: elsewhere }, () => next() % topicCount));
  const totals = new Float64Array(topicCount).fill(1);
  for (const { word, counted } of tokens) byWord[word].push(counted);
  for (const topic of byWord.flat()) totals[topic]++;
  const blockWords = Array.from({ length: blocks }, (_, block) => byWord.flatMap((_topics, word) => (word % blocks === block ? [word] : [])));
  const regions = blockWords.map((lists) => regionOf(lists.map((word) => byWord[word]), topicCount, bits));
  const bases = runningSums(regions.map(({ length }) => length));
  const cells = Array.from({ length: shards }, (_, shard) => {
    const block = (shard + 1) % blocks;
    return { shard, block, base: bases[block], tokenBase: (0xffff_fff0 + 1000 * shard) >>> 0, words: blockWords[block] };
  });
  const { pairs, pieces, runs, firstPieces, firstRuns } = cutCells(cells, tokens, shardOf);
  const alpha = Float64Array.from({ length: topicCount }, (_, k) => Math.fround((1 + (k % 3)) / 8));
  const documentTopics = Array.from(documents, (): number[] => []);
  for (const { document, counted } of tokens) documentTopics[document].push(counted);
  return {
    title,
    topicCount,
    bits,
    beta,
    alpha,
    documentCount: documents.length,
    tokens,
    tokenStarts: Uint32Array.from(runningSums(documentTopics.map(({ length }) => length))),
    topics: Uint32Array.from(tokens, ({ counted, current }) => counted | (current << 16)),
    documents: Uint32Array.from(regionOf(documentTopics, topicCount, bits)),
    rows: Uint32Array.from(regions.flat()),
    cells,
    pieceCells: cellTable(cells, firstPieces, pairs.length),
    runCells: cellTable(cells, firstRuns, pairs.length + pieces.length),
    work: Uint32Array.from([...pairs, ...pieces, ...runs].flat()),
    pieceCount: pieces.length,
    runCount: runs.length,
    priors: Float32Array.from(Array.from({ length: shards }, (_, shard) => priorsOf(shard, totals, alpha, beta, words)).flat()),
    shards,
  };
}
