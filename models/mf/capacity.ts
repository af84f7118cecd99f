/**
 * Whether a training fits into memory, told before any of it is allocated. In: how many users, items and ratings, the options, and
 * what the workers can hold. Out: nothing, or a UsageError with the largest rank that fits.
 */
import { totalmem } from 'node:os';
import { byteSize, grouped } from '../../src/report/numbers.js';
import type { EngineKind } from '../../src/engine/engine.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { mfShards, type RatingSets } from './distribute.js';
import type { Algorithm, MfOptions } from './options.js';
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
  /** Engines of the workers. */
  readonly engines: readonly EngineKind[];
  /** Memory of the machine that the wasm workers share, bytes; Infinity where they may be elsewhere. */
  readonly hostBytes: number;
}

/** All that 32-bit addresses reach. Of a GPU's memory its own engine tells. */
const WASM_BYTES = 2 ** 32;
const MIB = 2 ** 20;
const MOST_RANK = 65_536;

/** Rows of factors that an algorithm keeps of a user or an item: als has residuals, directions and products beside them. */
const TABLES: Readonly<Record<Algorithm, number>> = { ccd: 1, als: 4, sgd: 1 };
/** Numbers beside a row: its penalty and what the algorithm keeps. */
const BESIDE_A_ROW: Readonly<Record<Algorithm, number>> = { ccd: 10, als: 1, sgd: 5 };
/** Bytes of a training rating: ids and values by user and by item, or a row, a column and a value. Of a held-out one: id and value. */
const BYTES_A_RATING: Readonly<Record<Algorithm, number>> = { ccd: 16, als: 16, sgd: 12 };
const BYTES_A_HELD_OUT = 8;
/** Gram matrices of implicit feedback on a worker. */
const GRAMS = 3;
/** Blocks on their way in and out of a worker. */
const BLOCKS = 4;

export function demandOf({ train, validation, test }: RatingSets, options: MfOptions): Demand {
  return { users: train.users.count, items: train.items.count, ratings: train.count, heldOut: (validation?.count ?? 0) + (test?.count ?? 0), options };
}

/** `guests`: workers that may be on other machines. */
export function roomOf(members: readonly { readonly kind: EngineKind }[], guests: number): Room {
  return { engines: members.map(({ kind }) => kind), hostBytes: guests > 0 ? Infinity : hostBytes() };
}

/** What this process may use: the machine's memory, or less where the system limits it. */
function hostBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** About what one of `workers` equal workers holds at a rank, bytes. */
export function bytesAWorker({ users, items, ratings, heldOut, options }: Demand, rank: number, workers: number): number {
  const { algorithm, biases, implicit, validationFraction, blockMib } = options;
  const { stride } = shapeOf(rank, biases);
  const tables = TABLES[algorithm] + Number(validationFraction !== undefined);
  const rows = (users + items) * (stride * tables + BESIDE_A_ROW[algorithm]) * 4;
  const shared = rows + ratings * BYTES_A_RATING[algorithm] + heldOut * BYTES_A_HELD_OUT;
  const block = Math.min(blockMib * MIB, (items * stride * 4) / mfShards(ratings));
  const own = BLOCKS * block + (implicit ? GRAMS * stride ** 2 * 4 : 0);
  return shared / workers + own;
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

/** Throws UsageError when the rank asked for needs more than there is. */
export function assertFits(demand: Demand, room: Room): void {
  const { users, items, ratings, options: { rank } } = demand;
  const shortage = missing(demand, rank, room);
  if (shortage === null) return;
  const largest = largestRank(demand, room);
  const advice = largest === 0 ? 'not even rank 1 fits: use' : `the largest that fits is rank ${grouped(largest)}: ask for that or less, or use`;
  throw new UsageError(`rank ${grouped(rank)} is beyond what memory holds: ${grouped(users)} users, ${grouped(items)} items and ${grouped(ratings)} ratings take about ${shortage.found}; ${advice} ${shortage.remedy}`);
}

interface Shortage {
  /** What is needed and what there is. */
  readonly found: string;
  readonly remedy: string;
}

function missing(demand: Demand, rank: number, { engines, hostBytes: host }: Room): Shortage | null {
  const each = bytesAWorker(demand, rank, engines.length);
  const wasm = engines.filter((kind) => kind === 'wasm').length;
  if (wasm * each > host) return { found: `${byteSize(wasm * each)}, and this machine has ${byteSize(host)}`, remedy: 'workers on more machines' };
  if (wasm > 0 && each > WASM_BYTES) return { found: `${byteSize(each)} on each worker, and one of wasm holds ${byteSize(WASM_BYTES)}`, remedy: 'more workers' };
  return null;
}
