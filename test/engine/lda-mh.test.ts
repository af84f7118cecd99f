/**
 * The two passes of Metropolis–Hastings together, on the twins: a token whose surroundings stay as they are comes to the
 * topics with the probabilities of its exact conditional. Many copies of one token, each with a document, a word and totals
 * of its own, make independent samples; χ² tells whether they follow.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lda } from '#kernels';
import type { BufferData, Engine, EngineBuffer, Kernel } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/wasm.js';
import { countList } from './lda-corpus.js';

const COPIES = 20_000;
const SWEEPS = 12;
const K = 5;
const BITS = 3;
const BETA = 0.25;
const WORDS = 4;
/** Other tokens of the document, of the word, and of all, by topic: few, so that one token more or less shows. */
const IN_DOCUMENT = [1, 0, 2, 0, 0];
const IN_WORD = [1, 2, 0, 0, 1];
const IN_ALL = [2, 3, 4, 1, 1];
const ALPHA = [0.5, 1, 0.25, 1.5, 0.75];
/** χ² with K - 1 = 4 degrees of freedom exceeds this once in 10,000 times. */
const CRITICAL = 23.5;

/** Topics of a document's other tokens; the token itself comes before them. */
const OTHERS = IN_DOCUMENT.flatMap((count, topic) => Array<number>(count).fill(topic));
const TOKENS = OTHERS.length + 1;
/** Starts, length and room of one count list. */
const REGION = 3 + K;

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b);
const each = (values: (copy: number) => readonly number[]) => Array.from({ length: COPIES }, (_, copy) => values(copy)).flat();
const padded = (entries: readonly number[]) => [...entries, ...Array<number>(K - entries.length).fill(0)];

function conditional(): number[] {
  const weights = ALPHA.map((alpha, k) => ((IN_DOCUMENT[k] + alpha) * (IN_WORD[k] + BETA)) / (IN_ALL[k] + WORDS * BETA));
  return weights.map((weight) => weight / sum(weights));
}

function chiSquare(counts: readonly number[]): number {
  return sum(conditional().map((p, k) => (counts[k] - p * COPIES) ** 2 / (p * COPIES)));
}

/** The list of a count table with one token more, of the given topic. */
function listWith(counts: readonly number[], topic: number): number[] {
  return countList(new Map(counts.map((count, k) => [k, count + Number(k === topic)])), BITS);
}

/** A copy's row of `priors` where the token has the given topic; the last K numbers are for other kernels. */
function priorsWith(topic: number): number[] {
  const scales = IN_ALL.map((count, k) => 1 / (count + Number(k === topic) + WORDS * BETA));
  return [...scales, ...scales.map((scale, k) => ALPHA[k] * scale), ...scales.fill(0)];
}

/** Lists and totals that agree with the tokens' topics, and nothing else of the corpus. */
function tables(topics: Uint8Array): Record<string, BufferData> {
  const documents = Array.from(topics, (topic) => listWith(IN_DOCUMENT, topic));
  const words = Array.from(topics, (topic) => listWith(IN_WORD, topic));
  const starts = Array.from({ length: COPIES + 1 }, (_, copy) => 2 * COPIES + 1 + K * copy);
  return {
    documents: Uint32Array.from([...starts, ...documents.map(({ length }) => length), ...documents.flatMap(padded)]),
    rows: Uint32Array.from(words.flatMap((list) => [3, REGION, list.length, ...padded(list)])),
    priors: Float32Array.from(Array.from(topics, priorsWith).flat()),
    topics: Uint32Array.from(each((copy) => [topics[copy], ...OTHERS].map((topic) => topic | (topic << 16)))),
  };
}

/** Alias table of alpha (Vose 1991): columns below the mean are filled up from one above it. */
function aliasTable(): Uint32Array {
  const heights = ALPHA.map((alpha) => (alpha * K) / sum(ALPHA));
  const table = new Uint32Array(2 * K);
  const probabilities = new Float32Array(table.buffer);
  const open = new Set(heights.keys());
  while (open.size > 0) {
    const [low, high] = [Math.min, Math.max].map((extreme) => [...open].find((k) => heights[k] === extreme(...[...open].map((j) => heights[j])))!);
    probabilities[2 * low] = Math.min(1, heights[low]);
    table[2 * low + 1] = high;
    heights[high] -= low === high ? 0 : 1 - heights[low];
    open.delete(low);
  }
  return table;
}

/** Each copy is a shard, a cell, a block of one word, and one document of which only the first token is sampled. */
function layout(): Record<string, BufferData> {
  return {
    shards: Uint32Array.from(each((copy) => [copy, copy, 0])),
    pieces: Uint32Array.from(each((copy) => [copy, copy * TOKENS, 1])),
    tokenStarts: Uint32Array.from({ length: COPIES + 1 }, (_, copy) => copy * TOKENS),
    cells: Uint32Array.from(each((copy) => [copy, COPIES + copy, copy * REGION, copy, 0, 1])),
    work: Uint32Array.from([...each((copy) => [copy, copy * TOKENS, 1]), ...each((copy) => [0, copy, 1])]),
    aliases: aliasTable(),
  };
}

/** Runs the kernels on all copies, and keeps what they share. */
class Copies {
  private readonly buffers: Record<string, EngineBuffer> = {};

  constructor(
    private readonly engine: Engine,
    private readonly draws: number,
  ) {
    this.set(layout());
    this.set({ proposals: new Uint32Array((COPIES * TOKENS * draws) / 2), deltas: new Int32Array(COPIES * K), scratch: new Uint32Array(K + 4 * 8196 + 5 * K + 1) });
  }

  /** One sweep from the given topics; returns those that it leads to. */
  async sweep(topics: Uint8Array, sweep: number): Promise<Uint8Array> {
    this.set(tables(topics));
    const common = { count: COPIES, topicCount: K, draws: this.draws, seed: 5, sweep };
    this.run(lda.acceptInDocuments, { ...common, shardCount: COPIES, documentCount: COPIES, bits: BITS });
    this.run(lda.proposeInDocuments, { ...common, shardCount: COPIES, alphaSum: sum(ALPHA) });
    this.run(lda.sampleWords, { ...common, cellCount: COPIES, bits: BITS, beta: BETA });
    const [bytes] = await this.engine.read([{ buffer: this.buffers['topics'] }]);
    const words = new Uint32Array(bytes);
    return Uint8Array.from(topics, (_, copy) => words[copy * TOKENS] >>> 16);
  }

  private set(contents: Record<string, BufferData>): void {
    for (const [name, data] of Object.entries(contents)) {
      this.buffers[name] ??= this.engine.createBuffer(name, data.byteLength);
      this.engine.write(this.buffers[name], data);
    }
  }

  private run(kernel: Kernel, parameters: Record<string, number>): void {
    const buffers = Object.fromEntries(kernel.bindings.map(({ name }) => [name, this.buffers[name]]));
    this.engine.dispatch({ kernel, buffers, parameters, workgroups: COPIES });
  }
}

describe('Metropolis–Hastings of one token, all else as it is', () => {
  let engine: Engine;
  beforeEach(async () => (engine = await createWasmEngine()));
  afterEach(() => engine.close());

  it.each([2, 4])('has the exact conditional as its limit, with %d proposals a pass', async (draws) => {
    const copies = new Copies(engine, draws);
    let topics: Uint8Array = new Uint8Array(COPIES);
    for (let sweep = 0; sweep < SWEEPS; sweep++) topics = await copies.sweep(topics, sweep);
    const counts = Array.from({ length: K }, (_, k) => topics.filter((topic) => topic === k).length);
    expect(chiSquare(counts), `counts ${counts.join(', ')} against ${conditional().map((p) => Math.round(p * COPIES)).join(', ')}`).toBeLessThan(CRITICAL);
  });
});
