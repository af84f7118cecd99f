/**
 * The scheduler shards of a run: contiguous ranges of the variables, each with a draw of its own that holds and sees nothing
 * else. They take turns: shard t mod N draws for round t. So a round talks to one shard, whose work does not grow with N, and
 * the others have N - 1 rounds to take in their commits; merging would ask all of them for every round.
 */
import type { VariableRange } from '../program.js';
import type { Draw } from './draw.js';
import { blockCount } from './round-robin.js';

interface Shard {
  readonly range: VariableRange;
  readonly draw: Draw;
}

export class Schedulers implements Draw {
  readonly #shards: readonly Shard[];

  /** At most one shard a variable; `drawOver` makes the draw of one. */
  constructor(count: number, { begin, end }: VariableRange, drawOver: (range: VariableRange, shard: number) => Draw) {
    const length = end - begin;
    const shards = Math.min(count, length);
    const bound = (shard: number) => begin + Math.floor((shard * length) / shards);
    this.#shards = Array.from({ length: shards }, (_, shard) => {
      const range = { begin: bound(shard), end: bound(shard + 1) };
      return { range, draw: drawOver(range, shard) };
    });
  }

  draw(round: number, count: number): Uint32Array {
    return this.#shards[round % this.#shards.length]!.draw.draw(round, count);
  }

  release(ids: Uint32Array): void {
    if (this.#shards.length === 1) return this.#shards[0]!.draw.release(ids);
    for (const { draw, range } of this.#shards) {
      const own = ids.filter((id) => contains(range, id));
      if (own.length > 0) draw.release(own);
    }
  }

  commit(ids: Uint32Array, progress: Float64Array): void {
    if (this.#shards.length === 1) return this.#shards[0]!.draw.commit(ids, progress);
    for (const { draw, range } of this.#shards) {
      const isOwn = (_: number, k: number) => contains(range, ids[k]!);
      const own = ids.filter(isOwn);
      if (own.length > 0) draw.commit(own, progress.filter(isOwn));
    }
  }

  refresh(progress: Float64Array): void {
    const first = this.#shards[0]!.range.begin;
    for (const { draw, range } of this.#shards) draw.refresh(progress.subarray(range.begin - first, range.end - first));
  }

  /** The shards' states one after another, each after its length. */
  state(): Uint32Array {
    return Uint32Array.from(
      this.#shards.flatMap(({ draw }) => {
        const state = draw.state();
        return [state.length, ...state];
      }),
    );
  }

  resume(state: Uint32Array): void {
    let at = 0;
    for (const { draw } of this.#shards) {
      const end = at + 1 + state[at]!;
      draw.resume(state.subarray(at + 1, end));
      at = end;
    }
  }

  /**
   * Rounds of `size` variables that are `sweeps` times as many as all ranges need, and end with the turn of another shard
   * than the last such run of rounds did: whatever a pause between them is good for, every shard gets it.
   */
  rounds(sweeps: number, size: number): number {
    const turns = Math.ceil(sweeps * Math.max(...this.#shards.map(({ range }) => blockCount(range, size))));
    return turns * this.#shards.length + (this.#shards.length > 1 ? 1 : 0);
  }

  /** Memory of the largest shard. */
  get bytes(): number {
    return Math.max(...this.#shards.map(({ draw }) => draw.bytes));
  }
}

function contains({ begin, end }: VariableRange, id: number): boolean {
  return id >= begin && id < end;
}
