/** Out-of-core transposition with panels narrower than the matrix, against the values' own formula. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transposedChunks } from '../../src/data/transpose.js';
import { denseRowsOf } from './files.js';

const symmetries = ['general', 'symmetric', 'skew-symmetric'] as const;

function element(symmetry: (typeof symmetries)[number], i: number, j: number): number {
  if (symmetry === 'general') return 100 * i + j + 1;
  const lower = 100 * Math.max(i, j) + Math.min(i, j) + 1;
  if (symmetry === 'symmetric') return lower;
  return i === j ? 0 : i > j ? lower : -lower;
}

describe('transposedChunks', () => {
  it('gives rows whatever the panel width, the pieces and the columns kept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...symmetries), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(8), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 20 }), async (symmetry, rows, width, cut, panelBytes, piece) => {
        const columns = symmetry === 'general' ? width : rows;
        const kept = columns - (cut % columns);
        const stored: number[] = [];
        for (let j = 0; j < columns; j++) {
          for (let i = 0; i < rows; i++) {
            if (symmetry === 'general' || i > j || (i === j && symmetry === 'symmetric')) stored.push(element(symmetry, i, j));
          }
        }
        async function* pieces() {
          for (let at = 0; at < stored.length; at += piece) yield Float64Array.from(stored.slice(at, at + piece));
        }
        async function* chunks() {
          for await (const { chunk } of transposedChunks({ rows, columns, symmetry, kept }, pieces(), panelBytes)) yield chunk;
        }
        const expected = Array.from({ length: rows }, (_, i) => Array.from({ length: kept }, (_, j) => element(symmetry, i, j)));
        expect((await denseRowsOf(rows, kept, chunks())).map((row) => row.map((x) => x + 0))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});
