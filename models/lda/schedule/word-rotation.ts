/**
 * Word rotation (Lee et al. 2014, section 3.2) as a program: in round c of a sweep every shard samples its tokens of the block that is
 * with it, so that no two shards touch the same words; pull synchronizes the topics' counts.
 */
import type { Commit, SchedulerProgram, Sums, Task } from '../../../src/program.js';
import { Operation } from '../operations.js';
import type { Synchronization } from './synchronization.js';

const NONE = new Float64Array(0);

export class WordRotation implements SchedulerProgram {
  readonly #operation: Operation.Count | Operation.Sample;
  readonly #blocks: number;
  readonly #synchronization: Synchronization;
  readonly #valuesOf: (sweep: number) => Float64Array;

  /** Rounds count on from sweep to sweep, a sweep has `blocks` of them. `valuesOf`: what goes with the operation in a sweep. */
  constructor(operation: Operation.Count | Operation.Sample, blocks: number, synchronization: Synchronization, valuesOf: (sweep: number) => Float64Array = () => NONE) {
    this.#operation = operation;
    this.#blocks = blocks;
    this.#synchronization = synchronization;
    this.#valuesOf = valuesOf;
  }

  *schedule(round: number): Iterable<Task> {
    const sweep = Math.floor(round / this.#blocks);
    yield { operation: this.#operation, ids: Uint32Array.of(round % this.#blocks, sweep), values: this.#valuesOf(sweep) };
  }

  pull(_round: number, _task: Task, sums: readonly Sums[]): Commit {
    return this.#synchronization.take(sums);
  }
}
