/** What folding in promises on any engine, against its definition in float64. In: a name and a way to make an engine. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreCompletion } from '../../../models/lda/completion.js';
import { foldIn, type FoldDocuments, type FoldModel, type FoldOptions } from '../../../models/lda/fold-in.js';
import type { Engine } from '../../../src/engine/engine.js';
import { foldedByDefinition, madeDocuments, madeTopics } from './fold-reference.js';

const WORDS = 120;
const LENGTHS = [4, 0, 1, 30, 9, 0, 17, 2, 64, 5];
const AMPLE = 2 ** 26;
/** Enough for any of the documents with some twenty topics, and not for all. */
const SCANT = 7000;
/** Of what f32 computes in some steps, relative. */
const TOLERANCE = 1e-5;

interface Result {
  readonly thetas: Float32Array;
  readonly likelihoods: Float32Array;
  readonly batches: number;
}

async function foldAll(engine: Engine, model: FoldModel, documents: FoldDocuments, options: FoldOptions): Promise<Result> {
  const thetas: number[] = [];
  const likelihoods: number[] = [];
  let batches = 0;
  let next = 0;
  for (const batch of foldIn(engine, model, documents, options)) {
    expect(batch.first).toBe(next);
    thetas.push(...(await batch.thetas()));
    likelihoods.push(...(await batch.likelihoods()));
    next += batch.count;
    batches++;
  }
  expect(next).toBe(documents.starts.length - 1);
  return { thetas: Float32Array.from(thetas), likelihoods: Float32Array.from(likelihoods), batches };
}

function farthest(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found).toHaveLength(expected.length);
  return Array.from(expected).reduce((most, value, at) => Math.max(most, Math.abs(found[at] / value - 1)), 0);
}

export function foldInSuite(name: string, makeEngine: () => Promise<Engine>): void {
  describe(`folding in: ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await makeEngine();
    });
    afterAll(() => engine.close());

    it.each([[1, 0], [3, 1], [8, 5], [50, 20], [131, 20]])('is what its definition says: %i topics, %i steps', async (topicCount, steps) => {
      const model = madeTopics(WORDS, topicCount, 12);
      const documents = madeDocuments(WORDS, LENGTHS);
      const expected = LENGTHS.map((_, d) => foldedByDefinition(model, documents, d, steps));
      const { thetas, likelihoods } = await foldAll(engine, model, documents, { steps, bytes: AMPLE });
      expect(farthest(thetas, expected.flatMap(({ theta }) => [...theta]))).toBeLessThan(TOLERANCE);
      expect(farthest(likelihoods, expected.flatMap((folded) => folded.likelihoods))).toBeLessThan(TOLERANCE);
    });

    it('gives the same bits however the documents are batched, within the bytes it may take', async () => {
      const model = madeTopics(WORDS, 21, 8);
      const documents = madeDocuments(WORDS, LENGTHS);
      const whole = await foldAll(engine, model, documents, { steps: 7, bytes: AMPLE });
      expect(whole.batches).toBe(1);
      for (const [bytes, batches] of [[SCANT, 2], [1, LENGTHS.length]]) {
        const parts = await foldAll(engine, model, documents, { steps: 7, bytes });
        expect(parts.batches).toBe(batches);
        expect(parts.thetas).toEqual(whole.thetas);
        expect(parts.likelihoods).toEqual(whole.likelihoods);
      }
    });

    it('takes no more memory than it may, and gives it back, also where nobody asks for the rest', async () => {
      const model = madeTopics(WORDS, 21, 8);
      const documents = madeDocuments(WORDS, LENGTHS);
      const before = engine.allocatedBytes;
      for (const last of [1, LENGTHS.length]) {
        for (const { first, count } of foldIn(engine, model, documents, { steps: 2, bytes: SCANT })) {
          expect(engine.allocatedBytes - before).toBeLessThanOrEqual(SCANT);
          if (first + count >= last) break;
        }
        expect(engine.allocatedBytes).toBe(before);
      }
    });

    it('gives a document without folded tokens the prior: alpha over its sum', async () => {
      const model = madeTopics(WORDS, 6, 3);
      const sum = model.alpha.reduce((total, value) => total + value, 0);
      const documents = { starts: Uint32Array.of(0, 0, 2), words: Uint32Array.of(3, 4), folded: new Uint32Array(2) };
      for (const steps of [1, 30]) {
        const { thetas } = await foldAll(engine, model, documents, { steps, bytes: AMPLE });
        const prior = [...model.alpha.map((value) => value / sum)];
        expect(farthest(thetas, [...prior, ...prior])).toBeLessThan(TOLERANCE);
      }
    });

    it('folds no documents in', async () => {
      const { batches } = await foldAll(engine, madeTopics(5, 2, 2), madeDocuments(5, []), { steps: 3, bytes: AMPLE });
      expect(batches).toBe(0);
    });

    it('scores the other half by document', async () => {
      const model = madeTopics(WORDS, 40, 6);
      const documents = madeDocuments(WORDS, LENGTHS);
      const expected = LENGTHS.map((_, d) => foldedByDefinition(model, documents, d, 30).logLikelihood);
      for (const bytes of [SCANT, AMPLE]) {
        const { logLikelihoods, tokens } = await scoreCompletion(engine, model, documents, { steps: 30, bytes });
        expect(tokens).toBe(documents.scored.reduce((sum, count) => sum + count, 0));
        expected.forEach((value, d) => expect(Math.abs(logLikelihoods[d] - value)).toBeLessThanOrEqual(TOLERANCE * Math.abs(value)));
      }
    });
  });
}
