/**
 * Ratings as they are read. In: one at a time; some may be dropped again. Out: parallel arrays of those left. The store grows in
 * pieces, and each is released once it is copied, so that no more than one piece is held twice.
 */
import { allocate, release } from './ratings-memory.js';

/** Rating p is the value values[p] of user userOf[p] for item itemOf[p], given at times[p]. */
export interface RatingArrays {
  readonly userOf: Uint32Array;
  readonly itemOf: Uint32Array;
  readonly values: Float32Array;
  readonly times: Float64Array | null;
}

const PIECE_BITS = 16;
const PIECE = 1 << PIECE_BITS;
const WITHIN = PIECE - 1;

export class RatingStore {
  count = 0;
  /** Ratings that `drop` was called for. */
  dropped = 0;
  #pieces: RatingArrays[] = [];

  constructor(private readonly withTimes: boolean) {}

  append(user: number, item: number, value: number, time: number): void {
    const at = this.count++ & WITHIN;
    if (at === 0) this.#pieces.push(emptyPiece(this.withTimes));
    const { userOf, itemOf, values, times } = this.#pieces[this.#pieces.length - 1];
    userOf[at] = user;
    itemOf[at] = item;
    values[at] = value;
    if (times !== null) times[at] = time;
  }

  userAt(position: number): number {
    return this.#pieces[position >>> PIECE_BITS].userOf[position & WITHIN];
  }

  itemAt(position: number): number {
    return this.#pieces[position >>> PIECE_BITS].itemOf[position & WITHIN];
  }

  valueAt(position: number): number {
    return this.#pieces[position >>> PIECE_BITS].values[position & WITHIN];
  }

  setValue(position: number, value: number): void {
    this.#pieces[position >>> PIECE_BITS].values[position & WITHIN] = value;
  }

  /** Leaves a rating out of what `take` gives; positions stay as they are. Once for each rating at most. */
  drop(position: number): void {
    this.setValue(position, DROPPED);
    this.dropped++;
  }

  /** The ratings left, in the order they came. The store is empty afterwards. */
  take(): RatingArrays {
    const left = this.count - this.dropped;
    const all = { userOf: new Uint32Array(left), itemOf: new Uint32Array(left), values: new Float32Array(left), times: this.withTimes ? new Float64Array(left) : null };
    let filled = 0;
    for (const [at, piece] of this.#pieces.entries()) {
      filled = copyLeft(piece, Math.min(PIECE, this.count - at * PIECE), all, filled);
      release(piece.values.buffer);
    }
    this.#pieces = [];
    this.count = 0;
    this.dropped = 0;
    return all;
  }
}

/** In place of a value: no rating is NaN. */
const DROPPED = NaN;

/** Times come first: their offset has to be a multiple of 8. */
function emptyPiece(withTimes: boolean): RatingArrays {
  const start = withTimes ? 8 * PIECE : 0;
  const buffer = allocate(start + 12 * PIECE);
  return {
    userOf: new Uint32Array(buffer, start, PIECE),
    itemOf: new Uint32Array(buffer, start + 4 * PIECE, PIECE),
    values: new Float32Array(buffer, start + 8 * PIECE, PIECE),
    times: withTimes ? new Float64Array(buffer, 0, PIECE) : null,
  };
}

/** Copies what is left of the first `count` ratings of a piece behind the `filled` that `all` has; returns how many it has then. */
function copyLeft(piece: RatingArrays, count: number, all: RatingArrays, filled: number): number {
  const { userOf, itemOf, values, times } = all;
  let to = filled;
  for (let from = 0; from < count; from++) {
    if (Number.isNaN(piece.values[from])) continue;
    userOf[to] = piece.userOf[from];
    itemOf[to] = piece.itemOf[from];
    values[to] = piece.values[from];
    if (times !== null) times[to] = piece.times![from];
    to++;
  }
  return to;
}
