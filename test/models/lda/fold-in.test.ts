/** Documents folded in on the processor; how they are batched and completed; and the perplexity of a real corpus under made topics. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completionOf, scoreCompletion, type Bags, type Completion } from '../../../models/lda/completion.js';
import { cutBatches } from '../../../models/lda/fold-batches.js';
import { readDocuments } from '../../../src/data/corpus.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import { foldInSuite } from './fold-in-suite.js';
import { foldedByDefinition, madeDocuments, madeTopics } from './fold-reference.js';

foldInSuite('wasm', () => createWasmEngine());

/** The rule, token by token. */
function completedByDefinition({ starts, words, counts }: Bags): Pick<Completion, 'folded' | 'scored'> {
  const folded = new Uint32Array(words.length);
  const scored = new Uint32Array(words.length);
  for (let d = 0; d < starts.length - 1; d++) {
    let number = 0;
    for (let e = starts[d]; e < starts[d + 1]; e++) {
      for (let repeat = 0; repeat < counts[e]; repeat++, number++) (number % 2 === 0 ? folded : scored)[e]++;
    }
  }
  return { folded, scored };
}

describe('completion', () => {
  it('folds even tokens in and scores odd ones, each document from 0', () => {
    const bags = { starts: Uint32Array.of(0, 3, 3, 5), words: Uint32Array.of(7, 2, 9, 2, 7), counts: Uint32Array.of(1, 4, 2, 3, 2) };
    const { folded, scored, starts, words } = completionOf(bags);
    expect([...folded]).toEqual([1, 2, 1, 2, 1]);
    expect([...scored]).toEqual([0, 2, 1, 1, 1]);
    expect({ starts, words }).toEqual({ starts: bags.starts, words: bags.words });
  });

  it('is the rule for any documents', () => {
    const documents = fc.array(fc.array(fc.nat(6), { maxLength: 12 }), { maxLength: 8 });
    fc.assert(
      fc.property(documents, (lists) => {
        const counts = Uint32Array.from(lists.flat());
        const starts = Uint32Array.from([0, ...lists], (_, d) => lists.slice(0, d).flat().length);
        const bags = { starts, words: new Uint32Array(counts.length), counts };
        expect(completionOf(bags)).toMatchObject(completedByDefinition(bags));
      }),
    );
  });
});

describe('batches', () => {
  const model = madeTopics(200, 30, 20);
  const documents = madeDocuments(200, Array.from({ length: 60 }, (_, d) => (d * 7) % 23));

  it('hold each document once, with the words that it has and no others', () => {
    for (const bytes of [1, 3000, 10_000, 2 ** 30]) {
      let next = 0;
      for (const { first, count, words, documents: { starts, entries } } of cutBatches(model, documents, { steps: 10, bytes })) {
        expect(first).toBe(next);
        next += count;
        const base = documents.starts[first];
        expect([...starts]).toEqual(Array.from(documents.starts.subarray(first, next + 1), (start) => start - base));
        const rows = Array.from({ length: entries.length / 2 }, (_, e) => entries[2 * e]);
        expect(rows.map((row) => words[row])).toEqual([...documents.words.subarray(base, documents.starts[next])]);
        expect([...new Set(rows)]).toEqual(words.map((_, row) => row));
        expect(rows.map((_, e) => entries[2 * e + 1])).toEqual([...documents.folded.subarray(base, documents.starts[next])]);
      }
      expect(next).toBe(60);
    }
  });

  it('end where the work would keep a worker from answering', () => {
    const batches = (steps: number) => [...cutBatches(model, documents, { steps, bytes: 2 ** 30 })].length;
    expect(batches(100)).toBe(1);
    expect(batches(300_000)).toBeGreaterThan(1);
    expect(batches(2 ** 30)).toBe(60);
  });
});

const KOS = fileURLToPath(new URL('../../../../shared/data/lda/kos/docword.kos-test.txt.gz', import.meta.url));

describe.skipIf(!existsSync(KOS))('KOS, held out', () => {
  it('has the perplexity of a float64 computation', async () => {
    const documents = await readDocuments(KOS);
    const model = madeTopics(documents.words.count, 32, 9);
    const engine = await createWasmEngine();
    const found = { logLikelihood: 0, tokens: 0 };
    let expected = 0;
    for (const batch of documents.batches()) {
      const completion = completionOf(batch);
      const { logLikelihoods, tokens } = await scoreCompletion(engine, model, completion, { steps: 100, bytes: 2 ** 22 });
      found.logLikelihood += logLikelihoods.reduce((sum, value) => sum + value, 0);
      found.tokens += tokens;
      logLikelihoods.forEach((_, d) => (expected += foldedByDefinition(model, completion, d, 100).logLikelihood));
    }
    await engine.close();
    documents.close();
    const perplexity = (logLikelihood: number) => Math.exp(-logLikelihood / found.tokens);
    expect(perplexity(found.logLikelihood) / perplexity(expected)).toBeCloseTo(1, 6);
    // Half of 55,403 tokens, less the last one of each document whose tokens are odd in number.
    expect(found.tokens).toBeGreaterThan((55_403 - 395) / 2);
    expect(found.tokens).toBeLessThan(55_403 / 2);
  });
});
