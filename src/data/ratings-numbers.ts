/**
 * Numbers and times in text, by the byte. In: a field of a record. Out: its value, NaN when the text is none.
 */
import { parseNumber } from './number.js';

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Digits of which a whole number is exact in float64. */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** The finite decimal number in bytes begin … end - 1, rounded as `Number` does. */
export function numberIn(bytes: Buffer, begin: number, end: number): number {
  const isNegative = bytes[begin] === MINUS;
  let digits = 0;
  let decimals = -1;
  let whole = 0;
  for (let i = isNegative ? begin + 1 : begin; i < end; i++) {
    const digit = bytes[i] - ZERO;
    if (digit >= 0 && digit <= 9) {
      whole = 10 * whole + digit;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (bytes[i] === POINT && decimals < 0) decimals = 0;
    else return parseNumber(bytes.toString('utf8', begin, end));
  }
  if (digits === 0 || digits > EXACT_DIGITS) return parseNumber(bytes.toString('utf8', begin, end));
  // Both operands are exact, so the quotient is the nearest float64 (Clinger, PLDI 1990).
  const value = decimals > 0 ? whole / POWERS_OF_TEN[decimals] : whole;
  return isNegative ? -value : value;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[-+]\d\d:\d\d)?$/;

/** A number as it stands, or a date of ISO 8601 as seconds since 1970 (UTC where it names no zone). */
export function timeIn(bytes: Buffer, begin: number, end: number): number {
  const time = numberIn(bytes, begin, end);
  return time === time ? time : secondsOf(bytes.toString('utf8', begin, end));
}

function secondsOf(text: string): number {
  if (DATE.test(text)) return Date.parse(text) / 1000;
  const parts = DATE_TIME.exec(text);
  return parts === null ? NaN : Date.parse(`${parts[1]}T${parts[2]}${parts[3] ?? 'Z'}`) / 1000;
}
