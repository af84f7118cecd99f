/** The topics as they leave the workers, some at a time. In: a fitted cluster. Out: words and tokens of every topic, words by their index in the corpus. */
import type { Cluster } from '../../src/runtime/cluster.js';
import type { LdaFit } from './fit.js';
import { Operation } from './operations.js';
import { MIB, type LdaOptions } from './options.js';
import { Questions } from './schedule/questions.js';

/** Topic first + t has entries starts[t] … starts[t + 1] - 1: words ascending, and how many tokens of them have the topic. */
export interface TopicTile {
  readonly first: number;
  readonly starts: Uint32Array;
  readonly words: Uint32Array;
  /** Whole numbers, or means of samples. */
  readonly tokens: Float64Array;
}

/** All topics, as many at a time as have entries for the budget of a block: a topic has no more than it has tokens, and than there are words. */
export async function* topicTiles(cluster: Cluster, { layout, totals, samples }: Pick<LdaFit, 'layout' | 'totals' | 'samples'>, { blockMib }: Pick<LdaOptions, 'blockMib'>): AsyncGenerator<TopicTile> {
  const questions = new Questions(cluster);
  const { rowAt } = layout.words;
  const most = (blockMib * MIB) / BYTES_AN_ENTRY;
  for (let first = 0; first < totals.length; ) {
    let [count, entries] = [0, 0];
    do entries += Math.min(totals[first + count++], rowAt.length);
    while (first + count < totals.length && entries + Math.min(totals[first + count], rowAt.length) <= most && (count + 1) * rowAt.length < MOST_KEYS);
    const [sums] = await questions.ask(Operation.ReadTopics, [first, count]);
    yield { first, ...byWord(sums.keys as Uint32Array, sums.values, rowAt, count, samples) };
    first += count;
  }
}

/** A key and a value. */
const BYTES_AN_ENTRY = 12;
/** Keys are 32-bit. */
const MOST_KEYS = 2 ** 32;

/** Keys are (topic, position of the word); positions give way to the words at them. */
function byWord(keys: Uint32Array, values: Float64Array, rowAt: Uint32Array, count: number, samples: number): Omit<TopicTile, 'first'> {
  const starts = new Uint32Array(count + 1);
  for (const key of keys) starts[Math.floor(key / rowAt.length) + 1]++;
  for (let t = 0; t < count; t++) starts[t + 1] += starts[t];
  const words = new Uint32Array(keys.length);
  const tokens = new Float64Array(keys.length);
  for (let t = 0; t < count; t++) {
    const order = Array.from({ length: starts[t + 1] - starts[t] }, (_, e) => starts[t] + e).sort((a, b) => wordOf(a) - wordOf(b));
    for (const [at, from] of order.entries()) {
      words[starts[t] + at] = wordOf(from);
      tokens[starts[t] + at] = values[from] / samples;
    }
  }
  return { starts, words, tokens };

  function wordOf(entry: number): number {
    return rowAt[keys[entry] % rowAt.length];
  }
}
