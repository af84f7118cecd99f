/**
 * A shard's part of a certificate: the largest gradient, what is left of it in columns without penalty, and the columns nearest to entering.
 * The engine passes over all columns in float32; whatever could be among those asked for, by the proven bound of its rounding, is done again in float64.
 */
import { nthSmallest, positionsOfSmallest } from '../../../src/schedule/smallest.js';
import { NO_FREE_COLUMNS, withFree, type FreeColumns } from '../certificate.js';
import type { ShardColumns } from '../columns.js';
import { Penalty } from '../penalty.js';
import type { ProblemMoments } from './moments.js';
import { CANDIDATE_WIDTH, type ScanRequest } from './operations.js';

/** What a scan reads of a shard; columns are numbered from 0 here. */
export interface Scanned {
  readonly columns: ShardColumns;
  readonly count: number;
  readonly firstColumn: number;
  readonly moments: ProblemMoments;
  /** ||x_j|| of the columns as they are held, over all rows. */
  readonly heldNorms: Float64Array;
  readonly featureWeights: Float64Array | null;
  /** u'r: rounding, where columns are centred. */
  readonly residualSum: number;
}

export interface ScanResult {
  /** Max over penalized columns of pull / w. */
  readonly largest: number;
  readonly free: FreeColumns;
  /** Ids of the matrix, ascending, and CANDIDATE_WIDTH numbers for each. */
  readonly ids: Uint32Array;
  readonly facts: Float64Array;
}

/** A residual for an engine: r / unit in [-1, 1], so that its scale takes nothing from the range of float32. */
export interface EngineResidual {
  readonly unit: number;
  readonly values: Float32Array;
}

export function engineResidual(residual: Float64Array): EngineResidual {
  const unit = residual.reduce((most, r) => Math.max(most, Math.abs(r)), 0) || 1;
  return { unit, values: Float32Array.from(residual, (r) => r / unit) };
}

/** `dots[j]` = x_j'(r / unit) of every held column as the engine found it. */
export function scan(shard: Scanned, request: ScanRequest, dots: Float32Array, unit: number): ScanResult {
  const pass = new Pass(shard, request, dots, unit);
  const largest = pass.largest();
  const open = pass.openCandidates();
  const slacks = Float64Array.from(open, (j) => pass.slack(j, pass.exactPull(j)));
  const nearest = positionsOfSmallest(slacks, request.candidates);
  const facts = new Float64Array(CANDIDATE_WIDTH * nearest.length);
  for (const [at, k] of nearest.entries()) {
    facts[CANDIDATE_WIDTH * at] = slacks[k]!;
    facts[CANDIDATE_WIDTH * at + 1] = pass.exactPull(open[k]!) / pass.norm(open[k]!);
  }
  return { largest, free: pass.free(), ids: Uint32Array.from(nearest, (k) => shard.firstColumn + open[k]!), facts };
}

/** Unit roundoff of float32, and the largest number that an engine may take for 0. */
const ROUNDOFF = 2 ** -24;
const UNDERFLOW = 2 ** -126;
/** Roundings of a product beside those of the additions: of x, of r, and its own. */
const ROUNDINGS_OF_A_TERM = 3;
/** What may be taken for 0 with every term: x, the product, and the sum so far. */
const UNDERFLOWS_OF_A_TERM = 3;

class Pass {
  readonly #shard: Scanned;
  readonly #request: ScanRequest;
  readonly #penalty: Penalty;
  /** Coefficients of this shard's support. */
  readonly #beta = new Map<number, number>();
  /** Columns that are penalized and not dropped, ascending; those without penalty. */
  readonly #penalized: Uint32Array;
  readonly #free: Uint32Array;
  /** By column: approximate pull, and how far it may be off. */
  readonly #pulls: Float64Array;
  readonly #errors: Float64Array;
  readonly #exact = new Map<number, number>();

  constructor(shard: Scanned, request: ScanRequest, dots: Float32Array, unit: number) {
    this.#shard = shard;
    this.#request = request;
    this.#penalty = new Penalty(request.alpha, { l1Ratio: request.l1Ratio, weights: shard.featureWeights, nonNegative: request.nonNegative });
    for (const [k, id] of request.ids.entries()) {
      const j = id - shard.firstColumn;
      if (j >= 0 && j < shard.count) this.#beta.set(j, request.beta[k]!);
    }
    this.#penalized = this.#columnsWith(true);
    this.#free = shard.featureWeights === null ? new Uint32Array(0) : this.#columnsWith(false);
    this.#pulls = new Float64Array(shard.count);
    this.#errors = new Float64Array(shard.count);
    this.#estimate(dots, unit);
  }

  #columnsWith(isPenalized: boolean): Uint32Array {
    const { count, moments } = this.#shard;
    const columns = new Uint32Array(count);
    let found = 0;
    for (let j = 0; j < count; j++) if (moments.squaredNorms[j] !== 0 && this.#penalty.isPenalized(j) === isPenalized) columns[found++] = j;
    return columns.subarray(0, found);
  }

  /**
   * For a sum of m products in any order |fl(x'r) - x'r| ≤ γ Σ |x_i r_i| ≤ γ ||x|| ||r||, γ = k ε / (1 - k ε), k = m + 3 (Higham,
   * 2002, section 3.1), and what underflows besides. A dot that left the range of float32 says nothing.
   */
  #estimate(dots: Float32Array, unit: number): void {
    const { columns, moments, heldNorms } = this.#shard;
    const { residual, samples } = this.#request;
    let squares = 0;
    for (let i = 0; i < residual.length; i++) squares += (residual[i]! / unit) ** 2;
    const norm = Math.sqrt(squares);
    for (let k = 0; k < this.#penalized.length; k++) {
      const j = this.#penalized[k]!;
      const terms = columns.stored(j);
      const rounding = (terms + ROUNDINGS_OF_A_TERM) * ROUNDOFF;
      const isUsable = Number.isFinite(dots[j]!) && rounding < 1;
      const error = (rounding / (1 - rounding)) * heldNorms[j]! * norm + UNDERFLOWS_OF_A_TERM * terms * UNDERFLOW;
      this.#pulls[j] = isUsable ? this.#penalty.pull(this.#centred(j, dots[j]! * unit)) : 0;
      this.#errors[j] = isUsable ? (error * unit) / moments.scales[j]! / samples : Infinity;
    }
    for (const [j, beta] of this.#beta) this.#pulls[j] = Number.isFinite(this.#errors[j]!) ? this.#penalty.pull(this.#centred(j, dots[j]! * unit) - this.#penalty.l2(j) * beta) : 0;
  }

  /** x̃_j'r / n from the dot of the held column. */
  #centred(j: number, dot: number): number {
    const { moments, residualSum } = this.#shard;
    return (dot - moments.means[j]! * residualSum) / moments.scales[j]! / this.#request.samples;
  }

  exactPull(j: number): number {
    const known = this.#exact.get(j);
    if (known !== undefined) return known;
    const centred = this.#centred(j, this.#shard.columns.dot(j, this.#request.residual));
    const beta = this.#beta.get(j);
    const pull = this.#penalty.pull(beta === undefined ? centred : centred - this.#penalty.l2(j) * beta);
    this.#exact.set(j, pull);
    return pull;
  }

  /** √(||x̃_j||² + n λ2_j). */
  norm(j: number): number {
    return Math.sqrt(this.#shard.moments.squaredNorms[j]! + this.#request.samples * this.#penalty.l2(j));
  }

  /** How far θ = r / n would have to move before the column could enter. */
  slack(j: number, pull: number): number {
    return (this.#penalty.l1(j) - pull) / this.norm(j);
  }

  largest(): number {
    let atLeast = 0;
    for (let k = 0; k < this.#penalized.length; k++) {
      const j = this.#penalized[k]!;
      atLeast = Math.max(atLeast, (this.#pulls[j]! - this.#errors[j]!) / this.#penalty.weight(j));
    }
    let largest = 0;
    for (let k = 0; k < this.#penalized.length; k++) {
      const j = this.#penalized[k]!;
      if ((this.#pulls[j]! + this.#errors[j]!) / this.#penalty.weight(j) < atLeast) continue;
      largest = Math.max(largest, this.exactPull(j) / this.#penalty.weight(j));
    }
    return largest;
  }

  free(): FreeColumns {
    const { moments } = this.#shard;
    let free = NO_FREE_COLUMNS;
    for (const j of this.#free) free = withFree(free, this.exactPull(j), this.#beta.get(j) ?? 0, moments.squaredNorms[j]! / this.#request.samples);
    return free;
  }

  /** Columns outside the support that could be among the nearest, ascending. */
  openCandidates(): Uint32Array {
    const { candidates } = this.#request;
    if (candidates === 0) return new Uint32Array(0);
    const outside = this.#outside();
    if (outside.length <= candidates) return outside;
    const atMost = new Float64Array(outside.length);
    const atLeast = new Float64Array(outside.length);
    for (let k = 0; k < outside.length; k++) {
      const j = outside[k]!;
      const threshold = this.#penalty.l1(j);
      const norm = this.norm(j);
      atMost[k] = (threshold - (this.#pulls[j]! - this.#errors[j]!)) / norm;
      atLeast[k] = (threshold - (this.#pulls[j]! + this.#errors[j]!)) / norm;
    }
    const limit = nthSmallest(atMost, candidates);
    return outside.filter((_, k) => atLeast[k]! <= limit);
  }

  /** Penalized columns outside the support. */
  #outside(): Uint32Array {
    const columns = this.#penalized.slice();
    if (this.#beta.size === 0) return columns;
    let kept = 0;
    for (let k = 0; k < columns.length; k++) if (!this.#beta.has(columns[k]!)) columns[kept++] = columns[k]!;
    return columns.subarray(0, kept);
  }
}
