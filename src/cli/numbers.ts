/** Option values that are numbers. */
import { InvalidArgumentError } from 'commander';

const DECIMAL = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

function number(text: string): number {
  const value = Number(text);
  if (!DECIMAL.test(text) || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number.');
  return value;
}

export function positive(text: string): number {
  const value = number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above 0.');
  return value;
}

export function atLeastZero(text: string): number {
  const value = number(text);
  if (!(value >= 0)) throw new InvalidArgumentError('expected a number, 0 or more.');
  return value;
}

/** Above 0 as well. */
export function atMostOne(text: string): number {
  const value = positive(text);
  if (value > 1) throw new InvalidArgumentError('expected a number above 0 and at most 1.');
  return value;
}

/** Above 0 as well. */
export function belowOne(text: string): number {
  const value = positive(text);
  if (value >= 1) throw new InvalidArgumentError('expected a number above 0 and below 1.');
  return value;
}

/** A parser of whole numbers from `least` to `most`, or of all that are exact. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(most === Number.MAX_SAFE_INTEGER ? `expected a whole number, ${least} or more.` : `expected a whole number from ${least} to ${most}.`);
  };
}
