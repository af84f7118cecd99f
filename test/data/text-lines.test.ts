/** Text with a document a line. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocuments, type Documents } from '../../src/data/corpus.js';
import { DocumentStore } from '../../src/data/corpus-store.js';
import { TextCollector } from '../../src/data/text-collector.js';
import { readTextLines } from '../../src/data/text-lines.js';
import { entriesOf, tokensOf } from './corpus-entries.js';
import { sourceOf, temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const read = (text: string | Uint8Array, strict = false, name = 'docs.txt'): Promise<Documents> => readDocuments(directory.write(name, text), { strict });
const wordsIn = (documents: Documents): string[][] => entriesOf(documents).map(tokensOf);

const LATIN = Buffer.from('fine line\ncaf\xe9 au lait\nna\xefve \xff\xfe\n', 'latin1');

describe('text, one document a line', () => {
  it('keeps empty documents in place and tokens in reading order, one entry each', async () => {
    const documents = await read('The cat, the dog\n\n42\ndog');
    expect(entriesOf(documents)).toEqual([[['the', 1], ['cat', 1], ['the', 1], ['dog', 1]], [], [], [['dog', 1]]]);
    expect({ ...documents, batches: 0, close: 0, words: [...documents.words], source: 0 }).toEqual({
      source: 0, format: 'text, one document a line', count: 4, tokens: 5, words: ['cat', 'dog', 'the'], hasVocabulary: true, names: null, replacedBytes: 0, skippedFiles: 0, batches: 0, close: 0,
    });
  });
  it('orders words by code unit', async () => {
    expect([...(await read('zebra éclair apple étude Zoo 文字 b2')).words]).toEqual(['apple', 'b2', 'zebra', 'zoo', 'éclair', 'étude', '文字']);
  });
  it('is read with CRLF, a byte-order mark, without a last line end, and gzipped', async () => {
    const expected = [['one', 'two'], [], ['three']];
    for (const text of ['one two\n\nthree\n', 'one two\r\n\r\nthree\r\n', '\ufeffone two\n\nthree']) expect(wordsIn(await read(text))).toEqual(expected);
    const zipped = await read('one two\n\nthree\n', false, 'docs.gz');
    expect(zipped.format).toBe('text, one document a line, gzipped');
    expect(wordsIn(zipped)).toEqual(expected);
  });
  it('gives back any documents, cut anywhere', async () => {
    const word = fc.constantFrom('alpha', 'beta', "don't", 'été', 'привет', '文字', '𝒳𝒴', 'b2');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(word, { maxLength: 6 }), { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'), async (written, pieces, lineEnd) => {
        const collector = new TextCollector(new DocumentStore());
        const replacedBytes = await readTextLines(sourceOf(written.map((words) => `${words.join(' ')}${lineEnd}`).join(''), pieces), true, collector);
        const documents = collector.finish({ source: 'memory', format: 'text', names: null, replacedBytes, skippedFiles: 0 });
        expect(wordsIn(documents)).toEqual(written);
        expect([...documents.words]).toEqual([...new Set(written.flat())].sort());
      }),
    );
  });
  it('takes a document of a million words', async () => {
    const words = Array.from({ length: 1_000_000 }, (_, i) => `w${i % 1000}`);
    const documents = await read(`before\n${words.join(' ')}\nafter\n`);
    expect([documents.count, documents.tokens, documents.words.count]).toEqual([3, 1_000_002, 1002]);
    const lengths = [...documents.batches()].map(({ starts }) => [...starts]);
    expect(lengths).toEqual([[0, 1], [0, 1_000_000], [0, 1]]);
    expect(entriesOf(documents)[1].every(([word], e) => word === words[e])).toBe(true);
  });
});

describe('bytes that are not UTF-8', () => {
  it('are replaced and counted', async () => {
    const documents = await read(LATIN);
    expect(documents.replacedBytes).toBe(4);
    expect(wordsIn(documents)).toEqual([['fine', 'line'], ['caf', 'au', 'lait'], ['na', 've']]);
  });
  it('do not count where a text holds U+FFFD itself', async () => {
    expect((await read('caf\ufffd\n')).replacedBytes).toBe(0);
    expect((await read(Buffer.concat([Buffer.from('caf\ufffd\n'), LATIN]))).replacedBytes).toBe(4);
  });
  it('are an error that names the line, where they have to be', async () => {
    expect(await directory.errorOf(read(LATIN, true))).toMatchInlineSnapshot(`"docs.txt, line 2: found bytes that are not UTF-8, in "caf� au lait", expected UTF-8. Convert the file, or read it without --strict"`);
    expect(await directory.errorOf(read(Buffer.concat([Buffer.from('word '.repeat(40_000) + '\n'), Buffer.from('x'.repeat(100)), LATIN]), true))).toMatchInlineSnapshot(`"docs.txt, line 3: found bytes that are not UTF-8, in "caf� au lait", expected UTF-8. Convert the file, or read it without --strict"`);
    expect((await read('fine\ncafé\ncaf\ufffd', true)).count).toBe(3);
  });
});

describe('a text that is not right', () => {
  it('is missing, empty, or a folder', async () => {
    expect(await directory.errorOf(readDocuments(`${directory.path}/none`))).toMatchInlineSnapshot(`"none: there is no such file. Check the path and the directory it is relative to"`);
    expect(await directory.errorOf(read(''))).toMatchInlineSnapshot(`"docs.txt: the file is empty; expected rows of data. Check that it was written or copied completely"`);
    expect((await directory.errorOf(readDocuments(directory.path))).replace(directory.path, '')).toMatchInlineSnapshot(`": is a directory; expected a file. Name the data file inside it"`);
  });
  it('holds a byte 0', async () => {
    expect(await directory.errorOf(read('one\0two'))).toMatchInlineSnapshot(`"docs.txt: byte 3 of the content is 0, so it is not text; expected UCI docword, LDA-C or a document a line, in UTF-8. Export the documents as one of these"`);
  });
  it('has a line without end', async () => {
    expect(await directory.errorOf(read(Buffer.alloc((1 << 26) + (1 << 18), 'word ')))).toMatchInlineSnapshot(`"docs.txt: found a line of more than 64 MiB, expected shorter ones. Check that a line feed ends every line"`);
  });
  it('comes with a vocabulary file', async () => {
    expect((await directory.errorOf(readDocuments(directory.write('docs.txt', 'one two'), { vocabulary: 'vocab.txt' })))).toMatchInlineSnapshot(`"docs.txt: found text, one document a line, expected ids of words (UCI docword or LDA-C), as there is a vocabulary file vocab.txt. Leave the vocabulary file out, or correct the data file"`);
  });
});
