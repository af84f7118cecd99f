/** Vocabulary files. */
import { describe, expect, it } from 'vitest';
import { idsAsWords, readVocabulary } from '../../src/data/vocabulary.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const refusal = (content: string | Uint8Array, strict = false): Promise<string> => directory.errorOf(readVocabulary(directory.write('vocab.txt', content), strict));

describe('a vocabulary file', () => {
  it('has a word a line, plain or gzipped', async () => {
    for (const [name, content] of [['v.txt', 'Alpha\nbeta max\n"q"\n'], ['v.txt', '\ufeffAlpha \r\n\tbeta max\r\n"q"'], ['v.gz', 'Alpha\nbeta max\n"q"\n']]) {
      const { words, replacedBytes } = await readVocabulary(directory.write(name, content), true);
      expect([...words, replacedBytes]).toEqual(['Alpha', 'beta max', '"q"', 0]);
    }
  });
  it('may be large', async () => {
    const words = Array.from({ length: 100_000 }, (_, i) => `word-${i}`);
    expect([...(await readVocabulary(directory.write('large.txt', words.join('\n')), false)).words]).toEqual(words);
  });
  it('has its bytes replaced and counted where they are not UTF-8, or is an error', async () => {
    const latin = Buffer.from('fine\ncaf\xe9\n', 'latin1');
    const { words, replacedBytes } = await readVocabulary(directory.write('latin.txt', latin), false);
    expect([...words, replacedBytes]).toEqual(['fine', 'caf\ufffd', 1]);
    expect(await refusal(latin, true)).toMatchInlineSnapshot(`"vocab.txt, line 2: found bytes that are not UTF-8, in "caf�", expected UTF-8. Convert the file, or read it without --strict"`);
  });
  it('has its lines counted to the end', async () => {
    const words = Array.from({ length: 50_000 }, (_, i) => `word-${i}\n`).join('');
    expect(await refusal(Buffer.concat([Buffer.from(words), Buffer.from('caf\xe9', 'latin1')]), true)).toMatchInlineSnapshot(`"vocab.txt, line 50001: found bytes that are not UTF-8, in "caf�", expected UTF-8. Convert the file, or read it without --strict"`);
    expect(await refusal(`${words}word-7\n`)).toMatchInlineSnapshot(`"vocab.txt, lines 8 and 50001: found the word "word-7" twice, expected every word once. Tell the two apart, "word-7-2" say"`);
  });
  it('has every word once, and no empty line', async () => {
    expect(await refusal('a\nb\nc\nb\n')).toMatchInlineSnapshot(`"vocab.txt, lines 2 and 4: found the word "b" twice, expected every word once. Tell the two apart, "b-2" say"`);
    expect(await refusal('a\n\nc\n')).toMatchInlineSnapshot(`"vocab.txt, line 2: found an empty line, expected a word, as every line is the word of an id. Write the word there, or remove the line where the file ends with it"`);
    expect(await refusal('a\nb\n\n')).toMatchInlineSnapshot(`"vocab.txt, line 3: found an empty line, expected a word, as every line is the word of an id. Write the word there, or remove the line where the file ends with it"`);
  });
});

describe('ids as words', () => {
  it('are their digits', () => {
    expect([...idsAsWords(1, 3)]).toEqual(['1', '2', '3']);
    expect([...idsAsWords(0, 2)]).toEqual(['0', '1']);
    expect(idsAsWords(0, 0).count).toBe(0);
  });
});
