/**
 * Topic mixtures of documents under fixed topics, on any engine. In: rows of word-topic counts, documents as words and counts.
 * Out, batch by batch: a mixture a document, and how likely each of its words is under it. An engine gets the rows of a batch's
 * words and no others, so that neither the model nor the documents have to fit.
 */
import { lda } from '#kernels';
import type { BufferData, Counts, Engine, EngineBuffer } from '../../src/engine/engine.js';
import { cutBatches, rowLength, strideOf, type FoldCut } from './fold-batches.js';

/** Topics to fold in under: p(w | k) = (n_wk + beta) / (s_k + vocabulary·beta). Built once for many documents. */
export interface FoldModel {
  /** Rows: words that documents may have. */
  readonly words: number;
  readonly topicCount: number;
  /** words + 1 numbers: where each row begins. */
  readonly rowStarts: Uint32Array;
  /** Topics of each row, none twice. */
  readonly rowTopics: Uint32Array;
  /** n_wk of each, real numbers where several samples were averaged. */
  readonly rowCounts: Float32Array;
  /** s_k: sum of a topic's counts over all words. */
  readonly totals: Float64Array;
  /** Dirichlet parameters of the mixtures: not negative, not all 0. */
  readonly alpha: Float64Array;
  /** Greater than 0. */
  readonly beta: number;
  /** Words that the smoothing is over. */
  readonly vocabulary: number;
}

/** Document d has entries starts[d] … starts[d + 1] - 1; starts[0] is 0. */
export interface FoldDocuments {
  readonly starts: Uint32Array;
  /** Rows of the model. */
  readonly words: Uint32Array;
  /** Tokens of each entry that decide on the mixture; 0 for a word that is only scored. */
  readonly folded: Uint32Array;
}

export interface FoldOptions {
  /** Steps of the fixed point, from a uniform mixture. */
  readonly steps: number;
  /** What the buffers of a batch take together at most; a document that needs more has a batch to itself. */
  readonly bytes: number;
}

/** Consecutive documents, folded in. To be read before the next batch is asked for, which frees this one. */
export interface FoldedBatch {
  /** The first of them. */
  readonly first: number;
  readonly count: number;
  /** count × topicCount, row by row: theta_k. Without a folded token it is alpha_k / Σ alpha after any step. */
  thetas(): Promise<Float32Array>;
  /** Σ_k theta_k·p(w | k) of every entry of these documents. */
  likelihoods(): Promise<Float32Array>;
}

/** Workgroups at most: enough for the largest devices there are. */
const MOST_GROUPS = 4096;

/** Folds documents in, in order. What is found for a document does not depend on the batch it is in. */
export function* foldIn(engine: Engine, model: FoldModel, documents: FoldDocuments, options: FoldOptions): Generator<FoldedBatch> {
  const scales = model.totals.map((total) => 1 / (total + model.vocabulary * model.beta));
  const priors = priorsOf(model, scales);
  for (const cut of cutBatches(model, documents, options)) {
    const made: EngineBuffer[] = [];
    try {
      yield foldBatch({ engine, model, steps: options.steps, cut, contents: { ...cut.documents, ...rowsOf(model, scales, cut), priors } }, made);
    } finally {
      for (const buffer of made) buffer.destroy();
    }
  }
}

/** Background beta·scale_k, then alpha_k, each 0 beyond K. */
function priorsOf({ topicCount, alpha, beta }: FoldModel, scales: Float64Array): Float32Array {
  const stride = strideOf(topicCount);
  const priors = new Float32Array(2 * stride);
  priors.set(scales.map((scale) => beta * scale));
  priors.set(alpha, stride);
  return priors;
}

/** The rows of a batch's words, n_wk·scale_k in float32; rows of all topics have them in order. */
function rowsOf(model: FoldModel, scales: Float64Array, { words }: FoldCut) {
  const { topicCount } = model;
  const rowStarts = new Uint32Array(words.length + 1);
  for (const [row, word] of words.entries()) rowStarts[row + 1] = rowStarts[row] + rowLength(model, word);
  const rowTopics = new Uint32Array(rowStarts[words.length]);
  const rowValues = new Float32Array(rowTopics.length);
  for (const [row, word] of words.entries()) {
    const to = rowStarts[row];
    const full = rowStarts[row + 1] - to === topicCount;
    if (full) for (let k = 0; k < topicCount; k++) rowTopics[to + k] = k;
    const first = model.rowStarts[word];
    for (let at = first; at < model.rowStarts[word + 1]; at++) {
      const topic = model.rowTopics[at];
      const place = to + (full ? topic : at - first);
      rowTopics[place] = topic;
      rowValues[place] = model.rowCounts[at] * scales[topic];
    }
  }
  return { rowStarts, rowTopics, rowValues };
}

interface Work {
  readonly engine: Engine;
  readonly model: FoldModel;
  readonly steps: number;
  readonly cut: FoldCut;
  /** What the kernel reads. */
  readonly contents: Readonly<Record<string, BufferData>>;
}

/** Dispatches a batch; the buffers it makes are added to `made`. */
function foldBatch({ engine, model, steps, cut, contents }: Work, made: EngineBuffer[]): FoldedBatch {
  const { first, count, documents: { entries } } = cut;
  const { topicCount, alpha } = model;
  const make = (label: string, bytes: number): EngineBuffer => {
    const buffer = engine.createBuffer(`lda fold-in ${label}`, bytes);
    made.push(buffer);
    return buffer;
  };
  const filled = (label: string, data: BufferData): EngineBuffer => {
    const buffer = make(label, data.byteLength);
    engine.write(buffer, data);
    return buffer;
  };
  // The twin takes one document after another and needs sums once.
  const groups = engine.kind === 'wasm' ? 1 : Math.min(count, MOST_GROUPS);
  const stride = strideOf(topicCount);
  const thetas = make('thetas', (count + groups) * stride * 4);
  const likelihoods = make('likelihoods', entries.length * 2);
  const inputs = Object.fromEntries(Object.entries(contents).map(([name, data]) => [name, filled(name, data)]));
  const alphaSum = alpha.reduce((sum, value) => sum + value, 0);
  engine.dispatch({ kernel: lda.foldIn, buffers: { ...inputs, thetas, likelihoods }, parameters: { documentCount: count, topicCount, steps, groups, alphaSum }, workgroups: groups, counts: () => countsOf(cut, contents) });
  return {
    first,
    count,
    thetas: async () => withoutPadding(new Float32Array((await engine.read([{ buffer: thetas, bytes: count * stride * 4 }]))[0]), topicCount, stride),
    likelihoods: async () => new Float32Array((await engine.read([{ buffer: likelihoods }]))[0]),
  };
}

/** Entries, those that are folded in, rows and their entries, and the latter summed over all entries and over those folded in. */
function countsOf({ words, documents: { entries } }: FoldCut, { rowStarts }: Work['contents']): Counts {
  const rowEntries = (row: number) => rowStarts[row + 1] - rowStarts[row];
  const sums = { entries: entries.length / 2, folded: 0, rows: words.length, rowEntries: rowStarts[words.length], met: 0, foldedMet: 0 };
  for (let at = 0; at < entries.length; at += 2) {
    const met = rowEntries(entries[at]);
    sums.met += met;
    if (entries[at + 1] === 0) continue;
    sums.folded++;
    sums.foldedMet += met;
  }
  return sums;
}

/** Rows of `stride` numbers cut to `columns`, in place where they are that long. */
function withoutPadding(rows: Float32Array, columns: number, stride: number): Float32Array {
  if (columns === stride) return rows;
  const count = rows.length / stride;
  for (let row = 1; row < count; row++) rows.copyWithin(row * columns, row * stride, row * stride + columns);
  return rows.subarray(0, count * columns);
}
