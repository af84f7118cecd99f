/**
 * What a sampler needs beside counts, by shard and topic. In: alpha, beta, and the topics' counts as a shard sees them. Out: a table of
 * the engine, f32[shards × 3K]: scale = 1/(s_k + V·beta), alpha_k·scale_k, and the running sum of alpha_k·beta·scale_k.
 */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import type { LdaShardDescription } from '../operations.js';

export class Priors {
  readonly table: EngineBuffer;
  /** The topics' counts as they were last synchronized, and as each shard sees them. */
  readonly truth: Float64Array<ArrayBuffer>;
  readonly views: readonly Float64Array[];
  alpha: Float64Array;
  beta = 0;
  /** Beta that the table is for. */
  sampledBeta = 0;
  /** Σ alpha. */
  alphaSum = 0;
  /** alpha in engine memory as an alias table (Walker 1977; Vose 1991): by topic its chance as f32 bits, and its alias. */
  readonly aliases: EngineBuffer;
  readonly #engine: Engine;
  readonly #vocabulary: number;

  constructor(engine: Engine, { topics, vocabulary }: LdaShardDescription, truth: Float64Array<ArrayBuffer>, shards: number) {
    this.#engine = engine;
    this.#vocabulary = vocabulary;
    this.table = engine.createBuffer('lda priors', shards * 3 * topics * 4);
    this.aliases = engine.createBuffer('lda aliases', 2 * topics * 4);
    this.truth = truth;
    this.views = Array.from({ length: shards }, () => new Float64Array(topics));
    this.alpha = new Float64Array(topics);
  }

  /** Beside the truth, which is the shards'. */
  get hostArrays(): readonly Float64Array[] {
    return [...this.views, this.alpha];
  }

  set(alpha: Float64Array, beta: number): void {
    this.alpha = alpha;
    this.beta = beta;
    this.alphaSum = alpha.reduce((sum, value) => sum + value, 0);
    this.#engine.write(this.aliases, aliasTable(alpha));
  }

  /** Every shard sees what was synchronized. */
  synchronize(): void {
    for (const view of this.views) view.set(this.truth);
  }

  /** Writes the table for the counts as the shards see them, and this beta. */
  refresh(beta: number): void {
    const { alpha, views } = this;
    this.sampledBeta = beta;
    const topics = alpha.length;
    const table = new Float32Array(3 * topics);
    for (const [row, counts] of views.entries()) {
      let sum = 0;
      for (let k = 0; k < topics; k++) {
        const scale = 1 / (counts[k] + this.#vocabulary * beta);
        table[k] = scale;
        table[topics + k] = alpha[k] * scale;
        table[2 * topics + k] = sum += alpha[k] * beta * scale;
      }
      this.#engine.write(this.table, table, row * table.byteLength);
    }
  }
}

/** Every topic keeps its chance of 1/K or less and gives the rest of its place to one other. */
function aliasTable(alpha: Float64Array): Uint32Array<ArrayBuffer> {
  const topics = alpha.length;
  const mean = alpha.reduce((sum, value) => sum + value, 0) / topics;
  const left = Float64Array.from(alpha, (value) => value / mean);
  const table = new Uint32Array(2 * topics);
  const chances = new Float32Array(table.buffer);
  for (let k = 0; k < topics; k++) setColumn(k, 1, k);
  const small: number[] = [];
  const large: number[] = [];
  for (let k = 0; k < topics; k++) (left[k] < 1 ? small : large).push(k);
  while (small.length > 0 && large.length > 0) {
    const [less, more] = [small.pop()!, large.at(-1)!];
    setColumn(less, left[less], more);
    left[more] -= 1 - left[less];
    if (left[more] < 1) small.push(large.pop()!);
  }
  return table;

  function setColumn(topic: number, chance: number, alias: number): void {
    chances[2 * topic] = chance;
    table[2 * topic + 1] = alias;
  }
}
