/** How an objective falls over time. In: commits of a run with the time of each. Out: the first moment at which a target is met. */
import type { Commit } from '../src/program.js';
import type { Columns } from './columns.js';

/** A Lasso without intercept on columns as parsed. */
export interface Problem {
  readonly columns: Columns;
  readonly target: Float64Array;
  readonly alpha: number;
}

export interface Moment {
  readonly seconds: number;
  readonly objective: number;
}

/** A commit, and the clock when it was made. */
export interface LoggedCommit {
  readonly seconds: number;
  readonly commit: Commit;
}

/** Seconds to each target; null for one that is not met. */
export function timesTo(trace: readonly Moment[], targets: readonly number[]): (number | null)[] {
  return targets.map((target) => trace.find(({ objective }) => objective <= target)?.seconds ?? null);
}

export function objectiveOf(residual: Float64Array, norm: number, alpha: number): number {
  let squares = 0;
  for (const r of residual) squares += r * r;
  return squares / (2 * residual.length) + alpha * norm;
}

/** The objective after every commit, in float64. */
export function replay({ columns, target, alpha }: Problem, log: readonly LoggedCommit[]): Moment[] {
  const residual = target.slice();
  const beta = new Float64Array(columns.count);
  let norm = 0;
  return log.map(({ seconds, commit: { ids, values: steps } }) => {
    for (let k = 0; k < ids.length; k++) {
      const j = ids[k]!;
      norm += Math.abs(beta[j]! + steps[k]!) - Math.abs(beta[j]!);
      beta[j]! += steps[k]!;
      const { rowIds, values } = columns.column(j);
      for (let e = 0; e < values.length; e++) residual[rowIds ? rowIds[e]! : e]! -= steps[k]! * values[e]!;
    }
    return { seconds, objective: objectiveOf(residual, norm, alpha) };
  });
}

/** Adds up the time between start and stop; starting a clock that runs changes nothing. */
export class Clock {
  #total = 0;
  #since: number | null = null;

  start(): void {
    this.#since ??= performance.now();
  }

  stop(): void {
    this.#total = this.seconds;
    this.#since = null;
  }

  get seconds(): number {
    return this.#since === null ? this.#total : this.#total + (performance.now() - this.#since) / 1000;
  }
}
