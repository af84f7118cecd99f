/**
 * A start that mixes fast. Topics that begin as sharp as their prior lets them soon keep what they have, and it takes many sweeps to part
 * words that should not have been together. So the first sweeps sample with a larger beta, which falls by the same factor from one to the
 * next until it is the prior's. What is sampled after that has the same limit as without. In: the data's size, the options. Out: beta by sweep.
 */
import { burnInOf, type LdaOptions } from '../options.js';

/** V·beta of the first sweep: this part of the tokens that a topic has on average. Where the prior's is larger there is nothing to do. */
const SMOOTHING = 0.5;
/** Whatever the number of sweeps, so that a run is the beginning of a longer one. */
const SWEEPS = 75;

export interface Annealing {
  /** Beta of the first sweep, and sweeps until it is that of the prior. */
  readonly first: number;
  readonly sweeps: number;
}

/** None, where topics are known to begin with. */
export const NO_ANNEALING: Annealing = { first: 0, sweeps: 0 };

/** It ends with the burn-in at the latest where there is one. `vocabulary`: V. */
export function annealingOf(tokens: number, vocabulary: number, options: LdaOptions): Annealing {
  const hasBurnIn = options.optimizeHyperparameters || options.samples > 1;
  return {
    first: (SMOOTHING * tokens) / (options.topics * vocabulary),
    sweeps: hasBurnIn ? Math.min(SWEEPS, burnInOf(options)) : SWEEPS,
  };
}

/** What sweep 0, 1, … samples with where the prior is `beta`. */
export function annealedBeta({ first, sweeps }: Annealing, beta: number, sweep: number): number {
  if (sweep >= sweeps || first <= beta) return beta;
  return beta * (first / beta) ** (1 - sweep / sweeps);
}
