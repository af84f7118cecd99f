/** Lists of stop words, by language or from a file. */
import { describe, expect, it } from 'vitest';
import { stopWords } from '../../src/data/stop-words.js';
import { folded, wordsOf } from '../../src/data/tokenizer.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

describe('stop words', () => {
  it('are known for languages by their code', async () => {
    const english = await stopWords('en');
    expect(['the', 'and', "don't", 'of'].every((word) => english.has(word))).toBe(true);
    expect(['topic', 'scheduler', 'church'].some((word) => english.has(word))).toBe(false);
    expect((await stopWords('de')).has('für')).toBe(true);
    expect((await stopWords('fr')).has('été')).toBe(true);
  });
  it('are as the tokenizer gives words', async () => {
    for (const language of ['en', 'de', 'fr', 'ru', 'tr', 'hi']) expect([...(await stopWords(language))].every((word) => folded(word) === word)).toBe(true);
    expect(wordsOf("The CAT and it’s HAT don't").filter((word) => word !== 'cat' && word !== 'hat').every((word) => english.has(word))).toBe(true);
  });
  it('are the lines of a file', async () => {
    expect([...(await stopWords(directory.write('stop.txt', '\ufeffThe\r\n\n and \nDON’T')))]).toEqual(['the', 'and', "don't"]);
    expect([...(await stopWords(directory.write('stop.gz', 'the\n')))]).toEqual(['the']);
  });
  it('are nothing else', async () => {
    expect(await directory.errorOf(stopWords('english'))).toMatchInlineSnapshot(`"stop words: found "english", expected a file or one of the languages af, ar, bg, bn, br, ca, cs, da, de, el, en, eo, es, et, eu, fa, fi, fr, ga, gl, gu, ha, he, hi, hr, hu, hy, id, it, ja, ko, ku, la, lt, lv, mr, ms, nl, no, pl, pt, ro, ru, sk, sl, so, st, sv, sw, th, tl, tr, uk, ur, vi, yo, zh, zu. Choose one of these, or write the words to a file, one a line"`);
    expect(await directory.errorOf(stopWords('constructor'))).toContain('stop words: found "constructor", expected a file or one of the languages');
    expect((await directory.errorOf(stopWords(directory.path))).replace(directory.path, '')).toMatchInlineSnapshot(`": is a directory; expected a file. Name the data file inside it"`);
  });
});

const english = await stopWords('en');
