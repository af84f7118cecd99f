/**
 * The columns of the STRADS paper's Lasso (Lee et al., NIPS 2014), any number of them and none of them stored. In: a shape and a seed.
 * Out: column j, computed from j alone: 25 nonzeros, scaled to unit norm.
 *
 * With probability .9 a column keeps its neighbour's rows and has the values .9 previous + .1 U(0, 1); else its rows and values are fresh.
 * So columns come in chains, and a column costs the steps from the start of its chain. Every 64th column starts one, which
 * bounds them; the others start one with the probability that leaves .9 over all columns.
 */
import { drawn, hash, UNIT } from './hash.js';

export interface ChainShape {
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
}

/** A column; the arrays are used again for the next. */
export interface ChainColumn {
  /** Ascending. */
  readonly rowIds: Uint32Array;
  readonly values: Float64Array;
}

export const NONZEROS = 25;
/** Most columns of a chain. */
export const LONGEST_CHAIN = 64;
export const KEPT = 0.9;

/** Part of the columns that start a chain, of those that no multiple of LONGEST_CHAIN makes start one. */
const FRESH = (1 - KEPT - 1 / LONGEST_CHAIN) / (1 - 1 / LONGEST_CHAIN);

/** What is drawn, so that no two draws have the same counters. */
const Draw = { fresh: 1, rows: 2, values: 3 } as const;

export class ChainColumns {
  readonly shape: ChainShape;
  readonly #column: ChainColumn = { rowIds: new Uint32Array(NONZEROS), values: new Float64Array(NONZEROS) };
  /** Values before they are scaled, of the column that is here. */
  readonly #raw = new Float64Array(NONZEROS);
  #here = -1;

  /** At least 50 rows. */
  constructor(shape: ChainShape) {
    if (shape.rows < 2 * NONZEROS) throw new RangeError(`${shape.rows} rows: expected at least ${2 * NONZEROS}`);
    this.shape = shape;
  }

  /** Goes on from the column that is here where that lies earlier in the same chain. */
  column(j: number): ChainColumn {
    const start = this.chainOf(j);
    if (this.#here < start || this.#here > j) this.#begin(start);
    while (this.#here < j) this.#step();
    return this.#scaled();
  }

  /** The column that j's chain starts with. */
  chainOf(j: number): number {
    let start = j;
    while (!this.#isFresh(start)) start--;
    return start;
  }

  #isFresh(j: number): boolean {
    if (j % LONGEST_CHAIN === 0) return true;
    hash(this.shape.seed, j, 0, Draw.fresh);
    return drawn[0] * UNIT < FRESH;
  }

  #begin(start: number): void {
    this.#drawRows(start);
    for (let e = 0; e < NONZEROS; e++) {
      if (e % 4 === 0) hash(this.shape.seed, start, e, Draw.values);
      this.#raw[e] = drawn[e % 4] * UNIT;
    }
    this.#here = start;
  }

  #step(): void {
    const j = ++this.#here;
    for (let e = 0; e < NONZEROS; e++) {
      if (e % 4 === 0) hash(this.shape.seed, j, e, Draw.values);
      this.#raw[e] = KEPT * this.#raw[e] + (1 - KEPT) * (drawn[e % 4] * UNIT);
    }
  }

  /** Distinct rows, sorted as they come. */
  #drawRows(start: number): void {
    const { rowIds } = this.#column;
    const { seed, rows } = this.shape;
    let found = 0;
    for (let draw = 0; found < NONZEROS; draw++) {
      if (draw % 4 === 0) hash(seed, start, draw, Draw.rows);
      const row = Math.floor(drawn[draw % 4] * UNIT * rows);
      let at = found;
      while (at > 0 && rowIds[at - 1] > row) at--;
      if (at > 0 && rowIds[at - 1] === row) continue;
      rowIds.copyWithin(at + 1, at, found++);
      rowIds[at] = row;
    }
  }

  #scaled(): ChainColumn {
    const raw = this.#raw;
    let squares = 0;
    for (let e = 0; e < NONZEROS; e++) squares += raw[e] * raw[e];
    const norm = Math.sqrt(squares);
    for (let e = 0; e < NONZEROS; e++) this.#column.values[e] = raw[e] / norm;
    return this.#column;
  }
}
