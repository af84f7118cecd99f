/**
 * What a scheduler shard answers to: which variables of its range come next, and what became of them. Everything goes in
 * and out as flat arrays, so that a shard could as well live in another process.
 *
 * A variable that was drawn is taken, and is not drawn again, until it is released or committed.
 */
export interface Draw {
  /** Up to `count` distinct free variables for a round, in the order of the draw. They are taken from now on. */
  draw(round: number, count: number): Uint32Array;
  /** Frees variables that were not updated; they stand as they stood before the draw. */
  release(ids: Uint32Array): void;
  /** Frees variables that were updated; progress[k] ≥ 0 says by how much ids[k] moved. */
  commit(ids: Uint32Array, progress: Float64Array): void;
  /** Says how far each variable would move now, in order of the range: what a pass over all the data knows. */
  refresh(progress: Float64Array): void;
  /** What the draw needs beside a `refresh` to go on as it would; `resume` takes it, and a refresh follows. */
  state(): Uint32Array;
  resume(state: Uint32Array): void;
  /** Memory of the state that is kept for each variable of the range. */
  readonly bytes: number;
}
