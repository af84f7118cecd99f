/** Documents come back from the store as they went in, in batches of bounded size. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numbersOf, storeOf } from './corpus-entries.js';

const BATCH = 1 << 16;

/** Documents of the given lengths, word e of all entries being e. */
const ofLengths = (lengths: readonly number[]): [number, number][][] => {
  let word = 0;
  return lengths.map((length) => Array.from({ length }, () => [word, 1 + (word++ % 7)]));
};

const shapeOf = (lengths: readonly number[]): [documents: number, entries: number][] => [...storeOf(ofLengths(lengths)).batches(null)].map(({ starts, words }) => [starts.length - 1, words.length]);

describe('a store of documents', () => {
  it('gives back any documents, twice', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 2 ** 32 - 1 })), { maxLength: 6 })), (documents) => {
        const store = storeOf(documents);
        expect([store.count, store.tokens]).toEqual([documents.length, documents.flat().reduce((sum, [, count]) => sum + count, 0)]);
        expect(numbersOf(store.batches(null))).toEqual(documents);
        expect(numbersOf(store.batches(null))).toEqual(documents);
        store.close();
      }),
    );
  });
  it('cuts at documents, before a batch has more than 65,536 entries', () => {
    expect(shapeOf([BATCH - 1, 1, 1])).toEqual([[2, BATCH], [1, 1]]);
    expect(shapeOf([BATCH - 1, 2, 1])).toEqual([[1, BATCH - 1], [2, 3]]);
    expect(shapeOf([BATCH, BATCH])).toEqual([[1, BATCH], [1, BATCH]]);
  });
  it('keeps a larger document whole, in a batch of its own', () => {
    expect(shapeOf([3, BATCH + 1, 2])).toEqual([[1, 3], [1, BATCH + 1], [1, 2]]);
    expect(shapeOf([5 * BATCH])).toEqual([[1, 5 * BATCH]]);
    const documents = ofLengths([3, 2 * BATCH + 1, 0, 2, BATCH]);
    expect(numbersOf(storeOf(documents).batches(null))).toEqual(documents);
  });
  it('cuts after 65,536 documents, empty ones too', () => {
    expect(shapeOf(new Array<number>(2 * BATCH + 3).fill(0))).toEqual([[BATCH, 0], [BATCH, 0], [3, 0]]);
    expect(shapeOf([...new Array<number>(BATCH).fill(1), 0])).toEqual([[BATCH, BATCH], [1, 0]]);
    expect(shapeOf([])).toEqual([]);
  });
  it('gives what exceeds the memory of the spool from its file', () => {
    const documents = ofLengths(new Array<number>(30).fill(50_000));
    expect(numbersOf(storeOf(documents).batches(null)).every((document, d) => document.every(([word, count], e) => word === documents[d][e][0] && count === documents[d][e][1]))).toBe(true);
  });
  it('gives other numbers to words', () => {
    expect(numbersOf(storeOf([[[2, 1], [0, 5]], [[1, 1]]]).batches(Uint32Array.of(7, 8, 9)))).toEqual([[[9, 1], [7, 5]], [[8, 1]]]);
  });
  it('gives batches that may be changed', () => {
    const store = storeOf([[[2, 1]]]);
    for (const { words, counts, starts } of store.batches(null)) for (const array of [words, counts, starts]) array.fill(9);
    expect(numbersOf(store.batches(null))).toEqual([[[2, 1]]]);
  });
});
