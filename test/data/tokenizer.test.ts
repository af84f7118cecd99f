/** What is a word, and what is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folded, wordsOf } from '../../src/data/tokenizer.js';

describe('words of a text', () => {
  it('are runs of letters and digits in lower case, in reading order', () => {
    expect(wordsOf('Topic models (LDA) find topics;\ttopics find words.\r\n')).toEqual(['topic', 'models', 'lda', 'find', 'topics', 'topics', 'find', 'words']);
    expect(wordsOf('')).toEqual([]);
    expect(wordsOf(' — !? \n')).toEqual([]);
  });
  it('have two characters and a letter at least', () => {
    expect(wordsOf('a I 7 42 1984 3.14 1,000 x2 2x utf8 mp3 80211b')).toEqual(['x2', '2x', 'utf8', 'mp3', '80211b']);
    expect(wordsOf("１２ ②③ 1️⃣ 12'34")).toEqual([]);
    expect(wordsOf('𝒳 𝒳𝒴 字 文字')).toEqual(['𝒳𝒴', '文字']);
  });
  it('hold apostrophes inside, whichever sign stands for them', () => {
    expect(wordsOf("Don't don’t 'quoted' ‘quoted’ l'eau rock'n'roll dogs' 's")).toEqual(["don't", "don't", 'quoted', 'quoted', "l'eau", "rock'n'roll", 'dogs']);
  });
  it('end at hyphens, dots and underscores', () => {
    expect(wordsOf('held-out snake_case _strong_ **bold** node.js e-mail')).toEqual(['held', 'out', 'snake', 'case', 'strong', 'bold', 'node', 'js', 'mail']);
  });
  it('are the same however a text was composed', () => {
    expect(wordsOf('Cafe\u0301 CAFÉ café')).toEqual(['café', 'café', 'café']);
    expect(wordsOf('İstanbul')).toEqual(['İstanbul'.toLowerCase().normalize('NFC')]);
    expect(wordsOf('हिन्दी Привет ΌΔΟΣ naïve')).toEqual(['हिन्दी', 'привет', 'όδος', 'naïve']);
    expect(wordsOf('می\u200cخواهم')).toEqual(['می\u200cخواهم']);
    expect(wordsOf('infor\u00admation')).toEqual(['information']);
  });
  it('are not URLs, tags or character references', () => {
    expect(wordsOf('see [the docs](https://example.org/a/b?c=d#e) and <http://example.org/x>, or mailto:someone@example.org')).toEqual(['see', 'the', 'docs', 'and', 'or']);
    expect(wordsOf('one<br/>two <a href="x.html" class="y">three</a> <!-- four --> &nbsp;five &#8212; six&amp;seven')).toEqual(['one', 'two', 'three', 'five', 'six', 'seven']);
    expect(wordsOf('if n <limit then stop, says\nthe manual\n> and the quoted reply')).toEqual(['if', 'limit', 'then', 'stop', 'says', 'the', 'manual', 'and', 'the', 'quoted', 'reply']);
    expect(wordsOf('<img\n  src="a b.png"\n  alt=none hidden />seen <!-- never\n - closed')).toEqual(['seen', 'never', 'closed']);
    expect(wordsOf('if a < bb and cc > dd; AT&T; profile: http: none')).toEqual(['if', 'bb', 'and', 'cc', 'dd', 'at', 'profile', 'http', 'none']);
  });
  it('are the names in code', () => {
    expect(wordsOf('```ts\nconst model = new Lasso({ alpha: 0.1 });\n```')).toEqual(['ts', 'const', 'model', 'new', 'lasso', 'alpha']);
  });
  it('do not include what stands for broken bytes', () => {
    expect(wordsOf('caf\ufffd \ufffd\ufffd\ufffd')).toEqual(['caf']);
  });
  it('written out with blanks are the same words again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const words = wordsOf(text);
        expect(wordsOf(words.join(' '))).toEqual(words);
        expect(words.every((word) => folded(word) === word)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
  it('of parts add up to the words of the whole', () => {
    const part = fc.array(fc.constantFrom('Alpha', "it's", '42', 'https://x.y/z', '&amp;', '<b>', 'état', '-', 'b2'), { maxLength: 6 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(part, part, (one, other) => {
        expect(wordsOf(`${one} ${other}`)).toEqual([...wordsOf(one), ...wordsOf(other)]);
      }),
    );
  });
  it('are found in long runs of whatever may begin something else', () => {
    for (const piece of ['<a', '<!--', '&a', '&aaaaa', 'http:', 'http://', '1', "'", "1'", '\u0301']) expect(Array.isArray(wordsOf(piece.repeat(200_000)))).toBe(true);
  });
});
