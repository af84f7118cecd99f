/** What can happen to a run. */
import type { Draws } from '../../fuzz/draws.js';
import type { Problem } from '../problems.js';
import type { Setting, Stage } from '../stage.js';

/** What a run has to be for a fault to be done to it. */
export type Conditions = Partial<Pick<Setting, 'guests' | 'local' | 'heartbeat' | 'isDirect' | 'host' | 'hasSmallDisk'>>;

export interface Fault {
  /** As the table has it. */
  readonly name: string;
  /** Problems that it can happen to; all unless told. */
  readonly fits?: (problem: Problem) => boolean;
  readonly conditions: (draws: Draws) => Conditions;
  /** What it needs and this system has not; null where it has all. */
  readonly missing?: () => Promise<string | null>;
  /** Does it to the run, whose workers are yet to come. Resolves when it is done; may never, where the run ends before. */
  strike(stage: Stage, draws: Draws, tasks: number): Promise<void>;
  /** What the user must have been told. */
  readonly tells?: RegExp;
}
