/**
 * Oracles of the kernels around exact Gibbs sampling: what is drawn is judged by float64 intervals, count lists are expected
 * word for word. Shapes around every boundary: pairs of 32 tokens, pieces of 256, 64 lanes, groups of 16 entries.
 */
import { lda } from '#kernels';
import { countList, countTopics, drawnDocuments, makeCorpus, readCounts } from './lda-corpus.js';
import type { Corpus, CorpusCell, CorpusShape, Occurrences } from './lda-corpus.js';
import { stream } from './matrices.js';
import type { Judged, KernelCase, KernelOracle } from './oracle.js';
import { pcg4d, unit } from './pcg4d.js';

const SEED = 0xdead_beef;
const SWEEP = 7;
const EPSILON = 2 ** -23;

/** Every document's length around the lanes of a workgroup, and empty ones between. */
const LENGTHS = [0, 1, 63, 64, 65, 0, 15, 16, 17, 200, 0];

const onceOrMore = (documents: number, words: readonly (readonly [documents: number, tokens: number])[]): Occurrences[][] =>
  Array.from({ length: documents }, (_, d) => words.flatMap(([among, tokens], word): Occurrences[] => (d < among ? [[word, tokens]] : [])));

function mixed(topicCount: number, bits?: number): CorpusShape {
  return {
    title: `${topicCount} topics${bits ? ` in ${bits} bits` : ''}`,
    topicCount,
    documents: drawnDocuments(LENGTHS, 12, topicCount),
    words: 13,
    seed: topicCount,
    ...(bits ? { bits } : {}),
  };
}

/** Shapes that every kernel here is held to. */
function shapes(): CorpusShape[] {
  return [
    { title: 'no tokens', topicCount: 3, documents: [[], []], words: 2 },
    { title: 'one token, nowhere else', topicCount: 5, documents: [[[0, 1]]], words: 1, elsewhere: 0 },
    ...[1, 2, 31, 32, 33, 64, 1000, 1024, 1025, 2048].map((topicCount) => mixed(topicCount)),
    mixed(7, 31),
    mixed(40, 30),
    { title: 'pairs around 32 tokens', topicCount: 20, documents: [[31, 32, 33, 63, 64, 65, 100].map((tokens, word) => [word, tokens])], words: 7 },
    { title: 'pieces around 256 pairs', topicCount: 9, documents: onceOrMore(600, [[600, 1], [255, 1], [256, 2], [257, 1], [513, 1]]), words: 5 },
    { title: 'one long document', topicCount: 1000, documents: drawnDocuments([1, 3000, 2], 300, 4), words: 300 },
    { title: 'several cells', topicCount: 50, documents: drawnDocuments([...LENGTHS, ...LENGTHS, ...LENGTHS], 40, 5), words: 41, shards: 3, blocks: 4 },
    { title: 'cells without tokens', topicCount: 6, documents: onceOrMore(8, [[1, 3], [1, 2], [8, 1]]), words: 5, shards: 4 },
    { title: 'words found only here', topicCount: 30, documents: drawnDocuments([40, 90, 3], 60, 6), words: 60, elsewhere: 0 },
  ];
}

/** Shapes of more topics than the exact sampler takes. */
const manyTopics = (): CorpusShape[] => [10_000, 65_536].map((topicCount) => mixed(topicCount));

/** Places of the tokens that a cell serves. */
function placesIn({ tokens, documentCount, shards }: Corpus, { shard, words }: CorpusCell): number[] {
  const served = new Set(words);
  const isServed = ({ document, word }: Corpus['tokens'][number]) => Math.floor((document * shards) / documentCount) === shard && served.has(word);
  return [...tokens.keys()].filter((at) => isServed(tokens[at]));
}

/** A topic's share of [0, total): it starts where those before it end. */
interface Interval {
  readonly topic: number;
  readonly begin: number;
  readonly end: number;
}

/** The conditional distribution of a token as intervals in the kernel's order; o has empty ones where it is left out. */
export function intervalsOf(corpus: Corpus, cell: CorpusCell, place: number): { intervals: Interval[]; total: number; tolerance: number } {
  const { topicCount, beta, bits, tokens, priors } = corpus;
  const { document, word, counted } = tokens[place];
  const inDocument = readCounts(corpus.documents, 0, corpus.documentCount, document, bits);
  const inRow = readCounts(corpus.rows, cell.base, cell.words.length, cell.words.indexOf(word), bits);
  const shard = priors.subarray(cell.shard * 3 * topicCount, (cell.shard + 1) * 3 * topicCount);
  const [scales, alphaScales] = [shard.subarray(0, topicCount), shard.subarray(topicCount, 2 * topicCount)];
  const phi = (k: number) => ((inRow.get(k) ?? 0) + beta) * scales[k];
  const scale = scales[counted];
  const ownPhi = (inRow.get(counted)! - 1 + beta) * (scale / (1 - scale));
  const own = (inDocument.get(counted)! - 1 + alphaScales[counted] / scale) * ownPhi;
  const entries = [
    ...Array.from(inDocument, ([k, count]) => [k, count * phi(k)]),
    ...Array.from(inRow, ([k, count]) => [k, alphaScales[k] * count]),
    ...Array.from(alphaScales, (weight, k) => [k, weight * beta]),
  ];
  let sum = own;
  const others = entries.map(([topic, weight]) => ({ topic, begin: sum, end: (sum += topic === counted ? 0 : weight) }));
  const whole = own + entries.reduce((all, [, weight]) => all + weight, 0);
  const last = { topic: counted, begin: sum, end: sum };
  return {
    intervals: [{ topic: counted, begin: 0, end: own }, ...others, last],
    total: sum,
    tolerance: (inDocument.size + inRow.size + 16) * EPSILON * whole,
  };
}

/**
 * Whether a topic may have been drawn: its running sums in f32, by groups or one after another, are off by at most as many
 * roundings as there are entries, each at most ε of all weights.
 */
function drawMiss(corpus: Corpus, cell: CorpusCell, place: number, found: number): string | null {
  const { intervals, total, tolerance } = intervalsOf(corpus, cell, place);
  const x = unit(pcg4d(SEED, SWEEP, (cell.tokenBase + place) >>> 0, 0)[0]) * total;
  if (intervals.some(({ topic, begin, end }) => topic === found && x >= begin - tolerance && x <= end + tolerance)) return null;
  const right = intervals.find(({ end }) => x < end);
  return `[${place}] has topic ${found}; expected ${right?.topic}: ${x} of ${total} within ${tolerance}`;
}

/** Served tokens have a topic that their number falls on; the others, and what all are counted under, stay. */
function judgeTopics(corpus: Corpus): Judged {
  return {
    miss: (after) => {
      const topics = after.get('topics')!;
      const served = corpus.cells.map((cell) => ({ cell, places: placesIn(corpus, cell) }));
      const drawn = new Set(served.flatMap(({ places }) => places));
      const moved = topics.findIndex((word, at) => (drawn.has(at) ? (word & 0xffff) !== corpus.tokens[at].counted : word !== corpus.topics[at]));
      if (moved >= 0) return `[${moved}] is ${topics[moved]}; it was ${corpus.topics[moved]}`;
      const misses = served.flatMap(({ cell, places }) => places.map((at) => drawMiss(corpus, cell, at, topics[at] >>> 16)));
      return misses.find((miss) => miss !== null) ?? null;
    },
  };
}

/** Deltas are what they were, and what the topics found say. */
function judgeDeltas(corpus: Corpus, before: Uint32Array): Judged {
  return {
    miss: (after) => {
      const [topics, deltas] = [after.get('topics')!, after.get('deltas')!];
      const expected = Int32Array.from(before);
      for (const cell of corpus.cells) {
        for (const at of placesIn(corpus, cell)) {
          expected[cell.shard * corpus.topicCount + (topics[at] & 0xffff)] -= 1;
          expected[cell.shard * corpus.topicCount + (topics[at] >>> 16)] += 1;
        }
      }
      const wrong = expected.findIndex((value, at) => value !== (deltas[at] | 0));
      return wrong < 0 ? null : `[${wrong}] is ${deltas[wrong] | 0}; expected ${expected[wrong]}`;
    },
  };
}

/** Words of scratch that `exact` asks for. */
function exactScratch({ documents, documentCount, topicCount }: Corpus): Uint32Array {
  const rooms = Array.from({ length: documentCount }, (_, d) => documents[d + 1] - documents[d]);
  return new Uint32Array(4 * topicCount + 17 * Math.ceil(Math.max(0, ...rooms) / 16) + 4);
}

export function exactCase(shape: CorpusShape): KernelCase {
  const corpus = makeCorpus(shape);
  const { documents, rows, priors, topics, work, documentCount, topicCount, bits, beta } = corpus;
  const next = stream(topicCount);
  const deltas = Uint32Array.from({ length: corpus.shards * topicCount }, () => next() % 100);
  return {
    title: `${corpus.title}, reals`,
    buffers: { cells: corpus.pieceCells, work, documents, rows, priors, topics, deltas, scratch: exactScratch(corpus) },
    parameters: { cellCount: corpus.cells.length, count: corpus.pieceCount, documentCount, topicCount, bits, beta, seed: SEED, sweep: SWEEP },
    workgroups: corpus.pieceCount,
    expected: { topics: judgeTopics(corpus), deltas: judgeDeltas(corpus, deltas) },
  };
}

/** Words of scratch that the kernels that write count lists ask for. */
function listScratch(topicCount: number, groups: number): Uint32Array {
  const words = Math.ceil(topicCount / 32);
  return new Uint32Array(groups * (topicCount + words + Math.ceil(words / 32)));
}

/** Writes a list into its region; what stood behind it in its room stays. */
function writeList(region: Uint32Array, base: number, lists: number, list: number, entries: readonly number[]): void {
  region.set(entries, base + region[base + list]);
  region[base + lists + 1 + list] = entries.length;
}

function rowsAfter(corpus: Corpus): Uint32Array {
  const rows = corpus.rows.slice();
  for (const cell of corpus.cells) {
    const changes = new Map(cell.words.map((word, list) => [word, { list, counts: readCounts(rows, cell.base, cell.words.length, list, corpus.bits) }]));
    for (const at of placesIn(corpus, cell)) {
      const { word, counted, current } = corpus.tokens[at];
      const { counts } = changes.get(word)!;
      counts.set(counted, counts.get(counted)! - 1);
      counts.set(current, (counts.get(current) ?? 0) + 1);
    }
    for (const { list, counts } of changes.values()) writeList(rows, cell.base, cell.words.length, list, countList(counts, corpus.bits));
  }
  return rows;
}

export function updateCase(shape: CorpusShape, groups: number): KernelCase {
  const corpus = makeCorpus(shape);
  const { work, topics, rows, topicCount, bits } = corpus;
  return {
    title: `${corpus.title}, ${groups} groups`,
    buffers: { cells: corpus.runCells, work, topics, rows, scratch: listScratch(topicCount, groups) },
    parameters: { cellCount: corpus.cells.length, count: corpus.runCount, groups, topicCount, bits },
    workgroups: groups,
    expected: { rows: { words: rowsAfter(corpus) } },
  };
}

function documentsAfter(corpus: Corpus): Uint32Array {
  const documents = corpus.documents.slice();
  for (let d = 0; d < corpus.documentCount; d++) {
    const tokens = corpus.tokens.slice(corpus.tokenStarts[d], corpus.tokenStarts[d + 1]);
    writeList(documents, 0, corpus.documentCount, d, countList(countTopics(tokens.map(({ current }) => current)), corpus.bits));
  }
  return documents;
}

export function listCase(shape: CorpusShape, groups: number): KernelCase {
  const corpus = makeCorpus(shape);
  const { tokens, tokenStarts, topics, documents, documentCount, topicCount, bits } = corpus;
  return {
    title: `${corpus.title}, ${groups} groups`,
    buffers: { tokenStarts, topics, documents, scratch: listScratch(topicCount, groups) },
    parameters: { documentCount, groups, topicCount, bits },
    workgroups: groups,
    expected: {
      topics: { words: Uint32Array.from(tokens, ({ current }) => current | (current << 16)) },
      documents: { words: documentsAfter(corpus) },
    },
  };
}

/** One group, some, and more than there is to do. */
const GROUPS = [1, 3, 70];

export function ldaGibbsOracles(): KernelOracle[] {
  const lists = [...shapes(), ...manyTopics()];
  const groupsOf = (at: number) => GROUPS[at % GROUPS.length];
  return [
    { kernel: lda.exact, cases: shapes().map(exactCase) },
    { kernel: lda.updateRows, cases: lists.map((shape, at) => updateCase(shape, groupsOf(at))) },
    { kernel: lda.listDocuments, cases: lists.map((shape, at) => listCase(shape, groupsOf(at + 1))) },
  ];
}
