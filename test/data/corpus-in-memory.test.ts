/** Documents that a program has in memory. */
import { describe, expect, it } from 'vitest';
import { documentsFrom } from '../../src/data/corpus.js';
import { DataError } from '../../src/data/dataset.js';
import { entriesOf } from './corpus-entries.js';

describe('documents in memory', () => {
  it('are texts, which are cut into words, or words as they are', () => {
    const documents = documentsFrom(['The cat', ['The', 'a', '42'], '', []]);
    expect(entriesOf(documents)).toEqual([[['the', 1], ['cat', 1]], [['The', 1], ['a', 1], ['42', 1]], [], []]);
    expect({ ...documents, batches: 0, close: 0, words: [...documents.words] }).toEqual({
      source: 'documents', format: 'in memory', count: 4, tokens: 5, words: ['42', 'The', 'a', 'cat', 'the'], hasVocabulary: true, names: null, replacedBytes: 0, skippedFiles: 0, batches: 0, close: 0,
    });
    documents.close();
  });
  it('may come from a generator', () => {
    const texts = function* (): Generator<string> {
      yield 'one two';
      yield 'three';
    };
    expect(documentsFrom(texts()).count).toBe(2);
  });
  it('are nothing else', () => {
    const make = (document: unknown) => () => documentsFrom(['one', document as string]);
    expect(make(7)).toThrow(new DataError('documents: document 1 (from 0) is number, expected a text or a list of words. Give one of these'));
    expect(make({ words: [] })).toThrow(new DataError('documents: document 1 (from 0) is object, expected a text or a list of words. Give one of these'));
    expect(make(['a', ''])).toThrow(new DataError('documents: word 1 of document 1 (from 0) is "", expected a text that is not empty. Leave it out'));
    expect(make([7])).toThrow(new DataError('documents: word 0 of document 1 (from 0) is 7, expected a text that is not empty. Leave it out'));
  });
});
