/** The topic model's kernels by the formulas of their headers, on one small corpus, so that a meter counts what they move and compute. */
import { lda } from '#kernels';
import type { MeteredKernel } from './metered-kernel.js';
import type { Meter, MeteredBuffer } from './metered.js';

const TOPICS = 5;
const BITS = 8;
const DRAWS = 2;
/** Topic of each token, document by document. */
const DOCUMENTS = [[0, 0, 1, 2, 2, 2], [3, 0], [4, 4, 4]];
/** Word of each token. */
const WORDS = [[0, 0, 0, 1, 1, 2], [0, 2], [1, 1, 2]];
const STARTS = [0, 6, 8, 11];
const TOKENS = 11;

const entryOf = ([topic, count]: readonly number[]) => topic | (count << BITS);

/** Topics and counts, topics ascending. */
function listOf(topics: readonly number[]): number[][] {
  return [...new Set(topics)].sort((a, b) => a - b).map((topic) => [topic, topics.filter((other) => other === topic).length]);
}

const documentLists = DOCUMENTS.map(listOf);
const topicsOfWord = (word: number) => DOCUMENTS.flatMap((topics, d) => topics.filter((_, t) => WORDS[d][t] === word));
const wordLists = [0, 1, 2].map((word) => listOf(topicsOfWord(word)));
const entriesIn = (lists: readonly number[][][]) => lists.reduce((sum, list) => sum + list.length, 0);

/** A region of count lists. */
function region(meter: Meter, lists: readonly number[][][]) {
  const starts = lists.map((_, at) => 2 * lists.length + 1 + entriesIn(lists.slice(0, at)));
  const buffer = meter.buffer([...starts, 2 * lists.length + 1 + entriesIn(lists), ...lists.map((list) => list.length), ...lists.flat().map(entryOf)]);
  const begin = (list: number) => buffer.get(list);
  const length = (list: number) => buffer.get(lists.length + 1 + list);
  const entries = (list: number) => buffer.slice(begin(list), length(list)).map((entry) => ({ topic: entry & ((1 << BITS) - 1), count: entry >> BITS }));
  return { buffer, begin, entries, setLength: (list: number, count: number) => buffer.set(lists.length + 1 + list, count) };
}

const countOf = (entries: readonly { topic: number; count: number }[], topic: number) => entries.find((entry) => entry.topic === topic)?.count ?? 0;

/** Pairs (document, first token, tokens) by word, and a piece or run (word, first pair, pairs) for each word, of one cell. */
const PAIRS = [0, 1, 2].flatMap((word) => WORDS.flatMap((words, d) => (words.includes(word) ? [[d, STARTS[d] + words.indexOf(word), words.filter((other) => other === word).length]] : [])));
const RUNS = [0, 1, 2].map((word) => {
  const own = PAIRS.flatMap(([d, first], at) => (WORDS[d][first - STARTS[d]] === word ? [at] : []));
  return [word, own[0], own.length];
});
const PIECES = DOCUMENTS.map((topics, d) => [d, STARTS[d], topics.length]);

function cell(meter: Meter) {
  const cells = meter.buffer([0, 0, 0, 0, 0, 3]);
  const [pairs, runs] = [meter.buffer(PAIRS.flat()), meter.buffer(RUNS.flat())];
  cells.slice(0, 6);
  return { pairs, runs: RUNS.map((_, at) => runs.slice(3 * at, 3)) };
}

const drawnReals = (meter: Meter, count: number) => meter.buffer(Array.from({ length: count }, (_, k) => 0.1 + 0.01 * k));
const tokenTopics = (meter: Meter) => meter.buffer(DOCUMENTS.flat());
/** Two proposed topics in a word, none of them a token's own. */
const proposed = (meter: Meter) => meter.buffer(DOCUMENTS.flat().map((topic) => ((topic + 1) % TOPICS) | (((topic + 2) % TOPICS) << 16)));
const changeAll = (deltas: MeteredBuffer) => {
  for (let k = 0; k < TOPICS; k++) deltas.set(k, deltas.get(k) + 1);
};

function decisions(meter: Meter, proposals: MeteredBuffer, token: number, first: number, weightOf: (topic: number) => number): number {
  return [0, 16].reduce((weight, shift) => {
    const other = weightOf((proposals.get(token) >> shift) & 0xffff);
    return meter.mul(meter.mul(7, 2 ** -24), weight) < other ? other : weight;
  }, first);
}

const acceptInDocuments: MeteredKernel = (meter) => {
  const [shards, pieces, documents] = [meter.buffer([0, 0, 0]), meter.buffer(PIECES.flat()), region(meter, documentLists)];
  const [scales, priors, proposals, topics] = [drawnReals(meter, TOPICS), drawnReals(meter, TOPICS), proposed(meter), tokenTopics(meter)];
  shards.slice(0, 3);
  // A whole table of priors is an operand, whichever of its numbers a draw meets.
  for (let k = 0; k < TOPICS; k++) [scales, priors].map((table) => table.get(k));
  for (let g = 0; g < PIECES.length; g++) {
    const [document, first, count] = pieces.slice(3 * g, 3);
    const list = documents.entries(document);
    for (let token = first; token < first + count; token++) {
      const own = topics.get(token);
      const ownWeight = meter.div(meter.plus(priors.get(own), meter.sub(countOf(list, own), 1), scales.get(own)), meter.sub(1, scales.get(own)));
      decisions(meter, proposals, token, ownWeight, (topic) => meter.plus(priors.get(topic), countOf(list, topic), scales.get(topic)));
      topics.set(token, own);
    }
  }
  const parameters = { shardCount: 1, count: PIECES.length, documentCount: DOCUMENTS.length, topicCount: TOPICS, bits: BITS, draws: DRAWS, seed: 1, sweep: 0 };
  return { parameters, counts: { tokens: TOKENS, entries: entriesIn(documentLists) } };
};

const proposeInDocuments: MeteredKernel = (meter) => {
  const [shards, pieces, ends] = [meter.buffer([0, 0, 0]), meter.buffer(PIECES.flat()), meter.buffer(STARTS.slice(0, -1).flatMap((start, d) => [start, STARTS[d + 1]]))];
  const [topics, aliases, proposals] = [tokenTopics(meter), drawnReals(meter, 2 * TOPICS), meter.buffer(new Uint32Array(TOKENS))];
  shards.slice(0, 3);
  aliases.slice(0, 2 * TOPICS);
  for (let g = 0; g < PIECES.length; g++) {
    const [document, first, count] = pieces.slice(3 * g, 3);
    const [start, end] = ends.slice(2 * document, 2);
    for (let token = first; token < first + count; token++) {
      const drawn = Array.from({ length: DRAWS }, (_, j) => Math.floor(meter.mul(meter.mul(j + token, 2 ** -24), end - start)));
      proposals.set(token, drawn.reduce((word, place) => word | topics.get(start + place), topics.get(token)));
    }
  }
  return { parameters: { shardCount: 1, count: PIECES.length, topicCount: TOPICS, draws: DRAWS, alphaSum: 1, seed: 1, sweep: 0 }, counts: { tokens: TOKENS } };
};

const ofCell = { tokens: TOKENS, pairs: PAIRS.length, words: 3, entries: entriesIn(wordLists) };

const sampleWords: MeteredKernel = (meter) => {
  const { pairs, runs } = cell(meter);
  const [rows, scales, topics, proposals, deltas] = [region(meter, wordLists), drawnReals(meter, TOPICS), tokenTopics(meter), proposed(meter), meter.buffer(new Uint32Array(TOPICS))];
  scales.slice(0, TOPICS);
  for (const [word, firstPair, count] of runs) {
    const list = rows.entries(word);
    const weightOf = (topic: number) => meter.mul(meter.add(countOf(list, topic), 0.1), scales.get(topic));
    for (let pair = firstPair; pair < firstPair + count; pair++) {
      const [first, tokens] = pairs.slice(3 * pair + 1, 2);
      for (let token = first; token < first + tokens; token++) {
        decisions(meter, proposals, token, weightOf(topics.get(token)), weightOf);
        topics.set(token, topics.get(token));
        proposals.set(token, [0, 1].reduce((sum, j) => sum + meter.mul(meter.mul(j, 2 ** -24), 10), 0));
      }
    }
  }
  changeAll(deltas);
  return { parameters: { cellCount: 1, count: RUNS.length, topicCount: TOPICS, bits: BITS, beta: 0.1, draws: DRAWS, seed: 1, sweep: 0 }, counts: ofCell };
};

const exact: MeteredKernel = (meter) => {
  const { pairs, runs } = cell(meter);
  const [documents, rows, deltas, topics] = [region(meter, documentLists), region(meter, wordLists), meter.buffer(new Uint32Array(TOPICS)), tokenTopics(meter)];
  const [scales, alphaScales, running] = [0, 1, 2].map(() => drawnReals(meter, TOPICS));
  const beta = 0.1;
  running.slice(0, TOPICS);
  let walked = 0;
  for (const [word, firstPair, count] of runs) {
    const row = rows.entries(word);
    const phi = scales.slice(0, TOPICS).map((scale) => meter.mul(beta, scale));
    for (const { topic, count: tokens } of row) phi[topic] = meter.mul(meter.add(tokens, beta), scales.get(topic));
    const inRow = row.reduce((sum, { topic, count: tokens }) => meter.plus(sum, alphaScales.get(topic), tokens), 0);
    for (let pair = firstPair; pair < firstPair + count; pair++) {
      const [document, first, tokens] = pairs.slice(3 * pair, 3);
      const list = documents.entries(document);
      const whole = list.reduce((sum, entry) => meter.plus(sum, entry.count, phi[entry.topic]), 0);
      walked += list.length;
      for (let token = first; token < first + tokens; token++) {
        const o = topics.get(token);
        const [inDocument, inWord, scale, alphaScale] = [countOf(list, o), countOf(row, o), scales.get(o), alphaScales.get(o)];
        const ofWord = meter.div(meter.add(meter.sub(inWord, 1), beta), meter.sub(1, scale));
        const own = meter.mul(ofWord, meter.plus(alphaScale, meter.sub(inDocument, 1), scale));
        const others = [meter.sub(whole, meter.mul(inDocument, phi[o])), meter.sub(inRow, meter.mul(alphaScale, inWord)), meter.sub(running.get(TOPICS - 1), meter.mul(alphaScale, beta))];
        const total = others.reduce((sum, bucket) => meter.add(sum, bucket), own);
        topics.set(token, meter.sub(meter.mul(meter.mul(7, 2 ** -24), total), own) < 0 ? o : 0);
      }
    }
  }
  changeAll(deltas);
  const parameters = { cellCount: 1, count: RUNS.length, documentCount: DOCUMENTS.length, topicCount: TOPICS, bits: BITS, beta, seed: 1, sweep: 0 };
  return { parameters, counts: { ...ofCell, documents: DOCUMENTS.length, documentEntries: entriesIn(documentLists), walked } };
};

const updateRows: MeteredKernel = (meter) => {
  const { pairs, runs } = cell(meter);
  const [rows, topics] = [region(meter, wordLists), tokenTopics(meter)];
  for (const [word, firstPair, count] of runs) {
    const list = rows.entries(word);
    for (let pair = firstPair; pair < firstPair + count; pair++) {
      const [first, tokens] = pairs.slice(3 * pair + 1, 2);
      topics.slice(first, tokens);
    }
    for (const [at, { topic, count: tokens }] of list.entries()) rows.buffer.set(rows.begin(word) + at, entryOf([topic, tokens]));
    rows.setLength(word, list.length);
  }
  return { parameters: { cellCount: 1, count: RUNS.length, groups: 1, topicCount: TOPICS, bits: BITS }, counts: ofCell };
};

const listDocuments: MeteredKernel = (meter) => {
  const [starts, topics, documents] = [meter.buffer(STARTS), tokenTopics(meter), region(meter, documentLists)];
  for (let d = 0; d < DOCUMENTS.length; d++) {
    const own = topics.slice(starts.get(d), starts.get(d + 1) - starts.get(d));
    for (const [t, topic] of own.entries()) topics.set(starts.get(d) + t, topic);
    const list = listOf(own);
    for (const [at, entry] of list.entries()) documents.buffer.set(documents.begin(d) + at, entryOf(entry));
    documents.setLength(d, list.length);
  }
  return { parameters: { documentCount: DOCUMENTS.length, groups: 1, topicCount: TOPICS, bits: BITS }, counts: { tokens: TOKENS, entries: entriesIn(documentLists) } };
};

const foldIn: MeteredKernel = (meter) => {
  const [starts, entries] = [meter.buffer([0, 2, 3]), meter.buffer([0, 2, 1, 1, 2, 0])];
  const lists = [[0, 3], [1], [0, 2, 4]];
  const [rowStarts, rowTopics, rowValues] = [meter.buffer([0, 2, 3, 6]), meter.buffer(lists.flat()), drawnReals(meter, 6)];
  const [background, alpha, thetas, likelihoods] = [drawnReals(meter, TOPICS), drawnReals(meter, TOPICS), meter.buffer(new Float32Array(2 * 8)), meter.buffer(new Float32Array(3))];
  const [steps, alphaSum] = [3, 1];
  for (let d = 0; d < 2; d++) {
    const [begin, end] = [starts.get(d), starts.get(d + 1)];
    const own = Array.from({ length: end - begin }, (_, e) => ({ e: begin + e, row: entries.get(2 * (begin + e)), tokens: entries.get(2 * (begin + e) + 1) }));
    const rowOf = (row: number) => Array.from({ length: rowStarts.get(row + 1) - rowStarts.get(row) }, (_, e) => ({ topic: rowTopics.get(rowStarts.get(row) + e), value: rowValues.get(rowStarts.get(row) + e) }));
    const scale = meter.div(1, meter.add(own.reduce((sum, { tokens }) => meter.add(sum, tokens), 0), alphaSum));
    let theta = new Array<number>(TOPICS).fill(1 / TOPICS);
    let common = meter.dot(theta, background.slice(0, TOPICS));
    const likelihoodOf = (row: number) => meter.add(rowOf(row).reduce((sum, { topic, value }) => meter.plus(sum, theta[topic], value), 0), common);
    for (let step = 0; step < steps; step++) {
      const sums = new Array<number>(TOPICS).fill(0);
      let weights = 0;
      for (const { row, tokens } of own.filter((entry) => entry.tokens > 0)) {
        const weight = meter.div(tokens, likelihoodOf(row));
        weights = meter.add(weights, weight);
        for (const { topic, value } of rowOf(row)) sums[topic] = meter.plus(sums[topic], weight, value);
      }
      theta = theta.map((old, k) => meter.mul(meter.plus(alpha.get(k), old, meter.plus(sums[k], background.get(k), weights)), scale));
      common = meter.dot(theta, background.slice(0, TOPICS));
    }
    for (const { e, row } of own) likelihoods.set(e, likelihoodOf(row));
    for (let k = 0; k < 8; k++) thetas.set(8 * d + k, theta[k] ?? 0);
  }
  return { parameters: { documentCount: 2, topicCount: TOPICS, steps, groups: 1, alphaSum }, counts: { entries: 3, folded: 2, rows: 3, rowEntries: 6, met: 6, foldedMet: 3 } };
};

export const meteredLda = [
  [lda.acceptInDocuments, acceptInDocuments],
  [lda.proposeInDocuments, proposeInDocuments],
  [lda.sampleWords, sampleWords],
  [lda.exact, exact],
  [lda.updateRows, updateRows],
  [lda.listDocuments, listDocuments],
  [lda.foldIn, foldIn],
] as const;
