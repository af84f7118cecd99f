/** What the exact sampler draws over many sweeps follows the conditional distribution of each token. */
import { describe, expect, it } from 'vitest';
import { lda } from '#kernels';
import { createWasmEngine } from '../../src/engine/wasm.js';
import { drawnDocuments, makeCorpus } from './lda-corpus.js';
import type { CorpusShape } from './lda-corpus.js';
import { exactCase, intervalsOf } from './lda-gibbs-oracles.js';

const SWEEPS = 1500;
/** Fewer expected draws than this go together in one class. */
const LEAST_EXPECTED = 10;

/** How often each place of the corpus got each topic: [place][topic]. */
async function drawMany(shape: CorpusShape): Promise<Uint32Array[]> {
  const engine = await createWasmEngine({ memoryBytes: 16 << 20 });
  const { buffers, parameters, workgroups } = exactCase(shape);
  const made = Object.fromEntries(
    Object.entries(buffers).map(([name, data]) => {
      const buffer = engine.createBuffer(name, data.byteLength);
      engine.write(buffer, data);
      return [name, buffer];
    }),
  );
  const topics = engine.hostView(made.topics)!;
  const found = new Uint32Array(topics.buffer, topics.byteOffset, topics.byteLength / 4);
  const draws = Array.from(found, () => new Uint32Array(shape.topicCount));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    engine.dispatch({ kernel: lda.exact, buffers: made, parameters: { ...parameters, sweep }, workgroups });
    found.forEach((word, place) => draws[place][word >>> 16]++);
  }
  await engine.close();
  return draws;
}

/** Chi-square of what was drawn against what was expected, less its degrees of freedom, in their standard deviations. */
function surplus(draws: ArrayLike<number>, probabilities: Float64Array): number {
  const total = Array.from(draws).reduce((sum, count) => sum + count, 0);
  const classes = [{ found: 0, expected: 0 }];
  probabilities.forEach((probability, topic) => {
    const expected = probability * total;
    if (expected >= LEAST_EXPECTED) classes.push({ found: draws[topic], expected });
    else classes[0] = { found: classes[0].found + draws[topic], expected: classes[0].expected + expected };
  });
  const filled = classes.filter(({ found, expected }) => found > 0 || expected > 0);
  const chiSquare = filled.reduce((sum, { found, expected }) => sum + (found - expected) ** 2 / expected, 0);
  return (chiSquare - (filled.length - 1)) / Math.sqrt(2 * (filled.length - 1));
}

describe('lda/exact: what is drawn', () => {
  it.each([
    { title: '12 topics', topicCount: 12, documents: [[[0, 40], [1, 3], [2, 30]] as const, ...drawnDocuments([30, 5], 3, 1)], words: 3 },
    { title: 'a word found nowhere else', topicCount: 8, documents: [[[0, 6], [1, 40]] as const], words: 2, elsewhere: 0 },
    { title: '300 topics', topicCount: 300, documents: [[[0, 10], [1, 120]] as const], words: 2, elsewhere: 90 },
  ])('follows the conditional distribution of each token: $title', async (shape) => {
    const corpus = makeCorpus(shape);
    const draws = await drawMany(shape);
    const found = draws.map((counts, place) => {
      const { intervals, total } = intervalsOf(corpus, corpus.cells[0], place);
      const probabilities = new Float64Array(shape.topicCount);
      for (const { topic, begin, end } of intervals) probabilities[topic] += (end - begin) / total;
      return surplus(counts, probabilities);
    });
    expect(found.length).toBeGreaterThan(40);
    expect(Math.max(...found)).toBeLessThan(5);
    const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
    expect(Math.abs(mean)).toBeLessThan(3 / Math.sqrt(found.length));
  });
});
