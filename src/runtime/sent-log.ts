/**
 * What the scheduler has sent to the workers since their last snapshot. In: tasks with the commits before them, as they are sent. Out: the same
 * again, for workers that were brought back to that snapshot.
 */
import type { Commit, Task } from '../program.js';

export interface Sent {
  /** The task's number on the bus. */
  readonly id: number;
  readonly round: number;
  readonly task: Task;
  /** Go ahead of the task. */
  readonly commits: readonly Commit[];
  /** Every task up to this number had been pushed by all when this one was sent. */
  readonly after: number;
}

export class SentLog {
  #entries: Sent[] = [];
  #bytes = 0;

  /** Of the arrays that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  get entries(): readonly Sent[] {
    return this.#entries;
  }

  /** Copies what a program may use again. */
  add({ id, round, task, commits, after }: Sent): void {
    const { operation, ids, values } = task;
    this.#entries.push({ id, round, task: { operation, ids: ids.slice(), values: values.slice() }, commits: commits.map((commit) => ({ ids: commit.ids.slice(), values: commit.values.slice() })), after });
    this.#bytes += bytesOf(task) + commits.reduce((sum, commit) => sum + bytesOf(commit), 0);
  }

  /** Drops the tasks up to number `id`: a snapshot was taken behind them. */
  dropUpTo(id: number): void {
    this.#entries = this.#entries.filter((entry) => entry.id > id);
    this.#bytes = this.#entries.reduce((sum, { task, commits }) => sum + bytesOf(task) + commits.reduce((all, commit) => all + bytesOf(commit), 0), 0);
  }
}

function bytesOf({ ids, values }: Pick<Task, 'ids' | 'values'>): number {
  return ids.byteLength + values.byteLength;
}
