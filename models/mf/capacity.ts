/**
 * Whether a training fits into memory, told before any of it is allocated. In: how many users, items and ratings, the options, and
 * what the workers can hold. Out: nothing, or a UsageError with the largest rank that fits.
 */
import { totalmem } from 'node:os';
import { byteSize, grouped } from '../../src/report/numbers.js';
import type { Host } from '../../src/runtime/placement.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { mfShards, type RatingSets } from './distribute.js';
import { MIB, MOST_RANK, type Algorithm, type MfOptions } from './options.js';
import { shapeOf } from './shape.js';

export interface Demand {
  readonly users: number;
  readonly items: number;
  /** Ratings to train on, and others to judge by. */
  readonly ratings: number;
  readonly heldOut: number;
  readonly options: Pick<MfOptions, 'algorithm' | 'rank' | 'biases' | 'implicit' | 'validationFraction' | 'blockMib'>;
}

export interface Room {
  readonly workers: readonly Pick<Host, 'kind' | 'software'>[];
  /** Memory of the machine that the workers share, bytes; Infinity where they may be elsewhere. */
  readonly hostBytes: number;
}

/** Bytes of a worker: what lies in buffers of its engine, and in arrays beside them. */
export interface WorkerBytes {
  readonly engine: number;
  readonly beside: number;
}

/** All that 32-bit addresses reach. Of a GPU's memory its own engine tells. */
const WASM_BYTES = 2 ** 32;

/** Rows of factors that an algorithm keeps of a user or an item: als has residuals, directions and products beside them. */
const TABLES: Readonly<Record<Algorithm, number>> = { ccd: 1, als: 4, sgd: 1 };
/** Numbers beside a row: its penalty and what the algorithm keeps. */
const BESIDE_A_ROW: Readonly<Record<Algorithm, number>> = { ccd: 10, als: 1, sgd: 5 };
/** Bytes of a training rating: ids and values by user and by item, or a row, a column and a value. Of a held-out one: id and value. */
const BYTES_A_RATING: Readonly<Record<Algorithm, number>> = { ccd: 16, als: 16, sgd: 12 };
const BYTES_A_HELD_OUT = 8;
/** Gram matrices of implicit feedback on a worker. */
const GRAMS = 3;
/** Blocks on their way in and out of a worker, in buffers and again in arrays. */
const BLOCKS = 2;

export function demandOf({ train, validation, test }: RatingSets, options: MfOptions): Demand {
  return { users: train.users.count, items: train.items.count, ratings: train.count, heldOut: (validation?.count ?? 0) + (test?.count ?? 0), options };
}

/** `guests`: workers that may be on other machines. */
export function roomOf(members: Room['workers'], guests: number): Room {
  return { workers: members, hostBytes: guests > 0 ? Infinity : hostBytes() };
}

/** What this process may use: the machine's memory, or less where the system limits it. */
function hostBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** About what the fullest of `workers` equal workers holds at a rank, bytes: shards are not divided. */
export function bytesAWorker({ users, items, ratings, heldOut, options }: Demand, rank: number, workers: number): WorkerBytes {
  const { algorithm, biases, implicit, validationFraction, blockMib } = options;
  const { stride } = shapeOf(rank, biases);
  const tableBytes = (users + items) * stride * 4;
  const rows = TABLES[algorithm] * tableBytes + (users + items) * BESIDE_A_ROW[algorithm] * 4;
  const shards = mfShards(ratings, users, { rank, biases });
  const block = Math.min(blockMib * MIB, (items * stride * 4) / shards);
  const part = Math.ceil(shards / workers) / shards;
  return {
    engine: part * (rows + ratings * BYTES_A_RATING[algorithm] + heldOut * BYTES_A_HELD_OUT) + BLOCKS * block + (implicit ? GRAMS * stride ** 2 * 4 : 0),
    // The best factors so far wait in arrays.
    beside: (validationFraction === undefined ? 0 : part * tableBytes) + BLOCKS * block,
  };
}

/** The largest rank that fits; 0 where none does. */
export function largestRank(demand: Demand, room: Room): number {
  let [fits, tooLarge] = [0, MOST_RANK + 1];
  while (tooLarge - fits > 1) {
    const middle = Math.floor((fits + tooLarge) / 2);
    if (missing(demand, middle, room) === null) fits = middle;
    else tooLarge = middle;
  }
  return fits;
}

/** Throws UsageError when the rank asked for is more than there is, or needs more than there is. */
export function assertFits(demand: Demand, room: Room): void {
  const { users, items, ratings, options: { rank } } = demand;
  const shortage = missing(demand, rank, room);
  const limit = rank > MOST_RANK ? `${grouped(MOST_RANK)}, the largest that there is` : null;
  if (shortage === null) {
    if (limit !== null) throw new UsageError(`rank ${grouped(rank)} is beyond ${limit}: ask for that or less`);
    return;
  }
  const largest = largestRank(demand, room);
  const needed = `${grouped(users)} users, ${grouped(items)} items and ${grouped(ratings)} ratings take about ${shortage.found}`;
  const others = limit === null ? `, or use ${shortage.remedy}` : '';
  const advice = largest === 0 ? `not even rank 1 fits: use ${shortage.remedy}` : `the largest that fits is rank ${grouped(largest)}: ask for that or less${others}`;
  throw new UsageError(`rank ${grouped(rank)} is beyond ${limit === null ? '' : `${limit}, and beyond `}what memory holds: ${needed}; ${advice}`);
}

interface Shortage {
  /** What is needed and what there is. */
  readonly found: string;
  readonly remedy: string;
}

/** The memory of a GPU is for its own engine to tell; what its worker keeps beside is the machine's. */
function missing(demand: Demand, rank: number, { workers, hostBytes: host }: Room): Shortage | null {
  const { engine, beside } = bytesAWorker(demand, rank, workers.length);
  const here = workers.reduce((sum, { kind, software }) => sum + beside + (kind === 'wasm' || software ? engine : 0), 0);
  if (here > host) return { found: `${byteSize(here)}, and this machine has ${byteSize(host)}`, remedy: 'workers on more machines' };
  if (engine > WASM_BYTES && workers.some(({ kind }) => kind === 'wasm')) return { found: `${byteSize(engine)} on each worker, and one of wasm holds ${byteSize(WASM_BYTES)}`, remedy: 'more workers' };
  return null;
}
