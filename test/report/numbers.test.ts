/** Numbers as people read them. */
import { describe, expect, it } from 'vitest';
import { byteSize, counted, duration, grouped } from '../../src/report/numbers.js';

describe('a count', () => {
  it('is grouped by thousands', () => expect([0, 999, 12345].map(grouped)).toEqual(['0', '999', '12,345']));
  it('is of one thing or of several', () => expect([counted(1, 'rating'), counted(1204, 'rating'), counted(2, 'entry', 'entries')]).toEqual(['1 rating', '1,204 ratings', '2 entries']));
});

describe('a time', () => {
  it('is in seconds, minutes or hours', () => expect([2.1, 89, 90, 5399, 5400].map(duration)).toEqual(['3 s', '89 s', '2 min', '90 min', '1.5 h']));
});

describe('a size', () => {
  it('is in the largest unit that it fills', () => expect([0, 1023, 1024, 10_240, 2 ** 27, 1.5 * 2 ** 30, 2 ** 50].map(byteSize)).toEqual(['0 B', '1023 B', '1 KiB', '10 KiB', '128 MiB', '1.5 GiB', '1024 TiB']));
});
