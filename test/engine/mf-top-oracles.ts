/**
 * Float64 oracle of the ranking kernel: users with excluded columns, and the lists that must come out. Every list ends
 * full here; the places that stay empty have a test of their own (mf-sgd-suite.ts).
 */
import { numbers, stream } from './matrices.js';
import type { Numbers } from './matrices.js';
import { ProductSum } from './oracle.js';
import type { Expected, KernelCase } from './oracle.js';

export const EMPTY_SCORE = -(2 ** 128 - 2 ** 104);
export const EMPTY_ID = 0xffff_ffff;

interface Ranked {
  readonly id: number;
  readonly score: number;
  readonly bound: number;
}

export const best = (entries: readonly Ranked[], n: number): Ranked[] =>
  [...entries].sort((a, b) => b.score - a.score || a.id - b.id).slice(0, n);

interface TopShape {
  readonly count: number;
  readonly cols: number;
  readonly stride: number;
  readonly n: number;
  readonly firstId?: number;
  /** Listed users 0, 2, … are kept from about one column in so many; from none where 0. */
  readonly everyExcluded?: number;
  /** The lists are full of scores from an earlier block, rather than empty. */
  readonly full?: boolean;
}

/** Factors of a few units; a quarter of the columns are copies of others, so that scores are equal. */
function columnTable(kind: Numbers, cols: number, stride: number): Float32Array {
  const table = kind === 'integers' ? numbers('integers', cols * stride, cols) : evenReals(cols * stride, cols);
  if (kind === 'reals') return table;
  for (let j = 3; j < cols; j += 4) table.copyWithin(j * stride, Math.floor(j / 2) * stride, Math.floor(j / 2) * stride + stride);
  return table;
}

/** From -1 to 1: sums of their products lie apart by much more than rounding. */
function evenReals(count: number, seed: number): Float32Array {
  const next = stream(seed);
  return Float32Array.from({ length: count }, () => next() / 2 ** 31 - 1);
}

function exclusions({ count, cols, everyExcluded = 0 }: TopShape): number[][] {
  const next = stream(cols + 7);
  const columns = Array.from({ length: cols }, (_, j) => j);
  return Array.from({ length: count }, (_, k) => columns.filter(() => everyExcluded > 0 && k % 2 === 0 && next() % everyExcluded === 0));
}

/** The scores of one user on the columns that are not excluded. */
function scored(x: Float32Array, columns: Float32Array, excluded: readonly number[], { cols, stride, firstId = 0 }: TopShape): Ranked[] {
  const barred = new Set(excluded);
  const seen = Array.from({ length: cols }, (_, j) => j).filter((j) => !barred.has(j));
  return seen.map((j) => {
    const sum = new ProductSum();
    for (let r = 0; r < stride; r++) sum.add(x[r], columns[j * stride + r]);
    return { id: firstId + j, score: sum.value, bound: sum.bound };
  });
}

/** Fails where rounding could change the order: such a case would hold nothing. */
function assertApart(entries: readonly Ranked[], title: string): void {
  const close = entries.findIndex(({ score, bound }, at) => at > 0 && bound > 0 && entries[at - 1].score - score <= entries[at - 1].bound + bound);
  if (close > 0) throw new Error(`${title}: scores ${entries[close - 1].score} and ${entries[close].score} are too near each other to rank.`);
}

/** Ids as the f32 of the same bits, which is what the comparison reads; exact, as they are below 2^23. */
const sameBits = (ids: Uint32Array): Expected => ({ values: Float64Array.from(new Float32Array(ids.buffer)), bounds: new Float64Array(ids.length) });

/** Lists before the call: empty, or the best of an earlier block, whose scores lie among those to come. */
function listsBefore({ count, n, firstId = 0, full }: TopShape): { scores: Float32Array; ids: Uint32Array } {
  if (!full) return { scores: new Float32Array(count * n).fill(EMPTY_SCORE), ids: new Uint32Array(count * n).fill(EMPTY_ID) };
  return {
    scores: Float32Array.from({ length: count * n }, (_, at) => 3 - Math.floor((at % n) / 2)),
    ids: Uint32Array.from({ length: count * n }, (_, at) => firstId - n + (at % n)),
  };
}

export function topCase(kind: Numbers, shape: TopShape): KernelCase {
  const { count, cols, stride, n, firstId = 0, everyExcluded = 0, full = false } = shape;
  const notes = `${everyExcluded ? ', excluded' : ''}${full ? ', full' : ''}, ${kind}`;
  const title = `${count} users, ${cols} columns of ${stride}, n ${n}, ids from ${firstId}${notes}`;
  const userRows = Math.max(1, count - 1);
  const users = Uint32Array.from({ length: count }, (_, k) => userRows - 1 - (k % userRows));
  const rows = kind === 'integers' ? numbers('integers', userRows * stride, count) : evenReals(userRows * stride, count);
  const columns = columnTable(kind, cols, stride);
  const excluded = exclusions(shape);
  const excludedStarts = new Uint32Array(count + 1);
  excluded.forEach((list, k) => (excludedStarts[k + 1] = excludedStarts[k] + list.length));
  const { scores, ids } = listsBefore(shape);
  const lists = Array.from(users, (user, k) => {
    const held = Array.from({ length: n }, (_, at) => ({ id: ids[k * n + at], score: scores[k * n + at], bound: 0 }));
    const all = best([...held, ...scored(rows.subarray(user * stride, (user + 1) * stride), columns, excluded[k], shape)], n + 1);
    assertApart(all, title);
    return all.slice(0, n);
  }).flat();
  return {
    title,
    buffers: { users, rows, columns, excludedStarts, excludedIds: Uint32Array.from(excluded.flat()), scores, ids },
    parameters: { count, cols, stride, n, firstId },
    workgroups: count,
    expected: {
      scores: { values: Float64Array.from(lists, ({ score }) => score), bounds: Float64Array.from(lists, ({ bound }) => bound) },
      ids: sameBits(Uint32Array.from(lists, ({ id }) => id)),
    },
  };
}

/**
 * Columns around a pass of the twin (4), a turn of a workgroup (256) and a tile of the twin (8,192 at stride 4); lists
 * of one place and around what a lane holds (256, 1,024); everything excluded but as many as the list takes.
 */
export function topCases(): KernelCase[] {
  const integers = (shape: TopShape) => topCase('integers', shape);
  return [
    ...[1, 3, 4, 5, 255, 256, 257, 600, 8193].map((cols) => integers({ count: 3, cols, stride: 8, n: 1 })),
    ...[4, 8, 12, 68, 132].map((stride) => integers({ count: 3, cols: 50, stride, n: 7, everyExcluded: 3 })),
    ...[1, 5, 255, 256, 257, 1000, 1024].map((n) => integers({ count: 2, cols: 1400, stride: 12, n, everyExcluded: 5 })),
    ...[1, 2, 40].map((n) => integers({ count: 4, cols: 40, stride: 4, n, firstId: 1000, full: true })),
    integers({ count: 3, cols: 0, stride: 4, n: 5, firstId: 50, full: true }),
    integers({ count: 3, cols: 300, stride: 4, n: 600, firstId: 5000, full: true, everyExcluded: 2 }),
    integers({ count: 5, cols: 9000, stride: 4, n: 20, everyExcluded: 1, firstId: 300, full: true }),
    integers({ count: 0, cols: 10, stride: 4, n: 5 }),
    ...[1, 10, 60].map((n) => topCase('reals', { count: 3, cols: 70, stride: 36, n, everyExcluded: 9 })),
    ...[1, 12].map((n) => topCase('reals', { count: 4, cols: 40, stride: 20, n, firstId: 900 })),
  ];
}
