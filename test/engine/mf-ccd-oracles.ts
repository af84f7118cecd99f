/** Float64 oracles of coordinate descent over cells: the passes over the ratings, and the fold of cut rows. */
import { mf } from '#kernels';
import { numbers } from './matrices.js';
import type { Numbers } from './matrices.js';
import { adversarialCells, entriesOf, makeCell, partsOf, slotOf, slotsOf } from './mf-cells.js';
import type { Cell, Entry, Part } from './mf-cells.js';
import { columnInCases, columnOutCases, gramColumnCases, rankSolveCases } from './mf-rank-oracles.js';
import { ProductSum, expectedFrom } from './oracle.js';
import type { KernelCase, KernelOracle } from './oracle.js';
import { exact, negative, sumOfProducts, untracked } from './tracked.js';
import type { Tracked } from './tracked.js';

const KINDS: readonly Numbers[] = ['integers', 'reals'];
const one = exact(1);

/** A cell and one dispatch over it. */
interface Work {
  readonly cell: Cell;
  readonly part: Part;
}

const worksOf = (cell: Cell): Work[] => partsOf(cell).map((part) => ({ cell, part }));

/** The entries of every piece of the part. */
const piecesOf = ({ cell, part }: Work): Entry[][] => Array.from({ length: part.count }, (_, k) => entriesOf(cell, part.first + k));

interface DotsOptions {
  readonly lanes: number;
  readonly accumulate: number;
  readonly implicit: number;
}

/** The residual less what the terms of its row and column say. */
function updatedResidual(residual: number, row: Float32Array, column: Float32Array): Tracked {
  const product = (at: number) => [exact(-row[at]), exact(column[at])];
  return sumOfProducts([[exact(residual)], product(0), product(1)], 3);
}

/** Sums of one piece, each from the value it starts with. */
function pieceSums(start: readonly number[], entries: readonly { r: Tracked; v: Tracked; y: Tracked }[], implicit: number): Tracked[] {
  const first = entries.flatMap(({ r, v, y }) => (implicit ? [[y], [v, r, y]] : [[r, y]]));
  const second = entries.map(({ v, y }) => (implicit ? [v, y, y] : [y, y]));
  return [first, second].map((terms, i) => sumOfProducts([[exact(start[i])], ...terms], entries.length + 4));
}

export function residualDotsCase(work: Work, { lanes, accumulate, implicit }: DotsOptions): KernelCase {
  const { cell, part } = work;
  const { kind, pieces, ids } = cell;
  const residual = numbers(kind, ids.length, 21);
  const rowTerms = numbers(kind, 2 * cell.rows, 22);
  const columnTerms = numbers(kind, 4 * cell.columns, 23);
  const sums = numbers(kind, 2 * slotsOf(cell), 24);
  const after = { residual: Array.from(residual, exact), sums: Array.from(sums, exact) };
  piecesOf(work).forEach((entries, k) => {
    const slot = 2 * slotOf(cell, part, k);
    const start = accumulate && part.overflow === 0 ? sums.subarray(slot, slot + 2) : new Float32Array(2);
    const terms = entries.map(({ e, row, column, value }) => {
      const columnTerm = columnTerms.subarray(4 * column, 4 * column + 4);
      after.residual[e] = updatedResidual(residual[e], rowTerms.subarray(2 * row, 2 * row + 2), columnTerm);
      return { r: after.residual[e], v: exact(value), y: exact(columnTerm[2]) };
    });
    pieceSums(Array.from(start), terms, implicit).forEach((sum, i) => (after.sums[slot + i] = sum));
  });
  return {
    title: `${cell.title}, ${part.title}, ${lanes} lanes, accumulate ${accumulate}, implicit ${implicit}`,
    buffers: { pieces, ids, residual, confidence: implicit ? cell.values : new Float32Array(1), rowTerms, columnTerms, sums },
    parameters: { first: part.first, count: part.count, lanes, overflow: part.overflow, accumulate, implicit },
    workgroups: Math.ceil((part.count * lanes) / 64),
    expected: { residual: untracked(after.residual), sums: untracked(after.sums) },
  };
}

/** All numbers of lanes, and every pair of the flags. */
const DOTS_OPTIONS: readonly DotsOptions[] = [
  { lanes: 4, accumulate: 0, implicit: 0 },
  { lanes: 4, accumulate: 1, implicit: 1 },
  { lanes: 16, accumulate: 1, implicit: 0 },
  { lanes: 16, accumulate: 0, implicit: 1 },
  { lanes: 64, accumulate: 0, implicit: 0 },
  { lanes: 64, accumulate: 1, implicit: 1 },
];

/** As many pieces as need more workgroups than one dimension holds. */
const manyRows = (): Cell => makeCell('integers', '66,000 rows', { lengths: new Array<number>(66_000).fill(1), columns: 5, limit: 9 });

function residualDotsCases(): KernelCase[] {
  const works = KINDS.flatMap(adversarialCells).flatMap(worksOf);
  const [many] = worksOf(manyRows());
  return [
    ...works.flatMap((work) => DOTS_OPTIONS.map((option) => residualDotsCase(work, option))),
    residualDotsCase(many, { lanes: 64, accumulate: 1, implicit: 0 }),
  ];
}

export function foldCase(cell: Cell, first: number, width: number, accumulate: number): KernelCase {
  const { kind, rows, count, pieces } = cell;
  const overflow = rows + first;
  const table = numbers(kind, (rows + count) * width, width);
  const after = Array.from(table, (value) => {
    const sum = new ProductSum();
    sum.add(value, 1);
    return sum;
  });
  for (let k = 0; k < count - first; k++) {
    const row = pieces[2 * (first + k)];
    const begins = k === 0 || pieces[2 * (first + k - 1)] !== row;
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      if (begins && !accumulate) after[at] = new ProductSum();
      after[at].add(table[(overflow + k) * width + column], 1);
    }
  }
  return {
    title: `${cell.title}, from piece ${first}, ${width} columns, accumulate ${accumulate}`,
    buffers: { pieces, table },
    parameters: { first, count: count - first, overflow, width, accumulate },
    workgroups: count - first,
    expected: { table: expectedFrom(after) },
  };
}

/** Widths around a vector and a workgroup; runs from their first piece, and from the second. */
function foldCases(): KernelCase[] {
  const widths = [1, 2, 3, 4, 5, 63, 64, 65, 132];
  const cells = KINDS.flatMap(adversarialCells);
  const folds = cells.flatMap((cell) => [0, 1].filter((first) => first < cell.count).map((first) => ({ cell, first })));
  return [
    ...folds.flatMap(({ cell, first }) => widths.map((width) => foldCase(cell, first, width, width % 2))),
    ...folds.map(({ cell, first }) => foldCase(cell, first, 2, 1)),
    foldCase(manyRows(), 0, 2, 0),
  ];
}

/** The errors of one rating predicted as t: squared and absolute, or the implicit objective's term and nothing. */
function errorTerms(value: number, t: Tracked, implicit: number): [terms: Tracked[][], absolute: Tracked[][]] {
  if (implicit) {
    const miss = sumOfProducts([[one], [negative(t)]], 1);
    const weight = sumOfProducts([[one], [exact(value)]], 1);
    return [[[weight, miss, miss], [exact(-1), t, t]], []];
  }
  const difference = sumOfProducts([[exact(value)], [negative(t)]], 1);
  return [[[difference, difference]], [[{ ...difference, value: Math.abs(difference.value) }]]];
}

export function errorsCase(work: Work, stride: number, implicit: number): KernelCase {
  const { cell, part } = work;
  const { kind, pieces, ids, values } = cell;
  const columns = numbers(kind, cell.columns * stride, stride);
  const rows = numbers(kind, cell.rows * stride, stride + 1);
  const prediction = ({ row, column }: Entry): Tracked => {
    const sum = new ProductSum();
    for (let k = 0; k < stride; k++) sum.add(rows[row * stride + k], columns[column * stride + k]);
    return sum;
  };
  const sums = piecesOf(work).flatMap((entries) => {
    const terms = entries.map((entry) => errorTerms(entry.value, prediction(entry), implicit));
    return [0, 1].map((i) => sumOfProducts(terms.flatMap((term) => term[i]), entries.length + 4));
  });
  return {
    title: `${cell.title}, ${part.title}, stride ${stride}, implicit ${implicit}`,
    buffers: { pieces, ids, values, columns, rows, errors: new Float32Array(2 * part.count).fill(-123.5) },
    parameters: { first: part.first, count: part.count, stride, implicit },
    workgroups: part.count,
    expected: { errors: untracked(sums) },
  };
}

/** Every cell at one stride; strides around the steps of the twin (4, 8) and of a workgroup (16) over one cell. */
function errorsCases(): KernelCase[] {
  const works = KINDS.flatMap(adversarialCells).flatMap(worksOf);
  const all = works.filter(({ cell, part }) => cell.title.startsWith('all lengths') && part.title === 'whole rows');
  const [few] = worksOf(makeCell('reals', 'few ratings', { lengths: [3, 6], columns: 7, limit: 9 }));
  const [many] = worksOf(manyRows());
  return [
    ...works.flatMap((work) => [0, 1].map((implicit) => errorsCase(work, 12, implicit))),
    ...all.flatMap((work) => [4, 8, 16, 20, 36].flatMap((stride) => [0, 1].map((implicit) => errorsCase(work, stride, implicit)))),
    ...[64, 68, 132, 4100].map((stride) => errorsCase(few, stride, 0)),
    errorsCase(many, 4, 0),
  ];
}

export function mfCcdOracles(): KernelOracle[] {
  return [
    { kernel: mf.residualDots, cases: residualDotsCases() },
    { kernel: mf.foldPieces, cases: foldCases() },
    { kernel: mf.errors, cases: errorsCases() },
    { kernel: mf.rankSolve, cases: rankSolveCases() },
    { kernel: mf.columnOut, cases: columnOutCases() },
    { kernel: mf.columnIn, cases: columnInCases() },
    { kernel: mf.gramColumn, cases: gramColumnCases() },
  ];
}
