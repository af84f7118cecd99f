/** What the training loop sees of an algorithm: sweeps, each of which meets every rating and every factor. */
import type { SchedulerState } from '../../../src/program.js';

export interface Sweeper {
  /** Comes before the first sweep, unless `resume` does. `isWarm`: the shards' factors are those of an earlier training. */
  begin(isWarm: boolean): Promise<void>;
  /** After it the factors are at home and errors can be judged. */
  sweep(): Promise<void>;
  /** What the next sweep depends on and workers don't have; good until then. */
  state(): SchedulerState;
  resume(state: SchedulerState): void;
}

/** Of an algorithm whose sweeps depend on the workers alone. */
export const STATELESS: Omit<Sweeper, 'sweep'> = {
  begin: () => Promise.resolve(),
  state: () => ({ facts: null, arrays: [] }),
  resume: () => undefined,
};
