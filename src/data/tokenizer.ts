/**
 * Words of a text. In: a text in any language that sets blanks between words. Out: its words in reading order, in lower case and NFC.
 *
 * A word is a run of letters, marks and digits, of two characters or more, with a letter among them. Apostrophes inside belong to
 * it ("don't", "l'eau", as in Unicode's annex 29); hyphens and underscores part words, so that "held-out" counts for "held". URLs, tags of
 * HTML and character references are no words. Code stays: its names tell what a page is about, and keywords go by document frequency.
 */

const URL_PATTERN = String.raw`\b(?:https?|ftp|file|mailto):[^\s<>"')\]]+`;
/** Attributes have values, but for a few: "n <limit then stop >" is no tag. */
const ATTRIBUTE = String.raw`\s+(?:[a-z@:][\w:.@-]*\s*=\s*(?:"[^"]{0,2000}"|'[^']{0,2000}'|[^\s"'<>=]+)|checked|disabled|open|hidden|async|defer|required|selected)`;
const TAG = String.raw`<\/?[a-z][a-z\d-]*(?:${ATTRIBUTE})*\s*\/?>`;
const MARKUP = String.raw`<!--(?:[^-]|-(?!->)){0,4000}-->|<[!?][a-z][^<>\n]{0,200}>`;
const REFERENCE = '&(?:#?[a-z\\d]{1,31});';
/** What an alternative takes before it gives up is bounded, so that time is linear in the text. */
const NO_WORDS = new RegExp([URL_PATTERN, TAG, MARKUP, REFERENCE].join('|'), 'gu');
const RUN = /[\p{L}\p{M}\p{N}\p{Join_C}]+(?:'[\p{L}\p{M}\p{N}\p{Join_C}]+)*/gu;
const LETTER = /\p{L}/u;
const LEAST_CHARACTERS = 2;

/** Lower case, NFC, and one sign for all apostrophes: how words, and lists of stop words, are compared. */
export function folded(text: string): string {
  return text.toLowerCase().normalize('NFC').replaceAll('’', "'").replaceAll(SOFT_HYPHEN, '');
}

/** What marks where a word may be hyphenated is no part of it. */
const SOFT_HYPHEN = '\u00ad';

export function wordsOf(text: string): string[] {
  const runs = folded(text).replace(NO_WORDS, ' ').match(RUN) ?? [];
  return runs.filter(isWord);
}

function isWord(run: string): boolean {
  return run.length >= LEAST_CHARACTERS && (isSmallLatin(run.charCodeAt(0)) || LETTER.test(run)) && !isSurrogatePair(run);
}

/** Spares most words the search for a letter. */
function isSmallLatin(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a;
}

/** One character of two code units. */
function isSurrogatePair(run: string): boolean {
  return run.length === 2 && run.codePointAt(0)! > 0xffff;
}
