/**
 * What became of a shard's columns in place. Standardizing loses what was parsed, and a shard may be brought back to a state from before
 * it: then the columns stay as they are, what they were asked as parsed is answered from memory, and the standardizing that comes again is
 * found done.
 */
import type { Roots, ShardColumns } from '../columns.js';

/** Stored x_ij ← (x_ij - u_i means[k]) / scales[k] of the columns j = begin + k. */
export interface StandardizedRange {
  readonly begin: number;
  readonly means: Float64Array;
  readonly scales: Float64Array;
}

export const Question = { Sums: 0, Spreads: 1 } as const;

/** What the columns [begin, end) as parsed were asked, what rode with it, and the answer: one number a column. */
export interface Answer {
  readonly question: number;
  readonly begin: number;
  readonly end: number;
  readonly given: Float64Array;
  readonly values: Float64Array;
}

type Asked = Omit<Answer, 'values'>;

export class Standardized {
  readonly #columns: ShardColumns;
  readonly #roots: Roots | null;
  /** Only columns without zeros to keep are standardized: where there is none, nothing has to be remembered. */
  readonly #mayChange: boolean;
  readonly #answers = new Map<string, Answer>();
  /** In the order in which they were done. */
  readonly #done: StandardizedRange[] = [];
  /** How many of them belong to the shard's state: fewer than were done, once it was brought back. */
  #known = 0;

  constructor(columns: ShardColumns, roots: Roots | null) {
    this.#columns = columns;
    this.#roots = roots;
    this.#mayChange = columns.host.hasFullColumn();
  }

  /** The ranges that belong to the shard's state, and what columns that are no more were asked. */
  get state(): { readonly ranges: readonly StandardizedRange[]; readonly answers: readonly Answer[] } {
    return { ranges: this.#done.slice(0, this.#known), answers: this.#known === 0 ? [] : [...this.#answers.values()] };
  }

  /** Σ u_i x_ij of the columns [begin, end). */
  sums(begin: number, end: number): Float64Array {
    return this.#answer({ question: Question.Sums, begin, end, given: new Float64Array(0) }, () => this.#columns.host.sums(begin, end, this.#roots));
  }

  /** Σ (x_ij - u_i centers[j - begin])² of the columns [begin, end). */
  spreads(begin: number, end: number, centers: Float64Array): Float64Array {
    return this.#answer({ question: Question.Spreads, begin, end, given: centers }, () => this.#columns.host.spreads(begin, end, centers, this.#roots));
  }

  #answer(asked: Asked, compute: () => Float64Array): Float64Array {
    if (this.#isAhead) {
      const known = this.#known === 0 ? this.#answers.get(keyOf(asked)) : undefined;
      if (known && areEqual(known.given, asked.given)) return known.values;
      throw ahead();
    }
    const values = compute();
    if (this.#mayChange && this.#done.length === 0) this.#answers.set(keyOf(asked), { ...asked, given: asked.given.slice(), values });
    return values;
  }

  standardize(range: StandardizedRange): void {
    if (!this.#isAhead) this.#apply(range);
    else if (!isSame(this.#done[this.#known]!, range)) throw ahead();
    this.#known++;
  }

  #apply(range: StandardizedRange): void {
    const { begin, means, scales } = range;
    this.#columns.host.standardize(begin, means, scales, this.#roots);
    this.#columns.upload(begin, begin + means.length);
    this.#done.push(range);
  }

  /** Brings the columns to where these ranges, and no others, are standardized; `answers` are what they were asked before. */
  bringTo({ ranges, answers }: Standardized['state']): void {
    for (const answer of answers) if (!this.#answers.has(keyOf(answer))) this.#answers.set(keyOf(answer), answer);
    for (const [k, range] of ranges.entries()) {
      if (k === this.#done.length) this.#apply(range);
      else if (!isSame(this.#done[k]!, range)) throw ahead();
    }
    this.#known = ranges.length;
  }

  /** Throws when the columns are not those of the shard's state. */
  expectInStep(): void {
    if (this.#isAhead) throw ahead();
  }

  get #isAhead(): boolean {
    return this.#known < this.#done.length;
  }
}

function keyOf({ question, begin, end }: Asked): string {
  return `${question} ${begin} ${end}`;
}

function ahead(): Error {
  return new Error("a shard's columns were standardized in place, and its state is one from before: what is asked of it now only the columns as parsed could answer. Open the shard anew from its data");
}

function isSame(a: StandardizedRange, b: StandardizedRange): boolean {
  return a.begin === b.begin && areEqual(a.means, b.means) && areEqual(a.scales, b.scales);
}

function areEqual(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, k) => value === b[k]);
}
