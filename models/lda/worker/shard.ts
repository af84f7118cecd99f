/**
 * One logical shard as it arrives. In: its documents, entry by entry. Out: its tokens in document order and, sorted by block, word and
 * document, the tables by which kernels find them. They lie on the host until the worker's shards are put together (tables.ts).
 */
import { DataError } from '../../../src/data/dataset.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardHeader, ShardPart } from '../../../src/program.js';
import { randomBelow, seedOfPart } from '../../../src/schedule/random.js';
import { HELD_OUT_SETS, Part, type HeldOutName, type LdaShardDescription } from '../operations.js';
import type { Gathering } from './held-out.js';
import type { SavedItem } from './saved.js';
import type { Tables } from './tables.js';

export interface LdaShard {
  readonly number: number;
  readonly shards: number;
  readonly description: LdaShardDescription;
  /** Tokens of the words that the shard has been told: of those at home, or of all. */
  readonly wordTokens: Uint32Array;
  readonly heldOut: ReadonlyMap<HeldOutName, HeldOutDocuments>;
  /** Topic counts of the whole corpus as they were last synchronized. */
  readonly totals: Float64Array<ArrayBuffer>;
  /** Null once it has gone into the worker's tables. */
  documents: ShardDocuments | null;
  /** Rows for the held-out documents at hand; null between their evaluations. */
  gathering: Gathering | null;
  /** What it is to be brought to when the tables are put together; null where it is as it is. */
  state: readonly SavedItem[] | null;
  /** The worker's tables, the same for all its shards; null before they are put together. */
  tables: Tables | null;
}

export type Shards = ReadonlyMap<number, LdaShard>;

/** Fields of the tables. */
export const PAIR = 3;
export const PIECE = 3;

export interface ShardDocuments {
  /** First token of each document, and the number of tokens. */
  readonly tokenStarts: Uint32Array;
  /** Tokens: counted topic and current topic. */
  readonly topics: Uint32Array;
  /** (document, first token, tokens): tokens of one word in one document, at most PAIR_TOKENS. */
  readonly pairs: Uint32Array;
  /** (word in its region, first pair, pairs): pairs of one word, at most PIECE_PAIRS; words that keep their topic have none. */
  readonly pieces: Uint32Array;
  /** The same, uncut, and of all words. */
  readonly runs: Uint32Array;
  /** (document, first token, tokens), for Metropolis–Hastings: at most DOCUMENT_TOKENS; tokens that keep their topic are in none. */
  readonly documentPieces: Uint32Array;
  /** First piece, and run, of each block, and their numbers. */
  readonly pieceStarts: Uint32Array;
  readonly runStarts: Uint32Array;
  /** Word of each run, by position. */
  readonly runWords: Uint32Array;
}

export interface HeldOutDocuments {
  /** First entry of each document, and their number. */
  readonly starts: Uint32Array;
  readonly words: Uint32Array;
  readonly folded: Uint32Array;
  readonly scored: Uint32Array;
}

const PAIR_TOKENS = 32;
const PIECE_PAIRS = 256;
const DOCUMENT_TOKENS = 1024;

/** Of a token that no row counts yet. */
export const UNCOUNTED = 0xffff;

export async function openShard(_engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<LdaShard> {
  const description = header.description as LdaShardDescription;
  const entries = new Entries(description);
  const heldOut = new Map<HeldOutName, HeldOutIntake>();
  const wordTokens: Uint32Array[] = [];
  for await (const part of parts) {
    const [head, ...arrays] = part as readonly Uint32Array[];
    if (head[0] === Part.Documents) entries.take(arrays);
    else if (head[0] === Part.WordTokens) wordTokens.push(arrays[0].slice());
    else if (head[0] === Part.HeldOut) takeHeldOut(heldOut, HELD_OUT_SETS[head[1]], arrays);
    else throw new DataError(`shard ${header.shard} of the documents has a part of kind ${head[0]}, which there is none of`);
  }
  return {
    number: header.shard, shards: header.shards, description,
    wordTokens: endToEnd(wordTokens),
    heldOut: new Map(Array.from(heldOut, ([name, intake]) => [name, intake.documents()])),
    totals: new Float64Array(description.topics),
    documents: indexed(entries, description),
    gathering: null,
    state: null,
    tables: null,
  };
}

/** The entries of all documents, in order. */
class Entries {
  readonly starts: Uint32Array;
  readonly words: Uint32Array;
  readonly counts: Uint32Array;
  #documents = 0;
  #entries = 0;

  constructor({ documents, entries }: LdaShardDescription) {
    this.starts = new Uint32Array(documents + 1);
    this.words = new Uint32Array(entries);
    this.counts = new Uint32Array(entries);
  }

  take([lengths, words, counts]: readonly Uint32Array[]): void {
    this.words.set(words, this.#entries);
    this.counts.set(counts, this.#entries);
    for (const length of lengths) this.starts[++this.#documents] = this.#entries += length;
  }
}

class HeldOutIntake {
  readonly #arrays: Uint32Array[][] = [[], [], [], []];

  take(arrays: readonly Uint32Array[]): void {
    for (const [at, array] of arrays.entries()) this.#arrays[at].push(array.slice());
  }

  documents(): HeldOutDocuments {
    const [lengths, words, folded, scored] = this.#arrays.map(endToEnd);
    return { starts: sumsOf(lengths), words, folded, scored };
  }
}

function takeHeldOut(sets: Map<HeldOutName, HeldOutIntake>, name: HeldOutName, arrays: readonly Uint32Array[]): void {
  if (!sets.has(name)) sets.set(name, new HeldOutIntake());
  sets.get(name)!.take(arrays);
}

/**
 * Sorts by word, the longest documents first within: what goes on together then has lists of much the same length, so that no lane of a
 * work-group waits long for another, and a processor foresees where loops end. A word's entries of one document become one, or as few
 * pairs as hold its tokens.
 */
function indexed({ starts, words, counts }: Entries, description: LdaShardDescription): ShardDocuments {
  const { vocabulary, documents } = description;
  const byWord = new Uint32Array(vocabulary + 1);
  for (const word of words) byWord[word + 1]++;
  for (let word = 0; word < vocabulary; word++) byWord[word + 1] += byWord[word];
  const documentAt = new Uint32Array(words.length);
  const countAt = new Uint32Array(words.length);
  const next = byWord.slice(0, vocabulary);
  const tokenStarts = new Uint32Array(documents + 1);
  for (let d = 0; d < documents; d++) tokenStarts[d + 1] = tokenStarts[d] + counts.subarray(starts[d], starts[d + 1]).reduce((sum, count) => sum + count, 0);
  const lengths = tokenStarts.subarray(1).map((end, d) => end - tokenStarts[d]);
  for (const d of Uint32Array.from(lengths.keys()).sort((a, b) => lengths[b] - lengths[a] || a - b)) {
    for (let e = starts[d]; e < starts[d + 1]; e++) {
      const at = next[words[e]]++;
      documentAt[at] = d;
      countAt[at] = counts[e];
    }
  }
  const tables = new TableWriter(description, tokenStarts, words.length);
  const free = tokenStarts.slice(0, documents);
  for (let word = 0; word < vocabulary; word++) {
    tables.beginWord(word);
    for (let at = byWord[word]; at < byWord[word + 1]; at++) {
      const document = documentAt[at];
      let tokens = countAt[at];
      while (at + 1 < byWord[word + 1] && documentAt[at + 1] === document) tokens += countAt[++at];
      tables.add(document, free[document], tokens);
      free[document] += tokens;
    }
    tables.endWord();
  }
  const { pinnedTokens, ...finished } = tables.finish();
  const documentPieces = description.sampler === 'mh' ? piecesOfDocuments(tokenStarts, pinnedTokens) : new Uint32Array(0);
  return { tokenStarts, documentPieces, ...finished };
}

/** Stretches of tokens that may change. */
function piecesOfDocuments(tokenStarts: Uint32Array, pinned: Uint8Array | null): Uint32Array {
  const pieces: number[] = [];
  for (let d = 0; d + 1 < tokenStarts.length; d++) {
    for (let t = tokenStarts[d]; t < tokenStarts[d + 1]; ) {
      const first = t;
      const most = Math.min(tokenStarts[d + 1], first + DOCUMENT_TOKENS);
      while (t < most && !pinned?.[t]) t++;
      if (t > first) pieces.push(d, first, t - first);
      while (t < tokenStarts[d + 1] && pinned?.[t]) t++;
    }
  }
  return Uint32Array.from(pieces);
}

/** Writes the tables word by word. */
class TableWriter {
  readonly #description: LdaShardDescription;
  readonly #topics: Uint32Array;
  readonly #pairs: Uint32Array;
  readonly #pieces: number[] = [];
  readonly #runs: number[] = [];
  readonly #runWords: number[] = [];
  readonly #pieceStarts: Uint32Array;
  readonly #runStarts: Uint32Array;
  readonly #pinned: ReadonlyMap<number, number>;
  /** 1 for tokens that keep their topic; null where none does. */
  readonly #pinnedTokens: Uint8Array | null;
  readonly #tokenStarts: Uint32Array;
  readonly #firstTopics: Uint16Array;
  #pairCount = 0;
  #block = 0;
  #word = 0;
  #firstPair = 0;

  constructor(description: LdaShardDescription, tokenStarts: Uint32Array, entries: number) {
    const { tokens, blockStarts, pinned } = description;
    this.#description = description;
    this.#topics = new Uint32Array(tokens);
    this.#pairs = new Uint32Array(PAIR * (entries + Math.floor(tokens / PAIR_TOKENS)));
    this.#pieceStarts = new Uint32Array(blockStarts.length);
    this.#runStarts = new Uint32Array(blockStarts.length);
    this.#pinned = new Map(Array.from({ length: pinned.length / 2 }, (_, at) => [pinned[2 * at], pinned[2 * at + 1]]));
    this.#pinnedTokens = pinned.length > 0 ? new Uint8Array(tokens) : null;
    this.#tokenStarts = tokenStarts;
    this.#firstTopics = firstTopics(description, tokenStarts);
  }

  beginWord(word: number): void {
    while (word >= this.#description.blockStarts[this.#block + 1]) this.#endBlock();
    this.#word = word;
    this.#firstPair = this.#pairCount;
  }

  add(document: number, firstToken: number, tokens: number): void {
    for (let at = 0; at < tokens; at += PAIR_TOKENS) {
      this.#pairs.set([document, firstToken + at, Math.min(PAIR_TOKENS, tokens - at)], PAIR * this.#pairCount++);
    }
    const pin = this.#pinned.get(this.#word);
    if (pin !== undefined) this.#pinnedTokens!.fill(1, firstToken, firstToken + tokens);
    for (let t = firstToken; t < firstToken + tokens; t++) {
      const topic = pin ?? this.#firstTopics[document * FIRST_TOPICS + ((t - this.#tokenStarts[document]) % FIRST_TOPICS)];
      this.#topics[t] = UNCOUNTED | (topic << 16);
    }
  }

  endWord(): void {
    const pairs = this.#pairCount - this.#firstPair;
    if (pairs === 0) return;
    const local = this.#inRegion();
    this.#runWords.push(this.#word);
    this.#runs.push(local, this.#firstPair, pairs);
    if (this.#pinned.has(this.#word)) return;
    for (let at = 0; at < pairs; at += PIECE_PAIRS) this.#pieces.push(local, this.#firstPair + at, Math.min(PIECE_PAIRS, pairs - at));
  }

  /** Regions have all words of the block that travels, or those of the shard where it has copies. */
  #inRegion(): number {
    const { strategy, blockStarts } = this.#description;
    return strategy === 'rotation' ? this.#word - blockStarts[this.#block] : this.#runs.length / PIECE - this.#runStarts[this.#block];
  }

  finish(): Omit<ShardDocuments, 'tokenStarts' | 'documentPieces'> & { readonly pinnedTokens: Uint8Array | null } {
    while (this.#block + 1 < this.#pieceStarts.length) this.#endBlock();
    return {
      topics: this.#topics, pairs: this.#pairs.slice(0, PAIR * this.#pairCount), pieces: Uint32Array.from(this.#pieces), runs: Uint32Array.from(this.#runs),
      pieceStarts: this.#pieceStarts, runStarts: this.#runStarts, runWords: Uint32Array.from(this.#runWords), pinnedTokens: this.#pinnedTokens,
    };
  }

  #endBlock(): void {
    this.#block++;
    this.#pieceStarts[this.#block] = this.#pieces.length / PIECE;
    this.#runStarts[this.#block] = this.#runs.length / PIECE;
  }
}

/**
 * Topics that a document's tokens begin with, in turn. A few of them, in place of any, spare sampling the sweeps in which it would find
 * out that documents have few.
 */
const FIRST_TOPICS = 6;
/** Part of the seed that draws them. */
const FIRST_PART = 11;

/** The draws belong to the number that the document's first token has in the run, wherever the document is. */
function firstTopics({ topics, seed, firstToken }: LdaShardDescription, tokenStarts: Uint32Array): Uint16Array {
  const key = seedOfPart(seed, FIRST_PART);
  return Uint16Array.from({ length: FIRST_TOPICS * (tokenStarts.length - 1) }, (_, at) => {
    const document = Math.floor(at / FIRST_TOPICS);
    return randomBelow(topics, key, at % FIRST_TOPICS, firstToken + tokenStarts[document]);
  });
}

function sumsOf(lengths: Uint32Array): Uint32Array {
  const sums = new Uint32Array(lengths.length + 1);
  for (let at = 0; at < lengths.length; at++) sums[at + 1] = sums[at] + lengths[at];
  return sums;
}

function endToEnd(arrays: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
