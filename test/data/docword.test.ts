/** UCI docword: what is written is read, and what a user reads about a file that is not right. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments, type Documents } from '../../src/data/corpus.js';
import { DocumentStore } from '../../src/data/corpus-store.js';
import { readDocword } from '../../src/data/docword.js';
import { entriesOf, numbersOf } from './corpus-entries.js';
import { sourceOf, temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const read = (text: string, vocabulary?: string, name = 'docword.txt'): Promise<Documents> => readDocuments(directory.write(name, text), { vocabulary: vocabulary === undefined ? undefined : directory.write('vocab.txt', vocabulary) });
const refusal = (text: string, vocabulary?: string): Promise<string> => directory.errorOf(read(text, vocabulary));

const SMALL = '4\n3\n4\n1 3 2\n1 1 1\n3 2 5\n3 2 1\n';

type Numbers = [word: number, count: number][][];

function docwordOf(documents: Numbers, words: number, lineEnd = '\n'): string {
  const lines = documents.flatMap((document, d) => document.map(([word, count]) => `${d + 1} ${word + 1} ${count}`));
  return [documents.length, words, lines.length, ...lines, ''].join(lineEnd);
}

const corpora = fc.integer({ min: 1, max: 40 }).chain((words) =>
  fc.record({
    words: fc.constant(words),
    documents: fc.array(fc.array(fc.tuple(fc.nat(words - 1), fc.integer({ min: 1, max: 2 ** 32 - 1 })), { maxLength: 5 }), { minLength: 1, maxLength: 30 }),
  }),
);

describe('docword', () => {
  it('keeps documents without a line in their place, and entries in the order of the file', async () => {
    const documents = await read(SMALL);
    expect(entriesOf(documents)).toEqual([[['3', 2], ['1', 1]], [], [['2', 5], ['2', 1]], []]);
    expect({ ...documents, batches: 0, close: 0, words: [...documents.words], source: 0 }).toEqual({
      source: 0, format: 'UCI docword', count: 4, tokens: 9, words: ['1', '2', '3'], hasVocabulary: false, names: null, replacedBytes: 0, skippedFiles: 0, batches: 0, close: 0,
    });
  });
  it('takes words from a vocabulary file', async () => {
    const documents = await read(SMALL, '\ufeffalpha\r\nbeta \n gamma');
    expect([...documents.words, documents.hasVocabulary]).toEqual(['alpha', 'beta', 'gamma', true]);
    expect(entriesOf(documents)[2]).toEqual([['beta', 5], ['beta', 1]]);
  });
  it('is read with CRLF, tabs, blanks at line ends, without a last line end, and gzipped', async () => {
    const expected = entriesOf(await read(SMALL));
    for (const text of [SMALL.replaceAll('\n', '\r\n'), SMALL.replaceAll(' ', '\t'), SMALL.replaceAll('\n', ' \n'), SMALL.trimEnd(), `\ufeff${SMALL}`, `${SMALL}\n\n`]) expect(entriesOf(await read(text))).toEqual(expected);
    const zipped = await read(SMALL, undefined, 'docword.txt.gz');
    expect(zipped.format).toBe('UCI docword, gzipped');
    expect(entriesOf(zipped)).toEqual(expected);
  });
  it('gives back any documents, cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(corpora, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'), async ({ words, documents }, pieces, lineEnd) => {
        const store = new DocumentStore();
        const found = await readDocword(sourceOf(docwordOf(documents, words, lineEnd), pieces), null, store);
        expect(numbersOf(store.batches(null))).toEqual(documents);
        expect([...found]).toEqual(Array.from({ length: words }, (_, word) => String(word + 1)));
      }),
    );
  });
});

describe('a docword file that is not right', () => {
  it('in its header', async () => {
    expect(await refusal('4\n')).toMatchInlineSnapshot(`"docword.txt: found 1 of the three lines of a docword header, expected D, W and NNZ. Check that the file was written completely"`);
    expect(await refusal('-4\n3\n4\n')).toMatchInlineSnapshot(`"docword.txt, line 1: found "-4", expected D, the number of documents, from 1 to 4294967295. Correct the header"`);
    expect(await refusal('4\n2.5\n4\n')).toMatchInlineSnapshot(`"docword.txt, line 2: found "2.5", expected W, the number of words, from 1 to 100000000. Correct the header"`);
    expect(await refusal('4\n200000000\n4\n')).toMatchInlineSnapshot(`"docword.txt, line 2: found "200000000", expected W, the number of words, from 1 to 100000000. Correct the header"`);
    expect(await refusal('4\n0\n4\n')).toMatchInlineSnapshot(`"docword.txt, line 2: found "0", expected W, the number of words, from 1 to 100000000. Correct the header"`);
    expect(await refusal('4\n3\n-1\n')).toMatchInlineSnapshot(`"docword.txt, line 3: found "-1", expected NNZ, the number of entries, from 0 to 9007199254740991. Correct the header"`);
  });
  it('in its ids', async () => {
    expect(await refusal('4\n3\n1\n1 0 1\n')).toMatchInlineSnapshot(`"docword.txt, line 4: found "0", expected the word's id, from 1 to W = 3. Correct the line"`);
    expect(await refusal('4\n3\n1\n1 4 1\n')).toMatchInlineSnapshot(`"docword.txt, line 4: found "4", expected the word's id, from 1 to W = 3. Correct the line"`);
    expect(await refusal('4\n3\n1\n5 1 1\n')).toMatchInlineSnapshot(`"docword.txt, line 4: found "5", expected the document's id, from 1 to D = 4. Correct the line"`);
    expect(await refusal('4\n3\n1\n0 1 1\n')).toMatchInlineSnapshot(`"docword.txt, line 4: found "0", expected the document's id, from 1 to D = 4. Correct the line"`);
    expect(await refusal('4\n3\n1\n1 beta 1\n')).toMatchInlineSnapshot(`"docword.txt, line 4: found "beta", expected the word's id, from 1 to W = 3. Correct the line"`);
    expect(await refusal('4\n3\n2\n2 1 1\n1 1 1\n')).toMatchInlineSnapshot(`"docword.txt, line 5: found document 1 after document 2, expected lines in the order of their documents. Sort them: the header stays, the rest goes through sort -s -n -k 1,1"`);
  });
  it('in its counts', async () => {
    for (const count of ['0', '-1', '1.5', 'x', '4294967296', 'NaN']) expect(await refusal(`4\n3\n1\n1 1 ${count}\n`)).toBe(`docword.txt, line 4: found "${count}", expected a count, from 1 to 4294967295. Correct the line`);
  });
  it('in its lines', async () => {
    expect(await refusal('4\n3\n1\n1 1\n')).toMatchInlineSnapshot(`"docword.txt, line 4: found 2 fields, expected document, word and count. Correct the line"`);
    expect(await refusal('4\n3\n1\n1 1 1 1\n')).toMatchInlineSnapshot(`"docword.txt, line 4: found 4 fields, expected document, word and count. Correct the line"`);
    expect(await refusal('4\n3\n3\n1 1 1\n')).toMatchInlineSnapshot(`"docword.txt, line 3: found NNZ = 3, expected 1, the number of lines with an entry. The file may be cut off: download or copy it again, or correct the line"`);
    expect(await refusal('4\n3\n1\n1 1 1\n1 2 1\n')).toMatchInlineSnapshot(`"docword.txt, line 3: found NNZ = 1, expected 2, the number of lines with an entry. Correct the line"`);
  });
  it('beside a vocabulary of another length', async () => {
    expect(await refusal(SMALL, 'a\nb\n')).toMatchInlineSnapshot(`"vocab.txt: found 2 words, expected 3 as line 2 (W) of docword.txt says. Take the vocabulary that belongs to this file"`);
    expect(await refusal(SMALL, 'a\nb\nc\nd\n')).toMatchInlineSnapshot(`"vocab.txt: found 4 words, expected 3 as line 2 (W) of docword.txt says. Take the vocabulary that belongs to this file"`);
  });
});
