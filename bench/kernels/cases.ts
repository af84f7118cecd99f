/**
 * One case of a realistic size for every kernel, made by its own oracle, so that what is timed is also checked. `factor` 1 suits a CPU; a GPU wants more.
 * Sizes are as large as the oracle answers in seconds.
 */
import { lasso, lda, mf } from '#kernels';
import { lanesFor } from '../../models/lasso/lanes.js';
import type { Counts, Kernel } from '../../src/engine/engine.js';
import { denseDotsCase, denseGramCase, denseUpdateCase, sparseDotsCase, sparseGramCase, sparseUpdateCase } from '../../test/engine/lasso-oracles.js';
import { drawnDocuments, makeCorpus, type Corpus, type CorpusCell, type CorpusShape } from '../../test/engine/lda-corpus.js';
import { allFolded, foldCase as foldInCase, makeFold } from '../../test/engine/lda-fold-oracles.js';
import { exactCase, listCase, updateCase } from '../../test/engine/lda-gibbs-oracles.js';
import { acceptCase, given, proposeInDocumentsCase, sampleWordsCase } from '../../test/engine/lda-mh-oracles.js';
import { sparseMatrix } from '../../test/engine/matrices.js';
import { gramCase, gramProductCase, makeSystem, normalProductCase, startCase, stepCase } from '../../test/engine/mf-als-oracles.js';
import { errorsCase, foldCase, residualDotsCase } from '../../test/engine/mf-ccd-oracles.js';
import { makeCell, type Cell, type Part } from '../../test/engine/mf-cells.js';
import { columnInCase, columnOutCase, gramColumnCase, rankSolveCase } from '../../test/engine/mf-rank-oracles.js';
import { descentCase, predictCase } from '../../test/engine/mf-sgd-oracles.js';
import { topCase } from '../../test/engine/mf-top-oracles.js';
import type { KernelCase } from '../../test/engine/oracle.js';

export interface TypicalCase {
  readonly kernel: Kernel;
  /** What the kernel goes through, and how many of them there are. */
  readonly item: 'value' | 'product' | 'nonzero' | 'rating' | 'factor' | 'token' | 'entry' | 'score';
  readonly items: number;
  /** What its cost function asks for, of the case that was made. */
  counts(work: KernelCase): Counts;
  make(): KernelCase;
}

const none = (): Counts => ({});

export function typicalCases(factor: number): TypicalCase[] {
  return [...lassoCases(factor), ...mfCases(factor), ...ldaCases(factor)];
}

function lassoCases(factor: number): TypicalCase[] {
  const [rows, columns] = [20_000, 250 * factor];
  const sparse = { columns: 4000 * factor, entries: 250, rows: 50_000 };
  const nonzeros = sparse.columns * sparse.entries;
  const matrix = () => sparseMatrix('reals', sparse.rows, new Array<number>(sparse.columns).fill(sparse.entries), 1);
  const listed = () => ({ title: `${sparse.rows} rows, ${sparse.columns} columns of ${sparse.entries}`, matrix: matrix(), count: sparse.columns });
  const [gramRows, gramCount] = [4000, 128 * Math.min(4, factor)];
  const gramColumns = { count: 128, entries: 500 };
  const pairs = (count: number) => (count * (count + 1)) / 2;
  const few = () => ({ title: `${sparse.rows} rows, ${gramColumns.count} columns of ${gramColumns.entries}`, matrix: sparseMatrix('reals', sparse.rows, new Array<number>(gramColumns.count).fill(gramColumns.entries), 2), count: gramColumns.count });
  return [
    { kernel: lasso.denseColumnDots, item: 'value', items: rows * columns, counts: () => ({ columns }), make: () => denseDotsCase('reals', rows, columns, columns) },
    { kernel: lasso.denseResidualUpdate, item: 'value', items: rows * columns, counts: none, make: () => denseUpdateCase('reals', rows, columns, columns) },
    { kernel: lasso.denseGram, item: 'product', items: gramRows * pairs(gramCount), counts: none, make: () => denseGramCase('reals', gramRows, gramCount, 0) },
    { kernel: lasso.sparseColumnDots, item: 'nonzero', items: nonzeros, counts: () => ({ nonzeros, rows: sparse.rows }), make: () => sparseDotsCase('reals', listed(), lanesFor(sparse.entries)) },
    { kernel: lasso.sparseResidualUpdate, item: 'nonzero', items: nonzeros, counts: () => ({ nonzeros }), make: () => sparseUpdateCase('reals', listed()) },
    { kernel: lasso.sparseGram, item: 'nonzero', items: gramColumns.entries * pairs(gramColumns.count), counts: ({ buffers }) => ({ nonzeros: gramColumns.count * gramColumns.entries, products: commonPairs(buffers['rowIds']!) }), make: () => sparseGramCase(few(), 0) },
  ];
}

/** Pairs of entries, each with itself too, of columns that meet in a row; every listed column is another one. */
function commonPairs(rowIds: ArrayLike<number>): number {
  const meeting = new Map<number, number>();
  let pairs = 0;
  for (let e = 0; e < rowIds.length; e++) {
    const met = (meeting.get(rowIds[e]!) ?? 0) + 1;
    meeting.set(rowIds[e]!, met);
    pairs += met;
  }
  return pairs;
}

/** Ratings by row in pieces that are whole rows. */
function cellOf(rows: number, length: number, columns: number): { cell: Cell; part: Part } {
  const cell = makeCell('reals', `${rows} rows of ${length} ratings of ${columns} columns`, { lengths: new Array<number>(rows).fill(length), columns, limit: 1024 });
  return { cell, part: { title: 'whole rows', first: 0, count: cell.count, overflow: 0 } };
}

function mfCases(factor: number): TypicalCase[] {
  const stride = 64;
  const few = { rows: 400 * factor, length: 100, columns: 1000 };
  const many = { rows: 2000 * factor, length: 100, columns: 4000 };
  const [fewRatings, manyRatings] = [few, many].map(({ rows, length }) => rows * length) as [number, number];
  const cell = ({ rows, length, columns }: typeof few) => cellOf(rows, length, columns);
  const table = { rows: 20_000 * factor, system: 2000 * factor };
  const rank = { kind: 'reals' as const, rows: table.rows, stride, rank: 5 };
  const cut = () => makeCell('reals', 'rows of 4,096 ratings in pieces of 64', { lengths: new Array<number>(64 * factor).fill(4096), columns: 5000, limit: 64 });
  const descent = { lengths: new Array<number>(16).fill(250 * factor), rows: 100 * factor, columns: 60 * factor, ranks: stride, biases: true };
  const top = { count: 32, cols: 10_000 * factor, stride, n: 20 };
  const pairs = 100_000 * factor;
  return [
    { kernel: mf.residualDots, item: 'rating', items: manyRatings, counts: () => ({ entries: manyRatings, columns: many.columns }), make: () => residualDotsCase(cell(many), { lanes: 16, accumulate: 0, implicit: 0 }) },
    { kernel: mf.foldPieces, item: 'value', items: 64 * 64 * factor * stride, counts: () => ({ rows: 64 * factor }), make: () => foldCase(cut(), 0, stride, 0) },
    { kernel: mf.errors, item: 'rating', items: fewRatings, counts: () => ({ entries: fewRatings, columns: few.columns }), make: () => errorsCase(cell(few), stride, 0) },
    { kernel: mf.rankSolve, item: 'factor', items: table.rows, counts: none, make: () => rankSolveCase(rank, { implicit: 0, nonnegative: 0, update: 1 }) },
    { kernel: mf.columnOut, item: 'factor', items: table.rows, counts: none, make: () => columnOutCase(rank, 0) },
    { kernel: mf.columnIn, item: 'factor', items: table.rows, counts: none, make: () => columnInCase(rank) },
    { kernel: mf.gramColumn, item: 'factor', items: table.rows * stride, counts: none, make: () => gramColumnCase(rank) },
    { kernel: mf.normalProduct, item: 'rating', items: fewRatings, counts: () => ({ entries: fewRatings, columns: few.columns }), make: () => normalProductOf(cell(few), stride) },
    { kernel: mf.gram, item: 'product', items: table.rows * stride * stride, counts: none, make: () => gramCase('reals', table.rows, stride) },
    { kernel: mf.gramProduct, item: 'product', items: table.system * stride * stride, counts: none, make: () => gramProductCase('reals', table.system, stride, 0.5) },
    { kernel: mf.conjugateStart, item: 'factor', items: table.system * stride, counts: none, make: () => startCase(makeSystem('reals', table.system, stride, stride - 3)) },
    { kernel: mf.conjugateStep, item: 'factor', items: table.system * stride, counts: none, make: () => stepCase(makeSystem('reals', table.system, stride, stride - 3)) },
    { kernel: mf.sgd, item: 'rating', items: 16 * 250 * factor, counts: () => ({ ratings: 4000 * factor, rows: 1600 * factor, columns: 960 * factor }), make: () => descentCase('16 sub-cells', descent) },
    { kernel: mf.predict, item: 'rating', items: pairs, counts: () => ({ rows: 6000, columns: 4000 }), make: () => predictCase('reals', 6000, 4000, pairs, stride) },
    { kernel: mf.top, item: 'score', items: top.count * top.cols, counts: () => ({ excluded: 0 }), make: () => topCase('integers', top) },
  ];
}

function normalProductOf({ cell, part }: { cell: Cell; part: Part }, stride: number): KernelCase {
  return normalProductCase(cell, part, { residual: 1, implicit: 0 }, stride);
}

function ldaCases(factor: number): TypicalCase[] {
  const [documents, length, topicCount] = [300 * factor, 100, 128];
  const tokens = documents * length;
  const shape: CorpusShape = { title: `${documents} documents of ${length} tokens, ${topicCount} topics`, topicCount, documents: drawnDocuments(new Array<number>(documents).fill(length), 3000, 1), words: 3000 };
  const many = { ...shape, title: `${documents} documents of ${length} tokens, 1000 topics`, topicCount: 1000 };
  const counts = () => corpusCounts(makeCorpus(shape));
  const manyCounts = () => corpusCounts(makeCorpus(many));
  const fold = { topicCount: 100, steps: 20, groups: 64, lengths: new Array<number>(40 * factor).fill(60), count: allFolded };
  const work = () => given(makeCorpus(many), 2);
  return [
    { kernel: lda.exact, item: 'token', items: tokens, counts, make: () => exactCase(shape) },
    { kernel: lda.updateRows, item: 'token', items: tokens, counts, make: () => updateCase(shape, 64) },
    { kernel: lda.listDocuments, item: 'token', items: tokens, counts: () => ofDocuments(counts()), make: () => listCase(shape, 64) },
    { kernel: lda.acceptInDocuments, item: 'token', items: tokens, counts: () => ofDocuments(manyCounts()), make: () => acceptCase(work()) },
    { kernel: lda.proposeInDocuments, item: 'token', items: tokens, counts: manyCounts, make: () => proposeInDocumentsCase(work()) },
    { kernel: lda.sampleWords, item: 'token', items: tokens, counts: manyCounts, make: () => sampleWordsCase(work()) },
    { kernel: lda.foldIn, item: 'entry', items: 40 * factor * 60 * fold.steps, counts: ({ buffers }) => foldCounts(buffers), make: () => foldInCase(`${40 * factor} documents`, makeFold(fold)) },
  ];
}

type CorpusCounts = Readonly<Record<'tokens' | 'pairs' | 'words' | 'entries' | 'documents' | 'documentEntries' | 'walked', number>>;

/** Of a corpus whose one shard has all words in one block. Pairs are the first records of its table, by document, first token and tokens. */
function corpusCounts({ tokens, rows, documents, documentCount, cells, work, pieceCount, runCount }: Corpus): CorpusCounts {
  const [{ words }] = cells as [CorpusCell];
  const pairs = work.length / 3 - pieceCount - runCount;
  const entriesOf = (region: Uint32Array, lists: number, list: number) => region[lists + 1 + list]!;
  const met = [...new Set(tokens.map(({ word }) => word))];
  const sum = (count: number, value: (at: number) => number) => Array.from({ length: count }, (_, at) => value(at)).reduce((total, one) => total + one, 0);
  return {
    tokens: tokens.length,
    pairs,
    words: met.length,
    entries: sum(met.length, (at) => entriesOf(rows, words.length, words.indexOf(met[at]!))),
    documents: documentCount,
    documentEntries: sum(documentCount, (d) => entriesOf(documents, documentCount, d)),
    walked: sum(pairs, (k) => entriesOf(documents, documentCount, work[3 * k]!)),
  };
}

/** Where entries are those of the documents' lists. */
function ofDocuments({ tokens, documentEntries }: CorpusCounts): Counts {
  return { tokens, entries: documentEntries };
}

function foldCounts({ entries, rowStarts }: KernelCase['buffers']): Counts {
  const [all, starts] = [entries!, rowStarts!];
  const lengthOf = (row: number) => starts[row + 1]! - starts[row]!;
  let [folded, met, foldedMet] = [0, 0, 0];
  for (let e = 0; e < all.length; e += 2) {
    const length = lengthOf(all[e]!);
    met += length;
    if (all[e + 1]! > 0) [folded, foldedMet] = [folded + 1, foldedMet + length];
  }
  return { entries: all.length / 2, folded, rows: starts.length - 1, rowEntries: starts.at(-1)!, met, foldedMet };
}
