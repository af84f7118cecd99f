/** The coherence of topics is the mean NPMI of their words over documents: by hand, and against a count of every pair in every document. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coherencesOf, meanCoherence } from '../../../models/lda/coherence.js';
import { documentsFrom, trainingCorpus, type Corpus } from '../../../src/data/corpus.js';

function corpusOf(documents: readonly (readonly string[])[]): Corpus {
  return trainingCorpus(documentsFrom(documents));
}

const indices = ({ words }: Corpus, list: readonly string[]) => Uint32Array.from(list, (word) => words.indexOf(word));

/** Documents as sets of words. */
function byDefinition(list: readonly string[], documents: readonly (readonly string[])[]): number {
  const share = (...words: string[]) => documents.filter((document) => words.every((word) => document.includes(word))).length / documents.length;
  const pairs = list.flatMap((v, at) => list.slice(at + 1).map((w) => [v, w] as const));
  const values = pairs.map(([v, w]) => {
    const together = share(v, w);
    if (together === 0) return -1;
    return together === 1 ? 1 : Math.log(together / (share(v) * share(w))) / -Math.log(together);
  });
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('coherence', () => {
  it('is what it comes to by hand', () => {
    // a in 3 of 4 documents, b and c in 2; a and b together in 2, a and c in 1, b and c never.
    const corpus = corpusOf([['a', 'b', 'a'], ['b', 'a'], ['c', 'a'], ['c']]);
    const [abc, ab, cb, alone, none] = coherencesOf([['a', 'b', 'c'], ['a', 'b'], ['c', 'b'], ['a'], []].map((list) => indices(corpus, list)), corpus);
    const ofAb = Math.log(0.5 / (0.75 * 0.5)) / -Math.log(0.5);
    const ofAc = Math.log(0.25 / (0.75 * 0.5)) / -Math.log(0.25);
    expect(ab).toBeCloseTo(ofAb, 14);
    expect(cb).toBe(-1);
    expect(abc).toBeCloseTo((ofAb + ofAc - 1) / 3, 14);
    expect([alone, none]).toEqual([NaN, NaN]);
    corpus.close();
  });

  it('is never more than 1, however the logarithms are rounded', () => {
    for (let documents = 2; documents <= 40; documents++) {
      for (let together = 1; together < documents; together++) {
        const corpus = corpusOf(Array.from({ length: documents }, (_, d) => (d < together ? ['a', 'b'] : ['c'])));
        const [ab] = coherencesOf([indices(corpus, ['a', 'b'])], corpus);
        expect(ab).toBeLessThanOrEqual(1);
        expect(ab).toBeCloseTo(1, 12);
        corpus.close();
      }
    }
  });

  it('is 1 for words that only occur together, 0 for words that know nothing of each other', () => {
    const corpus = corpusOf([['a', 'b', 'x', 'every'], ['a', 'b', 'y', 'every'], ['x', 'every'], ['y', 'every', 'where'], ['x', 'every', 'where'], ['y', 'every']]);
    const [together, apart] = coherencesOf([indices(corpus, ['a', 'b']), indices(corpus, ['a', 'x'])], corpus);
    expect(together).toBeCloseTo(1, 14);
    expect(apart).toBeCloseTo(0, 14);
    const all = corpusOf([['p', 'q'], ['q', 'p']]);
    expect([...coherencesOf([indices(all, ['p', 'q'])], all)]).toEqual([1]);
  });

  it('counts empty documents among the documents', () => {
    const texts = [['a', 'b'], [], ['a'], [], ['b', 'c']];
    const corpus = corpusOf(texts);
    expect(coherencesOf([indices(corpus, ['a', 'b'])], corpus)[0]).toBeCloseTo(byDefinition(['a', 'b'], texts), 14);
  });

  it('is what its definition says, of any topics over any documents', () => {
    const word = fc.constantFrom(...'abcdefghij');
    const documents = fc.array(fc.array(word, { maxLength: 12 }), { minLength: 1, maxLength: 12 });
    const topics = fc.array(fc.uniqueArray(word, { minLength: 2, maxLength: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(documents, topics, (texts, lists) => {
        // Documents of one word make all of them known.
        const known = [...texts, ...[...'abcdefghij'].map((only) => [only])];
        const corpus = corpusOf(known);
        const found = coherencesOf(lists.map((list) => indices(corpus, list)), corpus);
        lists.forEach((list, topic) => expect(found[topic]).toBeCloseTo(byDefinition(list, known), 12));
        corpus.close();
      }),
    );
  });

  it('has a mean over those topics that have one', () => {
    expect(meanCoherence(Float64Array.of(0.5, NaN, -0.25))).toBe(0.125);
    expect(meanCoherence(Float64Array.of(NaN))).toBeNull();
  });
});
