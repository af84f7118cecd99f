/**
 * Who hosts what. In: workers as they come and go. Out: each shard's host, with few shards moved. A shard does not change its kind of
 * engine, so that its bits do not change: it moves among workers of one kind, and where none of its kind is left it waits for one.
 */
import type { Member } from './cluster.js';
import { nominalRate, placeShards, replaceShards } from './placement.js';
import { seatOf, type Seat } from './seat.js';

export class Hosting {
  readonly #seats: Seat[];
  readonly #hosts: (Seat | undefined)[];
  readonly #mayChangeEngine: boolean;
  /** By shard, from when it was placed first. */
  readonly #kinds: string[];
  readonly #engines: string[];
  #hasChangedEngine = false;

  constructor(members: readonly Member[], shards: number, mayChangeEngine: boolean) {
    this.#mayChangeEngine = mayChangeEngine;
    const placed = placeShards(shards, members);
    this.#seats = members.map((member, i) => Object.assign(seatOf(member), { shards: placed[i]! }));
    this.#hosts = new Array<Seat | undefined>(shards).fill(undefined);
    this.#kinds = new Array<string>(shards).fill('');
    this.#engines = new Array<string>(shards).fill('');
    for (const seat of this.#seats) {
      for (const shard of seat.shards) {
        this.#kinds[shard] = this.#kindOf(seat);
        this.#engines[shard] = engineOf(seat);
      }
    }
    this.#index();
  }

  /** All that ever were, in the order in which they came. */
  get seats(): readonly Seat[] {
    return this.#seats;
  }

  get present(): readonly Seat[] {
    return this.#seats.filter(({ state }) => state !== 'gone');
  }

  /** How many logical shards there are. */
  get shards(): number {
    return this.#hosts.length;
  }

  /** A shard has been on another kind of engine than at first. */
  get hasChangedEngine(): boolean {
    return this.#hasChangedEngine;
  }

  hostOf(shard: number): Seat | undefined {
    return this.#hosts[shard];
  }

  join(member: Member): Seat {
    const seat = seatOf(member);
    this.#seats.push(seat);
    return seat;
  }

  /** A kind of engine that shards need and no worker has. */
  get missingKind(): string | null {
    const there = new Set(this.present.map((seat) => this.#kindOf(seat)));
    return this.#kinds.find((kind) => !there.has(kind)) ?? null;
  }

  /** Whether another placement than the present one would be had. */
  isUneven(rateOf?: (seat: Seat) => number): boolean {
    return this.#replaced(rateOf).some(([seat, shards]) => shards.length !== seat.shards.length);
  }

  /** Gives shards whose host is gone or leaves to others, and to newcomers their share. Only where no kind is missing. `rateOf`: how fast a worker is; by its kind unless told. */
  replace(rateOf?: (seat: Seat) => number): void {
    const replaced = this.#replaced(rateOf);
    for (const seat of this.#seats) seat.shards = [];
    for (const [seat, shards] of replaced) {
      seat.shards = shards;
      for (const open of seat.open) if (!shards.includes(open)) seat.open.delete(open);
    }
    this.#index();
  }

  #replaced(rateOf: (seat: Seat) => number = ({ member }) => nominalRate(member)): (readonly [Seat, readonly number[]])[] {
    const kinds = new Set(this.#kinds);
    return [...kinds].flatMap((kind) => {
      const seats = this.present.filter((seat) => this.#kindOf(seat) === kind);
      const hosted = seats.map(({ shards }) => shards);
      const taken = new Set(hosted.flat());
      const orphans = [...this.#kinds.keys()].filter((shard) => this.#kinds[shard] === kind && !taken.has(shard));
      // Who would like to leave is needed while there is nobody else.
      const mayLeave = seats.some(({ state }) => state === 'present');
      const placed = replaceShards(hosted, orphans, seats.map((seat) => (seat.state === 'leaving' && mayLeave ? 0 : rateOf(seat))));
      return seats.map((seat, i) => [seat, placed[i]!] as const);
    });
  }

  #kindOf(seat: Seat): string {
    return this.#mayChangeEngine ? 'any' : engineOf(seat);
  }

  #index(): void {
    this.#hosts.fill(undefined);
    for (const seat of this.#seats) for (const shard of seat.shards) this.#hosts[shard] = seat;
    this.#hasChangedEngine ||= this.#hosts.some((seat, shard) => seat !== undefined && engineOf(seat) !== this.#engines[shard]);
  }
}

/** What decides how numbers are rounded. */
function engineOf({ member: { kind, adapter } }: Seat): string {
  return kind === 'wasm' ? 'wasm' : `webgpu on ${adapter}`;
}
