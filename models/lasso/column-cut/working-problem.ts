/**
 * The Lasso restricted to the columns that were gathered for it, in float64 on those columns themselves: coordinate descent,
 * and Newton steps on the support where they are the cheaper way on. Which of the two follows from counted work, not from a clock.
 */
import type { SchedulerState } from '../../../src/program.js';
import { packedRow } from '../columns.js';
import { isOrthogonal, NO_FREE_COLUMNS, withFree } from '../certificate.js';
import { HostArray, HostMemory } from '../host-module.js';
import type { Penalty } from '../penalty.js';

/** Rows of the problem; those it leaves out have target 0 and root weight 0. */
export interface WorkingRows {
  /** Centred y, one number a row, times the root weights. */
  readonly target: Float64Array;
  /** u with u'u = n: the square roots of the sample weights; what centring removes. */
  readonly rootWeights: Float64Array;
  /** n. */
  readonly samples: number;
  readonly dense: boolean;
}

/** A column x̃ = (x - mean u) / scale by its stored entries; without row ids it has one for every row. */
export interface WorkingColumn {
  readonly rowIds: Uint32Array | null;
  readonly values: Float64Array;
  readonly mean: number;
  readonly scale: number;
  /** ||x̃||². */
  readonly squaredNorm: number;
}

/** Most columns that are kept; with them all there is no room for more. */
export const MOST_WORKING_COLUMNS = 8192;
/** Largest support that is factored: 2,048² numbers. */
const LARGEST_FACTOR = 2048;
/** Epochs between two looks at the gap: a look costs about half an epoch. */
const EPOCHS = 10;
/** Batches of epochs after which a subproblem is left as it is: the next working set may be a better one. */
const MOST_BATCHES = 1000;
/** Newton steps of one call, and how many a call is expected to take. */
const MOST_STEPS = 200;
const EXPECTED_STEPS = 20;
/** Operations of an epoch wait for one another, those of a Newton step do not: they count for less. */
const NEWTON_DISCOUNT = 0.3;

export class WorkingProblem {
  readonly #rows: WorkingRows;
  /** ||y||² / n. */
  readonly #targetVariance: number;
  readonly #memory = new HostMemory({ shared: true });
  readonly #residual: HostArray<Float64Array>;
  readonly #offset: HostArray<Float64Array>;
  readonly #first: HostArray<Uint32Array>;
  readonly #rowIds: HostArray<Uint32Array>;
  readonly #values: HostArray<Float64Array>;
  /** One number a slot. */
  readonly #means = this.#perSlot();
  readonly #inverseScales = this.#perSlot();
  readonly #beta = this.#perSlot();
  readonly #curvatures = this.#perSlot();
  readonly #thresholds = this.#perSlot();
  readonly #ridges = this.#perSlot();
  readonly #slopes = this.#perSlot();
  /** Slots of the working set, and of the support. */
  readonly #set: HostArray<Uint32Array>;
  readonly #support: HostArray<Uint32Array>;
  /** The Cholesky factor of a part of the support, row by row, and its slots. */
  readonly #factor: HostArray<Float64Array>;
  readonly #members: HostArray<Uint32Array>;
  /** No more columns than this are independent: with a ridge all of them are, without one as many as there are rows. */
  readonly #rank: number;
  /** Most slots of the factor: one more than the rank, so that what does not fit is known to depend on what is there. */
  readonly #capacity: number;
  readonly #ids: number[] = [];
  readonly #squaredNorms: number[] = [];
  readonly #slotOf = new Map<number, number>();
  /** Coefficients of columns that are to come back. */
  readonly #kept = new Map<number, number>();
  #penalty: Penalty;

  constructor(rows: WorkingRows, penalty: Penalty) {
    this.#rows = rows;
    this.#targetVariance = rows.target.reduce((sum, y) => sum + y * y, 0) / rows.samples;
    this.#penalty = penalty;
    this.#residual = this.#float64(rows.target.length);
    this.#offset = this.#float64(1);
    this.#first = this.#uint32(MOST_WORKING_COLUMNS + 1);
    this.#set = this.#uint32(MOST_WORKING_COLUMNS);
    this.#support = this.#uint32(MOST_WORKING_COLUMNS);
    this.#rowIds = this.#uint32(0);
    this.#values = this.#float64(0);
    this.#rank = penalty.shape.l1Ratio === 1 ? rows.target.length : Infinity;
    this.#capacity = Math.min(LARGEST_FACTOR, this.#rank + 1);
    this.#factor = this.#float64(this.#capacity * this.#capacity);
    this.#members = this.#uint32(this.#capacity);
    this.#attach();
    this.refresh();
  }

  #float64(length: number): HostArray<Float64Array> {
    return new HostArray(this.#memory, Float64Array, length);
  }

  #uint32(length: number): HostArray<Uint32Array> {
    return new HostArray(this.#memory, Uint32Array, length);
  }

  #perSlot(): HostArray<Float64Array> {
    return this.#float64(MOST_WORKING_COLUMNS);
  }

  #attach(): void {
    const { functions } = this.#memory;
    const { target, samples, dense } = this.#rows;
    const capacity = this.#capacity;
    const scratch = this.#float64(target.length);
    const [right, direction, incoming] = [this.#float64(capacity), this.#float64(capacity), this.#float64(capacity)];
    const isMember = new HostArray(this.#memory, Uint8Array, MOST_WORKING_COLUMNS);
    functions.attachRows(target.length, samples, dense, this.#residual.address, scratch.address, this.#offset.address);
    functions.attachVariables(this.#beta.address, this.#curvatures.address, this.#thresholds.address, this.#ridges.address, this.#penalty.shape.nonNegative);
    functions.attachFactor(capacity, this.#factor.address, this.#members.address, right.address, direction.address, incoming.address, isMember.address);
    this.#attachColumns();
  }

  #attachColumns(): void {
    this.#memory.functions.attachColumns(this.#first.address, this.#rowIds.address, this.#values.address, this.#means.address, this.#inverseScales.address);
  }

  has(id: number): boolean {
    return this.#slotOf.has(id);
  }

  /** Number of columns that are here. */
  get columns(): number {
    return this.#ids.length;
  }

  /** Takes in a column that is not here yet. */
  add(id: number, { rowIds, values, mean, scale, squaredNorm }: WorkingColumn): void {
    const slot = this.#ids.length;
    const begin = this.#first.view[slot]!;
    const end = begin + values.length;
    const moved = [this.#values.reserve(end), !this.#rows.dense && this.#rowIds.reserve(end)];
    if (moved.includes(true)) this.#attachColumns();
    if (rowIds) this.#rowIds.view.set(rowIds, begin);
    this.#values.view.set(values, begin);
    this.#first.view[slot + 1] = end;
    this.#means.view[slot] = mean;
    this.#inverseScales.view[slot] = 1 / scale;
    this.#beta.view[slot] = this.#kept.get(id) ?? 0;
    this.#kept.delete(id);
    this.#slotOf.set(id, slot);
    this.#ids.push(id);
    this.#squaredNorms.push(squaredNorm);
    this.#penalize(slot, slot + 1);
  }

  /** Forgets every column, but not the coefficients, which a column finds again when it comes back. */
  startOver(): void {
    const { ids, values } = this.coefficients();
    for (const [k, id] of ids.entries()) this.#kept.set(id, values[k]!);
    this.#memory.functions.forget();
    this.#slotOf.clear();
    this.#ids.length = 0;
    this.#squaredNorms.length = 0;
  }

  /** Goes on with another penalty, from the coefficients as they are. */
  set penalty(penalty: Penalty) {
    this.#penalty = penalty;
    // The ridge is part of the factored matrix.
    if (penalty.shape.l1Ratio < 1) this.#memory.functions.forget();
    this.#penalize(0, this.#ids.length);
  }

  get penalty(): Penalty {
    return this.#penalty;
  }

  #penalize(begin: number, end: number): void {
    const penalty = this.#penalty;
    const [thresholds, ridges, curvatures] = [this.#thresholds.view, this.#ridges.view, this.#curvatures.view];
    for (let slot = begin; slot < end; slot++) {
      const id = this.#ids[slot]!;
      const ridge = penalty.l2(id);
      thresholds[slot] = penalty.l1(id);
      ridges[slot] = ridge;
      curvatures[slot] = this.#squaredNorms[slot]! === 0 ? 0 : this.#squaredNorms[slot]! / this.#rows.samples + ridge;
    }
  }

  /** Coefficients that are not 0, by ascending id. */
  coefficients(): { readonly ids: Uint32Array; readonly values: Float64Array } {
    const beta = this.#beta.view;
    const slots = this.#nonzeroSlots().sort((a, b) => this.#ids[a]! - this.#ids[b]!);
    return { ids: Uint32Array.from(slots, (slot) => this.#ids[slot]!), values: Float64Array.from(slots, (slot) => beta[slot]!) };
  }

  #nonzeroSlots(): number[] {
    const beta = this.#beta.view;
    const slots: number[] = [];
    for (let slot = 0; slot < this.#ids.length; slot++) if (beta[slot] !== 0) slots.push(slot);
    return slots;
  }

  /** Of a problem whose residual is fresh: slots in their order, with their columns and coefficients, and the factor, which depends on how it came about. */
  state(): SchedulerState {
    const count = this.#ids.length;
    const entries = this.#first.view[count]!;
    const size = this.#memory.functions.factorSize();
    const factor = new Float64Array(packedRow(size));
    for (let i = 0; i < size; i++) factor.set(this.#factor.view.subarray(i * this.#capacity, i * this.#capacity + i + 1), packedRow(i));
    const perSlot = [this.#means, this.#inverseScales, this.#beta].map(({ view }) => view.subarray(0, count));
    const columns = [this.#first.view.subarray(0, count + 1), this.#rowIds.view.subarray(0, this.#rows.dense ? 0 : entries), this.#values.view.subarray(0, entries)];
    return { facts: null, arrays: [Float64Array.of(this.#penalty.alpha), Uint32Array.from(this.#ids), Float64Array.from(this.#squaredNorms), ...perSlot, ...columns, this.#members.view.subarray(0, size), factor] };
  }

  resume({ arrays }: SchedulerState): void {
    const [[alpha], ids, squaredNorms, means, inverseScales, beta, first, rowIds, values, members, factor] = arrays as [Float64Array, Uint32Array, Float64Array, Float64Array, Float64Array, Float64Array, Uint32Array, Uint32Array, Float64Array, Uint32Array, Float64Array];
    this.startOver();
    this.#kept.clear();
    this.#rowIds.reserve(rowIds.length);
    this.#values.reserve(values.length);
    this.#attachColumns();
    for (const [array, saved] of [[this.#means, means], [this.#inverseScales, inverseScales], [this.#beta, beta], [this.#values, values]] as const) array.view.set(saved);
    for (const [array, saved] of [[this.#first, first], [this.#rowIds, rowIds], [this.#members, members]] as const) array.view.set(saved);
    for (const [slot, id] of ids.entries()) this.#slotOf.set(id, slot);
    this.#ids.push(...ids);
    this.#squaredNorms.push(...squaredNorms);
    this.penalty = this.#penalty.at(alpha!);
    for (let i = 0; i < members.length; i++) this.#factor.view.set(factor.subarray(packedRow(i), packedRow(i + 1)), i * this.#capacity);
    this.#memory.functions.recall(members.length);
    this.refresh();
  }

  /** Computes the residual afresh from the target. */
  refresh(): void {
    const slots = this.#nonzeroSlots();
    this.#residual.view.set(this.#rows.target);
    this.#offset.view[0] = 0;
    this.#support.view.set(slots);
    this.#memory.functions.subtractAll(this.#support.address, slots.length);
  }

  /** y - X̃β, one number a row, times the root weights. */
  residual(): Float64Array {
    const offset = this.#offset.view[0]!;
    const { rootWeights } = this.#rows;
    return this.#residual.view.map((value, i) => value + offset * rootWeights[i]!);
  }

  /** ||r||² + n Σ λ2 β², and y'r. */
  fit(): { readonly residualSquares: number; readonly targetProduct: number } {
    const { target, rootWeights, samples } = this.#rows;
    const residual = this.#residual.view;
    const offset = this.#offset.view[0]!;
    let residualSquares = 0;
    let targetProduct = 0;
    for (let i = 0; i < target.length; i++) {
      const r = residual[i]! + offset * rootWeights[i]!;
      residualSquares += r * r;
      targetProduct += target[i]! * r;
    }
    const beta = this.#beta.view;
    const ridges = this.#ridges.view;
    for (let slot = 0; slot < this.#ids.length; slot++) residualSquares += samples * ridges[slot]! * beta[slot]! ** 2;
    return { residualSquares, targetProduct };
  }

  /** Σ λ1_j |β_j|. */
  penaltyNorm(): number {
    const beta = this.#beta.view;
    const thresholds = this.#thresholds.view;
    let sum = 0;
    for (let slot = 0; slot < this.#ids.length; slot++) if (beta[slot] !== 0) sum += thresholds[slot]! * Math.abs(beta[slot]!);
    return sum;
  }

  /**
   * Solves on the columns `ids`, which hold the support, until the subproblem's duality gap is at most `goal` (in units of the
   * objective) or `most` batches of epochs are done.
   */
  solve(ids: Uint32Array, goal: number, most = MOST_BATCHES): void {
    const { functions } = this.#memory;
    const count = ids.length;
    const set = this.#set.view;
    for (let k = 0; k < count; k++) set[k] = this.#slotOf.get(ids[k]!)!;
    let before = Infinity;
    for (let batch = 0; batch < Math.min(most, MOST_BATCHES); batch++) {
      for (let epoch = 0; epoch < EPOCHS; epoch++) functions.epoch(this.#set.address, count);
      const gap = this.#gap(count);
      if (gap <= goal) return;
      const batches = gap < before ? Math.log(goal / gap) / Math.log(gap / before) : Infinity;
      before = gap;
      if (batch === 0 || Math.min(batches, most - batch) * this.#epochsWork(count) <= NEWTON_DISCOUNT * this.#newtonWork()) continue;
      functions.newton(this.#set.address, count, MOST_STEPS);
      before = Infinity;
    }
  }

  /** Operations of a batch of epochs. */
  #epochsWork(count: number): number {
    const first = this.#first.view;
    const set = this.#set.view;
    const beta = this.#beta.view;
    let work = 0;
    for (let k = 0; k < count; k++) work += (first[set[k]! + 1]! - first[set[k]!]!) * (beta[set[k]!] === 0 ? 1 : 2);
    return EPOCHS * work;
  }

  /** Operations of a Newton call: what changes in the factor, and the steps. Infinity for a support that can't be factored. */
  #newtonWork(): number {
    const support = this.#nonzeroSlots().length;
    const size = Math.min(support, this.#rank);
    if (size > LARGEST_FACTOR) return Infinity;
    const held = this.#memory.functions.factorSize();
    const afresh = (size * size * size) / 6;
    const changes = 2 * (Math.abs(size - held) + 10) * size * size;
    const exchanges = 2 * (support - size) * size * size;
    return Math.min(afresh, changes) + exchanges + EXPECTED_STEPS * size * size;
  }

  /** The duality gap of the problem on the working set alone. */
  #gap(count: number): number {
    const { samples } = this.#rows;
    this.#memory.functions.slopes(this.#set.address, count, this.#slopes.address);
    const set = this.#set.view;
    const slopes = this.#slopes.view;
    const thresholds = this.#thresholds.view;
    let shrink = 1;
    const curvatures = this.#curvatures.view;
    const beta = this.#beta.view;
    let free = NO_FREE_COLUMNS;
    for (let k = 0; k < count; k++) {
      const threshold = thresholds[set[k]!]!;
      const pull = this.#penalty.pull(slopes[k]!);
      if (threshold === 0) free = withFree(free, pull, beta[set[k]!]!, curvatures[set[k]!]!);
      else if (pull * shrink > threshold) shrink = threshold / pull;
    }
    const { residualSquares, targetProduct } = this.fit();
    const dual = isOrthogonal(free, this.#targetVariance) ? (2 * shrink * targetProduct - shrink * shrink * residualSquares) / (2 * samples) - shrink * free.cost : 0;
    return residualSquares / (2 * samples) + this.penaltyNorm() - dual;
  }
}
