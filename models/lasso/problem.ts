/** A Lasso on a cluster as those who train it see it, whichever way X is cut. */
import type { SchedulerProgram, SchedulerState } from '../../src/program.js';
import type { Certificate } from './certificate.js';
import type { Penalty } from './penalty.js';

/** Nonzero coefficients of the columns as parsed, ids ascending: ŷ = intercept + Σ values_k x_{ids[k]}. */
export interface OriginalCoefficients {
  readonly ids: Uint32Array;
  readonly values: Float64Array;
  readonly intercept: number;
}

export interface Problem {
  readonly program: SchedulerProgram;
  /** n, and ||y||² of the centred target: what the relative gap is relative to. */
  readonly samples: number;
  readonly targetSquares: number;
  /** Some columns are not penalized, so that the null model has to be fitted. */
  readonly hasFreeColumns: boolean;
  /** Goes on with another penalty, from the coefficients as they are. */
  start(penalty: Penalty): Promise<Certificate>;
  /** How many rounds to run before the next certificate, of which there were `certificates` so far. */
  roundsToCertificate(certificates: number): number;
  /** Rounds without progress before a run may be called stalled. */
  readonly patience: number;
  /** A pass over the data that judges the coefficients; the next rounds work on what it finds. */
  certify(): Promise<Certificate>;
  /** The smallest α at which every penalized coefficient is 0, when the last certificate was of the null model. */
  alphaMax(): number;
  /**
   * After a certificate: all that the problem needs to go on, what it shares with others included. `resume` brings a problem of the same data
   * and options to it, whatever that has done since it was opened.
   */
  state(): SchedulerState;
  resume(state: SchedulerState): void;
  original(): OriginalCoefficients;
  /** Weighted mean of (y - ŷ)² over the rows the problem leaves out. */
  heldOutError(): Promise<number>;
}
