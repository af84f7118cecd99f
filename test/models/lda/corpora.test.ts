/** Documents are held out by the seed, each for one purpose, and the vocabulary is that of the training documents. */
import { describe, expect, it } from 'vitest';
import { corpusSets, type HoldingOut } from '../../../models/lda/corpora.js';
import { documentsFrom, type Corpus, type Documents } from '../../../src/data/corpus.js';
import { DataError } from '../../../src/data/dataset.js';
import { UsageError } from '../../../src/runtime/worker-request.js';

const COUNT = 40;
/** Every document has a word of its own beside those that all have; document 5 has no word. */
const numbered = (): Documents => documentsFrom(Array.from({ length: COUNT }, (_, document) => (document === 5 ? [] : ['all', `own${document}`, 'all'])));

/** The numbers of a corpus' documents; words that it dropped tell of none. */
function ownWords({ words, batches }: Corpus): string[] {
  return [...batches()].flatMap(({ words: ids }) => [...ids].map((id) => words.of(id)).filter((word) => word !== 'all'));
}

function errorOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error');
}

/** Which documents are for training, by their own words: what is held out has words that training does not know. */
const trainedOn = (how: HoldingOut) => ownWords(corpusSets(numbered(), null, how).train);

describe('the sets of a training', () => {
  it('are all documents where nothing is held out', () => {
    const { train, validation, test } = corpusSets(numbered(), null, { seed: 0 });
    expect([train.count, train.emptyDocuments, train.tokens, train.unknownTokens]).toEqual([COUNT, 1, 3 * (COUNT - 1), 0]);
    expect([validation, test]).toEqual([null, null]);
  });

  it('are exact parts, each document in one of them', () => {
    const { train, validation, test } = corpusSets(numbered(), null, { testFraction: 0.25, validationFraction: 0.2, seed: 7 });
    expect([train.count, validation!.count, test!.count]).toEqual([24, 6, 10]);
    expect(train.emptyDocuments + validation!.emptyDocuments + test!.emptyDocuments).toBeGreaterThanOrEqual(1);
    expect(train.tokens + validation!.tokens + validation!.unknownTokens + test!.tokens + test!.unknownTokens).toBe(3 * (COUNT - 1));
  });

  it('have the words of the training documents alone', () => {
    const { train, validation, test } = corpusSets(numbered(), null, { testFraction: 0.25, validationFraction: 0.2, seed: 7 });
    expect(validation!.words).toBe(train.words);
    expect(test!.words).toBe(train.words);
    expect(train.words.count).toBe(train.count - train.emptyDocuments + 1);
    expect([...ownWords(validation!), ...ownWords(test!)]).toEqual([]);
    expect(test!.unknownTokens).toBe(test!.tokens / 2);
  });

  it('are drawn by the seed, test and validation independently', () => {
    expect(trainedOn({ testFraction: 0.3, seed: 1 })).toEqual(trainedOn({ testFraction: 0.3, seed: 1 }));
    expect(trainedOn({ testFraction: 0.3, seed: 1 })).not.toEqual(trainedOn({ testFraction: 0.3, seed: 2 }));
    expect(trainedOn({ testFraction: 0.3, seed: 1 })).not.toEqual(trainedOn({ validationFraction: 0.3, seed: 1 }));
  });

  it('hold out the same documents for the test whether there is a validation or not', () => {
    const withoutValidation = new Set(trainedOn({ testFraction: 0.3, seed: 4 }));
    for (const word of trainedOn({ testFraction: 0.3, validationFraction: 0.3, seed: 4 })) expect(withoutValidation.has(word)).toBe(true);
  });

  it('hold out more of the same documents where the fraction grows', () => {
    const few = new Set(trainedOn({ testFraction: 0.2, seed: 4 }));
    for (const word of trainedOn({ testFraction: 0.5, seed: 4 })) expect(few.has(word)).toBe(true);
  });

  it('take test documents from elsewhere, whose unknown tokens are counted', () => {
    const { train, test } = corpusSets(numbered(), documentsFrom([['all', 'own3', 'new'], [], ['newer', 'all']]), { seed: 0 });
    expect(train.count).toBe(COUNT);
    expect([test!.count, test!.emptyDocuments, test!.tokens, test!.unknownTokens]).toEqual([3, 1, 3, 2]);
  });

  it('filter the vocabulary by the training documents', () => {
    const { train, test } = corpusSets(numbered(), null, { testFraction: 0.25, seed: 7, filter: { minDocuments: 2 } });
    expect([...train.words]).toEqual(['all']);
    expect(train.count).toBe(30);
    expect(test!.tokens).toBe(2 * (10 - test!.emptyDocuments));
  });

  it.each<[string, number, Omit<HoldingOut, 'seed'>, string]>([
    ['a fraction that leaves nothing to test with', 3, { testFraction: 0.1 }, 'LatentDirichletAllocation: testFraction: 0.1 of 3 documents leaves 3 to train on and 0 to test with, expected at least one of each: give more documents, or change the fraction'],
    ['a fraction that leaves nothing to train on', 3, { testFraction: 0.9 }, 'testFraction: 0.9 of 3 documents leaves 0 to train on and 3 to test with'],
    ['nothing to validate with behind a test', 4, { testFraction: 0.5, validationFraction: 0.1 }, 'validationFraction: 0.1 of 2 documents leaves 2 to train on and 0 to validate with'],
    ['a fraction of all', 9, { testFraction: 1 }, 'testFraction: found 1, expected more than 0 and less than 1: correct the fraction'],
    ['a fraction that is none', 9, { validationFraction: NaN }, 'validationFraction: found NaN, expected more than 0 and less than 1'],
  ])('refuse %s', (_, count, how, message) => {
    const error = errorOf(() => corpusSets(documentsFrom(Array.from({ length: count }, () => ['word'])), null, { ...how, seed: 0 }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toContain(message);
  });

  it('refuse a test in two ways', () => {
    const error = errorOf(() => corpusSets(numbered(), numbered(), { testFraction: 0.5, seed: 0 }));
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe('LatentDirichletAllocation: testFraction: there are test documents already: leave one of the two out');
  });

  it('refuse documents that can judge nothing', () => {
    const error = errorOf(() => corpusSets(numbered(), documentsFrom([['new', 'newer'], ['newest']]), { seed: 0 }));
    expect(error).toBeInstanceOf(DataError);
    expect(error.message).toBe('documents: the 2 documents to test with have no token of a word that the training documents have (3 tokens of others), expected some. Hold out more documents, or give others');
    const strangers = documentsFrom(Array.from({ length: 6 }, (_, document) => [`only${document}`]));
    expect(errorOf(() => corpusSets(strangers, null, { validationFraction: 0.2, seed: 0 })).message).toContain('the document to validate with has no token');
  });

  it('refuse a corpus with no token left, and leave the documents open', () => {
    const documents = numbered();
    expect(errorOf(() => corpusSets(documents, null, { seed: 0, filter: { minDocuments: 100 } })).message).toContain('no token is left');
    expect(corpusSets(documents, null, { seed: 0 }).train.count).toBe(COUNT);
  });
});
