/** Tasks for all shards, one at a time. In: an operation and what goes with it. Out: the sums of what the shards push. */
import type { Sums } from '../../../src/program.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import { gather } from '../../../src/runtime/rounds.js';

const NONE = new Float64Array(0);

export class Questions {
  readonly #cluster: Cluster;
  #round = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The sums by channel. */
  async ask(operation: number, ids: readonly number[] = [], values: Float64Array = NONE): Promise<readonly Sums[]> {
    let answer: readonly Sums[] = [];
    await gather(this.#cluster, this.#round++, [{ operation, ids: Uint32Array.from(ids), values }], (_, sums) => (answer = sums), 1);
    return answer;
  }

  /** The same operation for steps 0 … steps - 1, each after the one before; the step leads the ids. The sums of the last. */
  async turn(operation: number, steps: number, ids: readonly number[] = [], values: Float64Array = NONE): Promise<readonly Sums[]> {
    let answer: readonly Sums[] = [];
    for (let step = 0; step < steps; step++) answer = await this.ask(operation, [step, ...ids], values);
    return answer;
  }
}
