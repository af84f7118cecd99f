/** Changes to texts: their lines, their fields, their numbers and how they are encoded. */
import type { Draws } from '../draws.js';
import { spliced, type Mutation } from './mutation.js';

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let begin = 0; begin < bytes.length; ) {
    const end = bytes.indexOf(10, begin) + 1 || bytes.length;
    lines.push(bytes.subarray(begin, end));
    begin = end;
  }
  return lines;
}

const ofLines =
  (change: (lines: Buffer[], draws: Draws, others: readonly Buffer[]) => void): Mutation =>
  (bytes, draws, other) => {
    const lines = linesOf(bytes);
    change(lines, draws, linesOf(other));
    return Buffer.concat(lines);
  };

const LINE_MUTATIONS: readonly Mutation[] = [
  ofLines((lines, draws) => lines.splice(draws.below(lines.length), 1 + draws.small(4))),
  ofLines((lines, draws) => lines.splice(draws.below(lines.length + 1), 0, draws.of(lines.length > 0 ? lines : [Buffer.from('\n')]))),
  ofLines((lines, draws) => lines.splice(draws.below(lines.length + 1), 0, ...lines.splice(draws.below(lines.length), 1 + draws.small(3)))),
  ofLines((lines, draws, others) => lines.splice(draws.below(lines.length + 1), 0, ...others.slice(draws.below(others.length)))),
  ofLines((lines, draws) => lines.splice(draws.below(lines.length + 1), 0, Buffer.from(draws.of(['\n', '\r\n', ' \n', '#\n', '# a comment\n', '%\n', '"\n', '\t\n'])))),
];

/** Numbers on the edges of what texts and machines hold, and texts that are nearly numbers. */
const NUMBERS = [
  '0', '-0', '1', '-1', '+1', '00', '007', '0.0', '.5', '5.', '.', '-', '', '1e', 'e5', '1e5', '1e308', '1e309', '-1e999', '1e-400', '4.9e-324', '3.5e38', '-3.5e38', '1e39',
  '127', '255', '256', '65535', '65536', '1048576', '16777217', '2147483647', '2147483648', '4294967295', '4294967296', '1073741824', '1073741825', '100000000', '99999999', '9007199254740991', '9007199254740992',
  '9007199254740993', '18446744073709551615', '18446744073709551616', '123456789012345678901234567890', '0.1234567890123456789', '1099511627776', '-2147483649',
  'NaN', 'nan', 'inf', '-Infinity', 'Infinity', 'null', 'true', 'None', '0x10', '0b1', '0o7', '1_000', '1,5', '1 2', '1/2', '१२', '１２', '٣', '½', '1\u00a0', '\u200b1', '1L', '1f', '1n', '--1', '1-', '1..2', '1.2.3', '1e1.5', '1e+5', '2000-01-01',
];

const NUMBER = /[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?/g;

/** One number of the text becomes another; or one far from it, by its digits. */
const editNumber: Mutation = (bytes, draws) => {
  const text = bytes.toString('latin1');
  const places = [...text.matchAll(NUMBER)];
  if (places.length === 0) return bytes;
  const place = draws.once(3) ? places[draws.small(places.length)]! : draws.of(places);
  const replaced = draws.once(4) ? withOtherDigits(place[0], draws) : draws.of(NUMBERS);
  return spliced(bytes, place.index, place[0].length, Buffer.from(replaced));
};

function withOtherDigits(number: string, draws: Draws): string {
  const at = draws.below(number.length + 1);
  return draws.of([`${number.slice(0, at)}${draws.below(10)}${number.slice(at)}`, `${number}${'0'.repeat(1 + draws.small(400))}`, `${'0'.repeat(1 + draws.small(400))}${number}`, `-${number}`, `${number}e${draws.below(400)}`, String(Number(number) + 1), String(Number(number) - 1)]);
}

/** One field becomes empty, quoted, doubled or a text that is none. */
const editField: Mutation = (bytes, draws) => {
  const fields = [...bytes.toString('latin1').matchAll(/[^\s,;:]+/g)];
  if (fields.length === 0) return bytes;
  const { index, 0: field } = draws.of(fields);
  const replaced = draws.of(['', `"${field}"`, `"${field}`, `${field}"`, `"a""${field}"`, `"${field}\n${field}"`, `${field} ${field}`, `${field}:${field}`, `${field},${field}`, 'x', '?', 'NA', '::', '\ufeff', 'é', '\ud83d\ude00', 'constructor', '__proto__', 'toString', '\x1b[31m', 'a'.repeat(draws.of([50, 3000]))]);
  return spliced(bytes, index, field.length, Buffer.from(replaced));
};

const BYTES_OF_NO_TEXT = ['\xff', '\xc3', '\xc0\x80', '\xed\xa0\x80', '\xf5\x80\x80\x80', '\0', '\xe2\x28\xa1', '\x1a', '\x80'].map((bytes) => Buffer.from(bytes, 'latin1'));

const ENCODING_MUTATIONS: readonly Mutation[] = [
  (bytes, draws) => Buffer.concat([Buffer.from(draws.of(['\xef\xbb\xbf', '\xff\xfe', '\xfe\xff', '\xef\xbb', '\xef\xbb\xbf\xef\xbb\xbf']), 'latin1'), bytes]),
  (bytes, draws) => Buffer.from(bytes.toString('latin1').replaceAll('\n', draws.of(['\r\n', '\r', '\n\r', '\r\r\n', '\u0085'])), 'latin1'),
  (bytes, draws) => spliced(bytes, draws.below(bytes.length + 1), 0, draws.of(BYTES_OF_NO_TEXT)),
  (bytes, draws) => spliced(bytes, draws.below(bytes.length + 1), 0, Buffer.from(draws.of(['\u00a0', '\u2028', '\u0085', '\ufeff', '\u200b', '\u3000', '\v', '\f', 'İ', 'ﬁ', '\u0301']))),
  (bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le'),
  (bytes) => (bytes.at(-1) === 10 ? bytes.subarray(0, -1) : Buffer.concat([bytes, Buffer.from('\n')])),
  (bytes, draws) => Buffer.from(bytes.toString('latin1').replaceAll(draws.of([',', ' ', '\t', ';', ':', '::']), draws.of([',', ' ', '\t', ';', ':', '::', '  ', '|'])), 'latin1'),
];

/** Numbers are what breaks readers most, so they come most. */
export const TEXT_MUTATIONS: readonly Mutation[] = [...LINE_MUTATIONS, editNumber, editNumber, editNumber, editNumber, editField, editField, ...ENCODING_MUTATIONS];
