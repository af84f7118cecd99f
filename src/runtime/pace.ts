/**
 * How fast workers are. In: how long each took for the shards it pushed. Out: rates, once they say that a round would take much less time
 * if slow workers had fewer shards. Where a shard is makes no difference to a bit, so that a clock may decide it.
 */
import { shares } from './placement.js';
import type { Seat } from './seat.js';

/** Pushes of a worker, in a window, that tell something. */
const FEWEST_PUSHES = 10;
/** A round has to become shorter by this factor, twice in a row: a machine that was busy for a moment is not slow. */
const WORTH_MOVING = 0.75;
const WINDOWS = 2;

interface Tally {
  pushes: number;
  shards: number;
  ms: number;
}

export class Pace {
  readonly #tallies = new Map<Seat, Tally>();
  #uneven = 0;
  #rates = new Map<Seat, number>();

  /** A worker took `ms` to push a task for its shards. */
  pushed(seat: Seat, ms: number): void {
    const tally = this.#tallies.get(seat) ?? { pushes: 0, shards: 0, ms: 0 };
    tally.pushes++;
    tally.shards += seat.shards.length;
    tally.ms += ms;
    this.#tallies.set(seat, tally);
  }

  /** The slowest of these workers, of one kind of engine, when a window has ended that shows that shards should move; null where they are well placed. */
  slowest(seats: readonly Seat[]): Seat | null {
    const hosts = seats.filter(({ shards }) => shards.length > 0);
    const tallies = hosts.map((seat) => this.#tallies.get(seat));
    this.#tallies.clear();
    if (hosts.length < 2 || tallies.some((tally) => tally === undefined || tally.pushes < FEWEST_PUSHES)) return null;
    const rates = tallies.map((tally) => tally!.shards / tally!.ms);
    const total = hosts.reduce((sum, { shards }) => sum + shards.length, 0);
    const now = roundOf(hosts.map(({ shards }) => shards.length), rates);
    this.#uneven = roundOf(shares(total, rates), rates) < WORTH_MOVING * now ? this.#uneven + 1 : 0;
    if (this.#uneven < WINDOWS) return null;
    this.#uneven = 0;
    this.#rates = new Map(hosts.map((seat, i) => [seat, rates[i]!]));
    return hosts[rates.indexOf(Math.min(...rates))]!;
  }

  /** Shards a ms, of who was found to differ from others; one of whom nothing is known counts as the mean of them. Null where all count as their kind does. */
  get rateOf(): ((seat: Seat) => number) | undefined {
    if (this.#rates.size === 0) return undefined;
    const mean = [...this.#rates.values()].reduce((sum, rate) => sum + rate, 0) / this.#rates.size;
    return (seat) => this.#rates.get(seat) ?? mean;
  }
}

/** How long a round takes: as long as its slowest worker. */
function roundOf(counts: readonly number[], rates: readonly number[]): number {
  return Math.max(...counts.map((count, i) => count / rates[i]!));
}
