/**
 * Oracles of Metropolis–Hastings for LDA: for every token the chain of decisions in float64. A decision that f32 may take
 * either way leaves two topics allowed; integers and everything that is copied must be exact.
 */
import { lda } from '#kernels';
import { drawnDocuments, makeCorpus, readCounts } from './lda-corpus.js';
import type { Corpus, CorpusCell, CorpusShape, Occurrences } from './lda-corpus.js';
import { stream } from './matrices.js';
import type { Judged, KernelCase, KernelOracle } from './oracle.js';
import { pcg4d, unit } from './pcg4d.js';

const SEED = 0xdead_beef;
const SWEEP = 3;
/** A weight passes through a division and three other roundings, none of which cancels; twice that, and the product with the random number: 2^-19. */
const WEIGHT_TOLERANCE = 2 ** -19;
/** A place is the product of an exact number and a sum: two roundings. */
const PLACE_TOLERANCE = 2 ** -21;
const PIECE_TOKENS = 1024;
/** Words of scratch that sample-words has behind the counts: four numbers of each token of a piece. */
const STAGED = 4 * 8196;

interface Given {
  readonly corpus: Corpus;
  readonly draws: 2 | 4;
  /** u32[tokens × draws/2] */
  readonly proposals: Uint32Array;
}

/** The jth random number of a token. */
function randomOf(numbered: number, stream: number, j: number): number {
  return pcg4d(SEED, SWEEP, numbered >>> 0, stream + Math.floor(j / 4))[j % 4];
}

const proposalsOf = ({ proposals, draws }: Given, token: number, table = proposals): number[] =>
  Array.from({ length: draws }, (_, j) => (table[(token * draws + j) >>> 1] >>> (16 * (j & 1))) & 0xffff);

/** Proposals that are now a topic of another token, now one drawn from all, and now the token's own. */
export function given(corpus: Corpus, draws: 2 | 4): Given {
  const { tokens, topicCount } = corpus;
  const next = stream(tokens.length + draws);
  const kinds = [() => next() % topicCount, () => tokens[next() % tokens.length].counted, () => tokens[next() % tokens.length].current];
  const half = () => kinds[next() % 3]();
  return { corpus, draws, proposals: Uint32Array.from({ length: (tokens.length * draws) / 2 }, () => half() | (half() << 16)) };
}

/** All topics that a token may have after its proposals, when a decision near its threshold may go either way. */
function outcomes(start: number, proposed: readonly number[], weight: (topic: number) => number, random: (j: number) => number): Set<number> {
  let possible = new Set([start]);
  proposed.forEach((topic, j) => {
    const u = unit(random(j));
    const after = [...possible].flatMap((current) => {
      const margin = weight(topic) - u * weight(current);
      const near = Math.abs(margin) <= WEIGHT_TOLERANCE * weight(topic);
      return topic === current ? [current] : near ? [current, topic] : margin > 0 ? [topic] : [current];
    });
    possible = new Set(after);
  });
  return possible;
}

/** ⌊bits · count / 2^32⌋ and what is left of it, as u32. */
const multiplied = (bits: number, count: number): [number, number] => {
  const product = BigInt(bits) * BigInt(count);
  return [Number(product >> 32n), Number(product & 0xffff_ffffn)];
};

/** What a draw may give that takes one of `others` with weight 1 each, or one of another kind with weight `prior` in all. */
function drawn(bits: number, others: readonly number[], prior: number, otherwise: number): number[] {
  const x = unit(bits) * (others.length + prior);
  const places = [x * (1 - PLACE_TOLERANCE), x * (1 + PLACE_TOLERANCE)].map(Math.floor);
  return places.map((place) => (place < others.length ? others[place] : otherwise));
}

/** The cell, that is the shard, of every token. */
const cellOf = ({ cells, documentCount, shards }: Corpus, document: number): CorpusCell => cells[Math.floor((document * shards) / documentCount)];

/** weight(k) of a token counted under `own`, from the counts and what is added to each. */
function weights(corpus: Corpus, shard: number, own: number, counts: ReadonlyMap<number, number>, added: (topic: number, scale: number) => number) {
  const scales = corpus.priors.subarray(3 * shard * corpus.topicCount);
  return (topic: number): number => {
    const scale = scales[topic];
    const itself = Number(topic === own);
    return ((counts.get(topic) ?? 0) - itself) * scale / (1 - itself * scale) + added(topic, scale) / (1 - itself * scale);
  };
}

/** Looks at every token's halves of `topics`: `counted` as before, `current` among those allowed. */
function judgeTopics(before: Uint32Array, allowed: (token: number) => ReadonlySet<number>): Judged {
  return {
    miss: (after) => {
      const found = after.get('topics')!;
      for (let token = 0; token < before.length; token++) {
        const [counted, current] = [found[token] & 0xffff, found[token] >>> 16];
        if (counted !== (before[token] & 0xffff)) return `[${token}]: counted became ${counted}`;
        const expected = allowed(token);
        if (!expected.has(current)) return `[${token}] has topic ${current}; expected ${[...expected].join(' or ')}`;
      }
      return null;
    },
  };
}

function judgeProposals(work: Given, allowed: (token: number, j: number) => readonly number[]): Judged {
  return {
    miss: (after) => {
      const found = after.get('proposals')!;
      for (let token = 0; token < work.corpus.tokens.length; token++) {
        for (const [j, topic] of proposalsOf(work, token, found).entries()) {
          const expected = allowed(token, j);
          if (!expected.includes(topic)) return `[${token}], number ${j}, is ${topic}; expected ${expected.join(' or ')}`;
        }
      }
      return null;
    },
  };
}

/** Pieces of at most 1,024 tokens, document by document, and where each shard's begin. */
function cutDocuments({ cells, documentCount, tokenStarts, shards }: Corpus): { pieces: Uint32Array; shards: Uint32Array } {
  const pieces: number[][] = [];
  const table: number[][] = [];
  for (let document = 0; document < documentCount; document++) {
    const shard = Math.floor((document * shards) / documentCount);
    while (table.length <= shard) table.push([pieces.length, table.length, cells[table.length].tokenBase]);
    for (let first = tokenStarts[document]; first < tokenStarts[document + 1]; first += PIECE_TOKENS) {
      pieces.push([document, first, Math.min(PIECE_TOKENS, tokenStarts[document + 1] - first)]);
    }
  }
  return { pieces: Uint32Array.from(pieces.flat()), shards: Uint32Array.from(table.flat()) };
}

export function acceptCase(work: Given): KernelCase {
  const { corpus, draws, proposals } = work;
  const { tokens, topicCount, bits, documents, documentCount, priors, alpha } = corpus;
  const { pieces, shards } = cutDocuments(corpus);
  const count = pieces.length / 3;
  const topics = Uint32Array.from(tokens, ({ counted }) => counted | (counted << 16));
  const counts = Array.from({ length: documentCount }, (_, document) => readCounts(documents, 0, documentCount, document, bits));
  const allowed = (token: number): Set<number> => {
    const { document, counted } = tokens[token];
    const { shard, tokenBase } = cellOf(corpus, document);
    const weight = weights(corpus, shard, counted, counts[document], (topic, scale) => alpha[topic] * scale);
    return outcomes(counted, proposalsOf(work, token), weight, (j) => randomOf(tokenBase + token, 8, j));
  };
  return {
    title: `${corpus.title}, ${draws} draws, reals`,
    buffers: { shards, pieces, documents, priors, proposals, topics, scratch: new Float32Array(topicCount) },
    parameters: { shardCount: shards.length / 3, count, documentCount, topicCount, bits, draws, seed: SEED, sweep: SWEEP },
    workgroups: count,
    expected: { topics: judgeTopics(topics, allowed) },
  };
}

/** A table whose probabilities are 0 and 1 too; whose alpha it is the kernel does not ask. */
function aliasTable(topicCount: number): Uint32Array {
  const next = stream(topicCount);
  const probability = () => [0, 1, next() / 2 ** 32][next() % 3];
  const table = new Uint32Array(2 * topicCount);
  const probabilities = new Float32Array(table.buffer);
  for (let k = 0; k < topicCount; k++) {
    probabilities[2 * k] = probability();
    table[2 * k + 1] = next() % topicCount;
  }
  return table;
}

function fromAliases(aliases: Uint32Array, bits: number): number {
  const [column, height] = multiplied(bits, aliases.length / 2);
  const probability = new Float32Array(aliases.buffer)[2 * column];
  return unit(height) < probability ? column : aliases[2 * column + 1];
}

export function proposeInDocumentsCase(work: Given): KernelCase {
  const { corpus, draws, proposals } = work;
  const { tokens, topicCount, tokenStarts, topics, alpha } = corpus;
  const { pieces, shards } = cutDocuments(corpus);
  const count = pieces.length / 3;
  const aliases = aliasTable(topicCount);
  const alphaSum = Math.fround(alpha.reduce((sum, value) => sum + value, 0));
  const allowed = (token: number, j: number): number[] => {
    const { document } = tokens[token];
    const numbered = cellOf(corpus, document).tokenBase + token;
    const others = tokens.slice(tokenStarts[document], tokenStarts[document + 1]).map(({ current }) => current);
    others.splice(token - tokenStarts[document], 1);
    return drawn(randomOf(numbered, 16, 2 * j), others, alphaSum, fromAliases(aliases, randomOf(numbered, 16, 2 * j + 1)));
  };
  return {
    title: `${corpus.title}, ${draws} draws, reals`,
    buffers: { shards, pieces, tokenStarts, topics, aliases, proposals },
    parameters: { shardCount: shards.length / 3, count, topicCount, draws, alphaSum, seed: SEED, sweep: SWEEP },
    workgroups: count,
    expected: { proposals: judgeProposals(work, allowed) },
  };
}

/** The cell in which a token is sampled in this sub-round; null where its word's block is elsewhere. */
function samplingCells(corpus: Corpus): (CorpusCell | null)[] {
  return corpus.tokens.map(({ document, word }) => {
    const cell = cellOf(corpus, document);
    return cell.words.includes(word) ? cell : null;
  });
}

/** The topics of all tokens of a word, ascending, without one of topic `own`: its last, whose place the last of all takes. */
function otherTokens(counts: ReadonlyMap<number, number>, own: number): number[] {
  const all = [...counts].flatMap(([topic, count]) => Array<number>(count).fill(topic));
  const itself = all.lastIndexOf(own);
  const last = all.pop()!;
  return itself < all.length ? all.with(itself, last) : all;
}

/** What a function gives, computed once for each pair of integers. */
function remembered<T>(compute: (a: number, b: number) => T): (a: number, b: number) => T {
  const known = new Map<string, T>();
  return (a, b) => {
    const key = `${a} ${b}`;
    if (!known.has(key)) known.set(key, compute(a, b));
    return known.get(key)!;
  };
}

/** For each token that was sampled, 1 less where it is counted and 1 more where it is now, in its shard's row. */
function judgeDeltas({ shards, topicCount }: Corpus, cells: readonly (CorpusCell | null)[]): Judged {
  return {
    miss: (after) => {
      const expected = new Int32Array(shards * topicCount);
      after.get('topics')!.forEach((word, token) => {
        const cell = cells[token];
        if (!cell) return;
        expected[cell.shard * topicCount + (word & 0xffff)]--;
        expected[cell.shard * topicCount + (word >>> 16)]++;
      });
      const found = after.get('deltas')!;
      const at = expected.findIndex((delta, k) => delta !== (found[k] | 0));
      return at < 0 ? null : `[${at}] is ${found[at] | 0}; expected ${expected[at]}`;
    },
  };
}

export function sampleWordsCase(given: Given): KernelCase {
  const { corpus, draws, proposals } = given;
  const { tokens, topicCount, bits, rows, beta, topics, priors, pieceCells, work, pieceCount, shards } = corpus;
  const cells = samplingCells(corpus);
  const bases = new Map(corpus.cells.map((cell) => [cell.base, cell]));
  const countsOf = remembered((base, word) => {
    const { words } = bases.get(base)!;
    return readCounts(rows, base, words.length, words.indexOf(word), bits);
  });
  const othersOf = new Map(corpus.cells.map(({ base }) => [base, remembered((word, own) => otherTokens(countsOf(base, word), own))]));
  const allowedTopics = (token: number): Set<number> => {
    const { word, counted, current } = tokens[token];
    const cell = cells[token];
    if (!cell) return new Set([current]);
    const weight = weights(corpus, cell.shard, counted, countsOf(cell.base, word), (_, scale) => beta * scale);
    return outcomes(current, proposalsOf(given, token), weight, (j) => randomOf(cell.tokenBase + token, 24, j));
  };
  const allowedProposals = (token: number, j: number): readonly number[] => {
    const { word, counted } = tokens[token];
    const cell = cells[token];
    if (!cell) return [proposalsOf(given, token)[j]];
    const [place, topic] = [2 * j, 2 * j + 1].map((number) => randomOf(cell.tokenBase + token, 32, number));
    return drawn(place, othersOf.get(cell.base)!(word, counted), topicCount * beta, multiplied(topic, topicCount)[0]);
  };
  const [deltas, scratch] = [new Uint32Array(shards * topicCount), new Uint32Array(topicCount + STAGED + 5 * rows.length + 1)];
  const used = (words: Uint32Array) => words.subarray(0, topicCount).some((word) => word !== 0);
  return {
    title: `${corpus.title}, ${draws} draws, reals`,
    buffers: { cells: pieceCells, work, rows, priors, topics, proposals, deltas, scratch },
    parameters: { cellCount: corpus.cells.length, count: pieceCount, topicCount, bits, draws, beta, seed: SEED, sweep: SWEEP },
    workgroups: pieceCount,
    expected: {
      topics: judgeTopics(topics, allowedTopics),
      proposals: judgeProposals(given, allowedProposals),
      deltas: judgeDeltas(corpus, cells),
      scratch: { miss: (after) => (used(after.get('scratch')!) ? 'is not zero where the counts were' : null) },
    },
  };
}

/** Documents of one or a few tokens each, so that a word has as many pairs as documents. */
const oneWordEach = (count: number, tokens: number): Occurrences[][] => Array.from({ length: count }, () => [[0, tokens]]);

/** Documents around the lanes of a workgroup (64), the step of the twins (4) and the longest piece (1,024). */
function documentShapes(): CorpusShape[] {
  const few = [0, 1, 2, 3, 4, 5, 0, 63, 64, 65, 1];
  const drawnShape = (title: string, lengths: readonly number[], rest: Partial<CorpusShape> & { topicCount: number }): CorpusShape => {
    const words = rest.words ?? 20;
    return { title, words, documents: drawnDocuments(lengths, words, lengths.length), ...rest };
  };
  return [
    ...[1, 2, 33, 1000, 10_000, 65_535].map((topicCount) => drawnShape(`${topicCount} topics`, few, { topicCount })),
    drawnShape('no token', [0, 0], { topicCount: 4 }),
    drawnShape('one token', [1], { topicCount: 4, elsewhere: 0 }),
    drawnShape('pieces of 1,024 tokens', [1023, 1024, 1025], { topicCount: 20 }),
    drawnShape('a long document', [7, 3000], { topicCount: 50 }),
    drawnShape('counts of at most 3', [40, 200], { topicCount: 5, bits: 30 }),
    drawnShape('counts of at most 1', [40, 100], { topicCount: 4, bits: 31 }),
    drawnShape('several shards', [30, 0, 70, 1, 90, 20, 66, 5, 0], { topicCount: 12, shards: 4, words: 30 }),
    drawnShape('more blocks than shards', [130, 10, 70, 64], { topicCount: 12, shards: 2, blocks: 5, words: 30 }),
    drawnShape('shards without a token', [0, 40, 0, 0], { topicCount: 6, shards: 4 }),
  ];
}

/** Words around the lanes of a workgroup (64), the pairs of a piece (256), the tokens of a pair (32) and the chunks of a list (2,048). */
function wordShapes(): CorpusShape[] {
  const oneWord = { words: 1, topicCount: 30 };
  return [
    ...documentShapes(),
    ...[63, 64, 65, 255, 256, 257].map((count) => ({ title: `${count} pairs`, documents: oneWordEach(count, 1), ...oneWord })),
    ...[31, 32, 33, 100].map((tokens) => ({ title: `${tokens} tokens a document`, documents: oneWordEach(3, tokens), ...oneWord })),
    { title: 'a piece as large as can be', documents: oneWordEach(257, 32), words: 1, topicCount: 9 },
    ...[2048, 2049].map((topicCount) => ({ title: `lists of ${topicCount} topics`, documents: oneWordEach(20, 2), words: 1, topicCount, elsewhere: 12_000 })),
    { title: 'lists of 5,700 topics or so', documents: oneWordEach(20, 2), words: 1, topicCount: 9000, elsewhere: 9000 },
    { title: 'words of few tokens', documents: drawnDocuments([300], 400, 1), words: 400, topicCount: 3, elsewhere: 0 },
  ];
}

/** Each shape with 2 draws, every third with 4 too. */
function casesOf(shapes: readonly CorpusShape[], make: (work: Given) => KernelCase): KernelCase[] {
  return shapes.flatMap((shape, i) => {
    const corpus = makeCorpus(shape);
    const draws: (2 | 4)[] = i % 3 === 0 ? [2, 4] : [2];
    return draws.map((count) => make(given(corpus, count)));
  });
}

export function ldaMhOracles(): KernelOracle[] {
  return [
    { kernel: lda.acceptInDocuments, cases: casesOf(documentShapes(), acceptCase) },
    { kernel: lda.proposeInDocuments, cases: casesOf(documentShapes(), proposeInDocumentsCase) },
    { kernel: lda.sampleWords, cases: casesOf(wordShapes(), sampleWordsCase) },
  ];
}
