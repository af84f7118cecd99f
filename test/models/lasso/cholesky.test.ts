import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factorize, solveFactored } from '../../../models/lasso/row-cut/cholesky.js';

const UNREAD = 12345;

/** A lower triangle of whole numbers with a positive diagonal: its product with itself is exact. */
const factor = fc.integer({ min: 0, max: 9 }).chain((size) =>
  fc.tuple(fc.constant(size), fc.array(fc.integer({ min: -9, max: 9 }), { minLength: size * size, maxLength: size * size })),
);

function lowerOf(size: number, numbers: readonly number[]): number[][] {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (j > i ? 0 : j === i ? 1 + Math.abs(numbers[i * size + i]) : numbers[i * size + j])));
}

/** L L', its upper triangle filled with what must not be read. */
function product(lower: readonly number[][]): Float64Array {
  return Float64Array.from(lower.flatMap((a, i) => lower.map((b, j) => (j > i ? UNREAD : a.reduce((sum, value, k) => sum + value * b[k], 0)))));
}

describe('factorize', () => {
  it('finds the factor a matrix was made from, and leaves the upper triangle alone', () => {
    fc.assert(
      fc.property(factor, ([size, numbers]) => {
        const lower = lowerOf(size, numbers);
        const matrix = product(lower);
        expect(factorize(matrix, size)).toBe(true);
        expect([...matrix]).toEqual(lower.flatMap((row, i) => row.map((value, j) => (j > i ? UNREAD : value))));
      }),
    );
  });

  it.each([
    ['zero', [0]],
    ['negative', [-1]],
    ['two equal variables', [1, 0, 1, 1]],
    ['two opposite variables', [4, 0, -4, 4]],
    ['a variable that is the sum of two', [1, 0, 0, 0, 1, 0, 1, 1, 2]],
    ['indefinite', [1, 0, 2, 1]],
    ['a hole', [1, 0, NaN, 1]],
    ['nothing but NaN', [NaN]],
  ])('refuses %s', (_what, entries) => {
    expect(factorize(Float64Array.from(entries), Math.sqrt(entries.length))).toBe(false);
  });
});

describe('solveFactored', () => {
  it('undoes the product with the matrix, exactly where everything is whole', () => {
    fc.assert(
      fc.property(factor, fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 9, maxLength: 9 }), ([size, numbers], solution) => {
        const lower = lowerOf(size, numbers).map((row, i) => row.map((value, j) => (i === j ? 1 : value)));
        const matrix = product(lower);
        const full = (i: number, j: number) => matrix[i >= j ? i * size + j : j * size + i];
        const b = Float64Array.from({ length: size }, (_, i) => solution.slice(0, size).reduce((sum, value, j) => sum + full(i, j) * value, 0));
        factorize(matrix, size);
        solveFactored(matrix, size, b);
        expect([...b].map((value) => value + 0)).toEqual(solution.slice(0, size).map((value) => value + 0));
      }),
    );
  });
});
