/** Turns of the blocks round the shards: a task a step, two under way where the blocks have a step to travel in. */
import type { Sums, Task } from '../../../src/program.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import { gather } from '../../../src/runtime/rounds.js';

const NONE = new Float64Array(0);
/** More would let blocks pile up at a slow worker. */
const MOST_UNDER_WAY = 2;

export class Turns {
  readonly #cluster: Cluster;
  readonly #blocksAShard: number;
  /** Of the next turn or question. */
  round = 0;

  constructor(cluster: Cluster, blocksAShard: number) {
    this.#cluster = cluster;
    this.#blocksAShard = blocksAShard;
  }

  /** One turn of an operation whose ids begin with the step; the sums of its last step, when all is done. */
  async turn(operation: number, ...ids: number[]): Promise<readonly Sums[]> {
    const steps = this.#cluster.shards * this.#blocksAShard;
    const tasks = Array.from({ length: steps }, (_, step): Task => ({ operation, ids: Uint32Array.of(step, ...ids), values: NONE }));
    return this.#last(tasks, Math.min(MOST_UNDER_WAY, this.#blocksAShard));
  }

  /** One task for all shards; its sums. */
  async ask(operation: number, ids: readonly number[] = [], values: Float64Array = NONE): Promise<readonly Sums[]> {
    return this.#last([{ operation, ids: Uint32Array.from(ids), values }], 1);
  }

  async #last(tasks: readonly Task[], window: number): Promise<readonly Sums[]> {
    let last: readonly Sums[] = [];
    await gather(this.#cluster, this.round++, tasks, (_, sums) => (last = sums), window);
    return last;
  }
}
