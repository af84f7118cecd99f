/**
 * Text of one number. In: a cell or token as it stands in a file. Out: its value, or NaN when the text is not a
 * finite decimal number; blank text, hexadecimal and other notations that `Number` accepts are not.
 */
const DIGIT = /[0-9]/;
const RADIX_PREFIX = /^\s*0[xob]/i;

export function parseNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) return NaN;
  if (value === 0 && !DIGIT.test(text)) return NaN;
  if (text.length > 2 && RADIX_PREFIX.test(text)) return NaN;
  return value;
}

/** What JSON leaves as it is and a terminal may obey, or not show. */
const UNSHOWN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Text as a message quotes it: on one line, cut when long, with escapes for what is no visible character. */
export function quoted(text: string): string {
  return shown(JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text), Infinity);
}

/** Text that comes of a file, within a message: as `quoted`, without quotes. */
export function shown(text: string, most = 300): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.replace(UNSHOWN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
