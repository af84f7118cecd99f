/** What a file is recognized as, by its content. */
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../src/data/corpus.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const formatOf = async (content: string): Promise<string> => (await readDocuments(directory.write('data', content))).format;

describe('a file of documents', () => {
  it('is docword where each of three lines has one number', async () => {
    for (const content of ['1\n1\n1\n1 1 1\n', '\ufeff 1 \r\n1\r\n0\r\n', '2\n1\n0']) expect(await formatOf(content)).toBe('UCI docword');
  });
  it('is LDA-C where a number and pairs of numbers begin, behind empty documents at most', async () => {
    for (const content of ['1 0:1\n', '\ufeff2 0:1 5:2', '0\n0\n0\n0\n1 3:1\n', '\n\n1 0:1', `${20_000} ${Array.from({ length: 20_000 }, (_, id) => `${id}:1`).join(' ')}\n`]) expect(await formatOf(content)).toBe('LDA-C');
  });
  it('is text otherwise', async () => {
    for (const content of ['one two\n', '10 12:30 the meeting begins\n', '3 ratio:2 of apples', '1\n2\nbuckle my shoe\n', '1984\n\n42\n', 'title: 5', '12:30', '---\n...\n']) expect(await formatOf(content)).toBe('text, one document a line');
  });
});
