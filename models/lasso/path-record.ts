/** What a path has found: its points, and the errors of the folds. */
import type { SchedulerState } from '../../src/program.js';
import type { PathPoint } from './path.js';

/** Numbers of a point beside its coefficients. */
const POINT_WIDTH = 6;

interface Facts {
  readonly stopped: readonly PathPoint['stopped'][];
  /** How many errors every fold has. */
  readonly errors: readonly number[];
}

export class PathRecord {
  /** Of all rows, along the path. */
  readonly points: PathPoint[] = [];
  /** By fold, the one in hand last, along the path. */
  readonly errors: number[][] = [];

  state(): SchedulerState {
    const { points, errors } = this;
    const facts: Facts = { stopped: points.map(({ stopped }) => stopped), errors: errors.map(({ length }) => length) };
    const numbers = points.flatMap(({ objective, dual, relativeGap, nonzeros, intercept, alpha }) => [objective, dual, relativeGap, nonzeros, intercept, alpha]);
    return { facts, arrays: [Float64Array.from(numbers), Float64Array.from(errors.flat()), ...points.flatMap(({ ids, values }) => [ids, values])] };
  }

  resume({ facts, arrays: [numbers, ofFolds, ...coefficients] }: SchedulerState): void {
    const { stopped, errors } = facts as Facts;
    this.points.length = 0;
    for (const [k, ended] of stopped.entries()) {
      const [objective, dual, relativeGap, nonzeros, intercept, alpha] = numbers!.subarray(POINT_WIDTH * k) as unknown as [number, number, number, number, number, number];
      const [ids, values] = coefficients.slice(2 * k, 2 * k + 2) as [Uint32Array, Float64Array];
      this.points.push({ objective, dual, relativeGap, nonzeros, intercept, alpha, ids, values, stopped: ended });
    }
    this.errors.length = 0;
    let at = 0;
    for (const length of errors) this.errors.push([...ofFolds!.subarray(at, (at += length))]);
  }
}
