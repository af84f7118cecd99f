/** Corpora against a computation that writes every document out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corpusOver, documentsFrom, readDocuments, trainingCorpus, type Corpus, type VocabularyFilter } from '../../src/data/corpus.js';
import { DataError } from '../../src/data/dataset.js';
import { Ids } from '../../src/data/ids.js';
import { entriesOf, tokensOf } from './corpus-entries.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const wordsIn = (corpus: Corpus): string[][] => entriesOf(corpus).map(tokensOf);

function idsOf(words: Iterable<string>): Ids {
  const ids = new Ids();
  for (const word of words) ids.add(word);
  return ids;
}

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
  throw new Error('expected a DataError');
}

/** The words of the included documents that pass, in alphabetical order. */
function vocabularyOf(included: readonly string[][], { stopWords, minDocuments, minDocumentShare, maxDocuments, maxDocumentShare }: Required<{ [K in keyof VocabularyFilter]: NonNullable<VocabularyFilter[K]> }>): string[] {
  const all = [...new Set(included.flat())].sort();
  return all.filter((word) => {
    const found = included.filter((document) => document.includes(word)).length;
    return !stopWords.has(word) && found >= minDocuments && found / included.length >= minDocumentShare && found <= maxDocuments && found / included.length <= maxDocumentShare;
  });
}

/** What a corpus of `included` documents over `vocabulary` has to be. */
function expectCorpus(corpus: Corpus, included: readonly string[][], vocabulary: readonly string[]): void {
  const known = new Set(vocabulary);
  const kept = included.map((document) => document.filter((word) => known.has(word)));
  expect([...corpus.words]).toEqual(vocabulary);
  expect(wordsIn(corpus)).toEqual(kept);
  expect(wordsIn(corpus)).toEqual(kept);
  expect({ count: corpus.count, tokens: corpus.tokens, unknownTokens: corpus.unknownTokens, emptyDocuments: corpus.emptyDocuments }).toEqual({
    count: included.length,
    tokens: kept.flat().length,
    unknownTokens: included.flat().length - kept.flat().length,
    emptyDocuments: kept.filter((document) => document.length === 0).length,
  });
}

const WORDS = ['ant', 'bee', 'cat', 'dog', 'eel', 'fox', 'gnu'];
const written = fc.array(fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }), { maxLength: 12 });
const included = fc.func(fc.boolean());

describe('a training corpus', () => {
  it('has the included documents over the words that pass', () => {
    const filters = fc.record({
      stopWords: fc.subarray(WORDS).map((words): ReadonlySet<string> => new Set(words)),
      minDocuments: fc.integer({ min: 1, max: 4 }),
      minDocumentShare: fc.constantFrom(0, 0.07, 0.25, 0.5),
      maxDocuments: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 6 })),
      maxDocumentShare: fc.constantFrom(1, 0.29, 0.5, 0.7, 0.9),
    });
    fc.assert(
      fc.property(written, filters, included, (all, filter, include) => {
        const chosen = all.filter((_, d) => include(d));
        const vocabulary = vocabularyOf(chosen, filter);
        const make = (): Corpus => trainingCorpus(documentsFrom(all), filter, include);
        if (vocabulary.length === 0) expect(refusal(make)).toMatch(/^documents: (found no token in|no token is left of)/);
        else expectCorpus(make(), chosen, vocabulary);
      }),
      { numRuns: 300 },
    );
  });
  it('has all words without a filter', () => {
    const all = [['bee', 'ant'], [], ['bee', 'bee']];
    expectCorpus(trainingCorpus(documentsFrom(all)), all, ['ant', 'bee']);
  });
  it('takes a share as it is written', () => {
    const all = Array.from({ length: 100 }, (_, d) => (d < 29 ? ['ant', 'bee'] : ['bee']));
    expect([...trainingCorpus(documentsFrom(all), { maxDocumentShare: 0.29 }).words]).toEqual(['ant']);
    expect([...trainingCorpus(documentsFrom(all), { minDocuments: 29, maxDocuments: 29 }).words]).toEqual(['ant']);
    expect([...trainingCorpus(documentsFrom(all), { minDocuments: 30 }).words]).toEqual(['bee']);
  });
  it('counts documents, not tokens or entries', async () => {
    const documents = await readDocuments(directory.write('counts', '2 0:9 0:9\n2 1:1 2:1\n1 1:1\n'));
    expect([...trainingCorpus(documents, { minDocuments: 2 }).words]).toEqual(['1']);
    expect([...trainingCorpus(documents, { maxDocuments: 1 }).words]).toEqual(['0', '2']);
  });
  it('keeps the order of ids', async () => {
    const documents = await readDocuments(directory.write('ids', '2 9:1 2:3\n1 10:1\n'));
    const corpus = trainingCorpus(documents);
    expect([...corpus.words]).toEqual(['2', '9', '10']);
    expect(entriesOf(corpus)).toEqual([[['9', 1], ['2', 3]], [['10', 1]]]);
    corpus.close();
  });
  it('compares stop words in lower case', async () => {
    const documents = await readDocuments(directory.write('ldac', '3 0:1 1:1 2:1\n'), { vocabulary: directory.write('vocab', 'The\nDON’T\nCat\n') });
    expect([...trainingCorpus(documents, { stopWords: new Set(['the', "don't"]) }).words]).toEqual(['Cat']);
  });
  it('spans batches', () => {
    const all = Array.from({ length: 9000 }, (_, d) => Array.from({ length: d % 20 }, (_, e) => `w${(d * 7 + e * 13) % 101}`));
    const odd = (d: number): boolean => d % 2 === 1;
    const corpus = trainingCorpus(documentsFrom(all), { stopWords: new Set(['w7']) }, odd);
    expect(wordsIn(corpus)).toEqual(all.filter((_, d) => odd(d)).map((document) => document.filter((word) => word !== 'w7')));
  });
});

describe('a corpus over known words', () => {
  it('drops and counts the others', () => {
    fc.assert(
      fc.property(written, fc.shuffledSubarray([...WORDS, 'hen'], { minLength: 1 }), included, (all, vocabulary, include) => {
        expectCorpus(corpusOver(documentsFrom(all), idsOf(vocabulary), include), all.filter((_, d) => include(d)), vocabulary);
      }),
    );
  });
  it('has the indices of those words', () => {
    const words = idsOf(['dog', 'cat']);
    const [batch] = corpusOver(documentsFrom([['cat', 'emu', 'dog']]), words).batches();
    expect(batch).toEqual({ first: 0, starts: Uint32Array.of(0, 2), words: Uint32Array.of(1, 0), counts: Uint32Array.of(1, 1) });
  });
  it('may have no documents, or no known word', () => {
    expectCorpus(corpusOver(documentsFrom([]), idsOf(['cat'])), [], ['cat']);
    expectCorpus(corpusOver(documentsFrom([['emu'], []]), idsOf(['cat'])), [['emu'], []], ['cat']);
  });
  it('shares documents with a training corpus', () => {
    const documents = documentsFrom([['ant', 'bee'], ['ant', 'cat'], ['bee']]);
    const train = trainingCorpus(documents, {}, (d) => d !== 1);
    const test = corpusOver(documents, train.words, (d) => d === 1);
    expect([wordsIn(train), wordsIn(test), test.unknownTokens]).toEqual([[['ant', 'bee'], ['bee']], [['ant']], 1]);
    train.close();
    test.close();
  });
});

describe('a training corpus that cannot be', () => {
  const documents = documentsFrom([['ant', 'bee', 'the'], ['bee', 'the', 'the'], []]);
  it('says which filter took how many tokens', () => {
    expect(refusal(() => trainingCorpus(documents, { stopWords: new Set(['the']), minDocuments: 2, maxDocuments: 1 }))).toMatchInlineSnapshot(`"documents: no token is left of 6 in the 3 documents to train on: stop words took 3, words in too few documents 1, words in too many documents 2. Loosen what takes the most"`);
    expect(refusal(() => trainingCorpus(documents, { minDocuments: 3 }, (d) => d === 0))).toMatchInlineSnapshot(`"documents: no token is left of 3 in the 1 document to train on: stop words took 0, words in too few documents 3, words in too many documents 0. Loosen what takes the most"`);
  });
  it('has no tokens to begin with', () => {
    expect(refusal(() => trainingCorpus(documents, {}, (d) => d === 2))).toMatchInlineSnapshot(`"documents: found no token in the 1 document to train on, expected at least one. Check that the data hold words, and which documents are held out"`);
    expect(refusal(() => trainingCorpus(documentsFrom(['42', ''])))).toMatchInlineSnapshot(`"documents: found no token in the 2 documents to train on, expected at least one. Check that the data hold words, and which documents are held out"`);
    expect(refusal(() => trainingCorpus(documents, {}, () => false))).toMatchInlineSnapshot(`"documents: found no token in the 0 documents to train on, expected at least one. Check that the data hold words, and which documents are held out"`);
  });
  it('has limits that make no sense', () => {
    for (const minDocuments of [0, 1.5, -1, NaN]) expect(refusal(() => trainingCorpus(documents, { minDocuments }))).toBe(`minDocuments: found ${minDocuments}, expected a whole number from 1. Take 1 to keep rare words`);
    for (const maxDocuments of [0, 0.5, NaN]) expect(refusal(() => trainingCorpus(documents, { maxDocuments }))).toBe(`maxDocuments: found ${maxDocuments}, expected a whole number from 1. Leave it out to keep common words`);
    for (const maxDocumentShare of [0, 1.1, NaN]) expect(refusal(() => trainingCorpus(documents, { maxDocumentShare }))).toBe(`maxDocumentShare: found ${maxDocumentShare}, expected a number above 0, at most 1. Take 1 to keep common words`);
  });
  it('has stop words, and ids in place of words', async () => {
    const ids = await readDocuments(directory.write('ids', '1 0:1\n'));
    expect(refusal(() => trainingCorpus(ids, { stopWords: new Set(['the']) })).replace(`${directory.path}/`, '')).toMatchInlineSnapshot(`"ids: found ids in place of words, expected words, as there are stop words to leave out. Name the vocabulary file, or leave the stop words out"`);
    expect([...trainingCorpus(ids, { stopWords: new Set() }).words]).toEqual(['0']);
  });
});
