/** LDA-C: what is written is read, and what a user reads about a file that is not right. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments, type Documents } from '../../src/data/corpus.js';
import { DocumentStore } from '../../src/data/corpus-store.js';
import { readLdaC } from '../../src/data/lda-c.js';
import { entriesOf, numbersOf } from './corpus-entries.js';
import { sourceOf, temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const read = (text: string, vocabulary?: string, name = 'corpus.ldac'): Promise<Documents> => readDocuments(directory.write(name, text), { vocabulary: vocabulary === undefined ? undefined : directory.write('vocab.txt', vocabulary) });
const refusal = (text: string, vocabulary?: string): Promise<string> => directory.errorOf(read(text, vocabulary));

const SMALL = '2 2:2 0:1\n0\n1 1:5\n';
const SMALL_ENTRIES = [[['2', 2], ['0', 1]], [], [['1', 5]]];

describe('LDA-C', () => {
  it('keeps empty documents and the order of entries', async () => {
    const documents = await read(SMALL);
    expect(entriesOf(documents)).toEqual(SMALL_ENTRIES);
    expect({ ...documents, batches: 0, close: 0, words: [...documents.words], source: 0 }).toEqual({
      source: 0, format: 'LDA-C', count: 3, tokens: 8, words: ['0', '1', '2'], hasVocabulary: false, names: null, replacedBytes: 0, skippedFiles: 0, batches: 0, close: 0,
    });
  });
  it('takes words from a vocabulary file, which may be longer', async () => {
    const documents = await read(SMALL, 'alpha\nbeta\ngamma\ndelta\n');
    expect([...documents.words, documents.hasVocabulary]).toEqual(['alpha', 'beta', 'gamma', 'delta', true]);
    expect(entriesOf(documents)[2]).toEqual([['beta', 5]]);
  });
  it('counts bytes that were replaced in its vocabulary', async () => {
    const vocabulary = directory.write('latin.txt', Buffer.from('caf\xe9\nfine\nna\xefve\n', 'latin1'));
    expect((await readDocuments(directory.write('corpus.ldac', SMALL), { vocabulary })).replacedBytes).toBe(2);
  });
  it('is read with CRLF, tabs, blanks at both ends, without a last line end, and gzipped', async () => {
    for (const text of [SMALL.replaceAll('\n', '\r\n'), SMALL.replaceAll(' ', '\t'), SMALL.replaceAll('\n', ' \n '), SMALL.trimEnd(), `\ufeff${SMALL}`]) expect(entriesOf(await read(text)).slice(0, 3)).toEqual(SMALL_ENTRIES);
    const zipped = await read(SMALL, undefined, 'corpus.gz');
    expect(zipped.format).toBe('LDA-C, gzipped');
    expect(entriesOf(zipped)).toEqual(SMALL_ENTRIES);
  });
  it('takes an empty line for an empty document, in front as well', async () => {
    for (const mark of ['', '\ufeff']) expect(entriesOf(await read(`${mark}\n0\n1 0:1\n\n1 1:1\n`))).toEqual([[], [], [['0', 1]], [], [['1', 1]]]);
  });
  it('gives back any documents, cut anywhere', async () => {
    const documents = fc.array(fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 2 ** 32 - 1 })), { maxLength: 5 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(documents, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'), async (written, pieces, lineEnd) => {
        const text = written.map((document) => `${[document.length, ...document.map(([id, count]) => `${id}:${count}`)].join(' ')}${lineEnd}`).join('');
        const store = new DocumentStore();
        const words = await readLdaC(sourceOf(text, pieces), null, store);
        expect(numbersOf(store.batches(null))).toEqual(written);
        expect(words.count).toBe(Math.max(0, ...written.flat().map(([id]) => id + 1)));
      }),
    );
  });
});

describe('an LDA-C file that is not right', () => {
  it('in the number of pairs', async () => {
    expect(await refusal('2 0:1\n')).toMatchInlineSnapshot(`"corpus.ldac, line 1: found 1 pair id:count, expected 2 as the line begins with. Correct the line"`);
    expect(await refusal('1 0:1\n1 0:1 1:1\n')).toMatchInlineSnapshot(`"corpus.ldac, line 2: found 2 pairs id:count, expected 1 as the line begins with. Correct the line"`);
    expect(await refusal('1 0:1\n3\n')).toMatchInlineSnapshot(`"corpus.ldac, line 2: found 0 pairs id:count, expected 3 as the line begins with. Correct the line"`);
    expect(await refusal('1 0:1\n0:1 1:1\n')).toMatchInlineSnapshot(`"corpus.ldac, line 2: found "0:1", expected the number of pairs id:count on this line. Correct the line"`);
    expect(await refusal('1 0:1\n-1\n')).toMatchInlineSnapshot(`"corpus.ldac, line 2: found "-1", expected the number of pairs id:count on this line. Correct the line"`);
    expect(await refusal('1.5 0:1\n')).toMatchInlineSnapshot(`"corpus.ldac, line 1: found "1.5", expected the number of pairs id:count on this line. Correct the line"`);
  });
  it('in its ids', async () => {
    for (const pair of ['-1:1', 'a:1', ':1', '0.5:1', '100000000:1']) expect(await refusal(`1 0:1\n1 ${pair}\n`)).toBe(`corpus.ldac, line 2: found "${pair}", expected id:count with an id from 0 to 99999999. Correct the line`);
  });
  it('in its counts', async () => {
    for (const pair of ['0:0', '0:-1', '0:1.5', '0:', '0', '0:x', '0:1:1', '0:4294967296']) expect(await refusal(`1 0:1\n1 ${pair}\n`)).toBe(`corpus.ldac, line 2: found "${pair}", expected id:count with a count from 1 to 4294967295. Correct the line`);
  });
  it('in one of the pairs on the first line', async () => {
    expect(await refusal('2 0:1 a:b\n')).toMatchInlineSnapshot(`"corpus.ldac, line 1: found "a:b", expected id:count with an id from 0 to 99999999. Correct the line"`);
  });
  it('beside a vocabulary that is too short', async () => {
    expect(await refusal(SMALL, 'a\nb\n')).toMatchInlineSnapshot(`"corpus.ldac, line 1: found "2:2", expected id:count with an id from 0 to 1, the last of the 2 words in vocab.txt. Correct the line, or take the vocabulary that belongs to this file"`);
  });
});
