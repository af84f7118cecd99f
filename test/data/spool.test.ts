/** What is set aside comes back the same, from memory and from the temporary file, which leaves no trace. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MatrixChunk } from '../../src/data/dataset.js';
import { MatrixSpool } from '../../src/data/spooled-matrix.js';
import { Spool } from '../../src/data/spool.js';

const outer = process.env['TMPDIR'];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'strads-spool-'));
  process.env['TMPDIR'] = directory;
});

afterEach(() => {
  if (outer === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = outer;
  rmSync(directory, { recursive: true, force: true });
});

describe('Spool', () => {
  it('reads any part of any block, whatever the budget', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 }), fc.nat(120), fc.nat(19), fc.nat(19), (blocks, budget, from, length) => {
        const spool = new Spool(budget);
        for (const [i, block] of blocks.entries()) expect(spool.append(block.slice())).toBe(i);
        for (const [i, block] of blocks.entries()) {
          const begin = Math.min(from, block.length);
          const end = Math.min(begin + length, block.length);
          expect(new Uint8Array(spool.read(i, begin, end - begin))).toEqual(block.slice(begin, end));
        }
        const first = blocks.findIndex((_, i) => blocks.slice(0, i + 1).reduce((sum, block) => sum + block.length, 0) > budget);
        expect(spool.spilledBytes > 0).toBe(first !== -1);
        spool.close();
      }),
    );
  });

  it('leaves no name in the temporary directory, even while it is open', () => {
    const spool = new Spool(0);
    spool.append(Uint8Array.of(1, 2, 3));
    expect(spool.spilledBytes).toBe(3);
    expect(readdirSync(directory)).toEqual([]);
    spool.close();
  });

  it('says where it wanted to write when it cannot', () => {
    process.env['TMPDIR'] = join(directory, 'missing');
    expect(() => new Spool(0).append(Uint8Array.of(1))).toThrow(/missing: no temporary file can be made there .* Point TMPDIR to a writable directory/);
  });
});

describe('MatrixSpool', () => {
  const chunks: MatrixChunk[] = [
    { kind: 'dense', firstRow: 0, rows: 2, values: Float64Array.of(1, 2, 3, 4) },
    { kind: 'dense', firstRow: 2, rows: 1, values: Float64Array.of(5, 1e-300) },
  ];
  const entries: MatrixChunk[] = [
    { kind: 'sparse', rows: Uint32Array.of(0, 4_294_967_294), columns: Uint32Array.of(7, 1), values: Float64Array.of(0.1, -2) },
    { kind: 'sparse', rows: new Uint32Array(0), columns: new Uint32Array(0), values: new Float64Array(0) },
    { kind: 'sparse', rows: Uint32Array.of(3), columns: Uint32Array.of(2), values: Float64Array.of(9) },
  ];

  it.each([0, 40, 1000])('replays chunks in order, again and again, with a budget of %i bytes', async (budget) => {
    for (const [kind, some] of [['dense', chunks], ['sparse', entries]] as const) {
      const spool = new MatrixSpool(budget);
      for (const chunk of some) spool.append(chunk);
      const matrix = spool.matrix({ kind, rows: 3, columns: 2, columnNames: null });
      expect(matrix.entries).toBe(kind === 'dense' ? 6 : 3);
      for (let pass = 0; pass < 2; pass++) {
        const replayed = [];
        for await (const chunk of matrix.chunks()) replayed.push(chunk);
        expect(replayed).toEqual(some);
      }
      await matrix.close();
    }
  });
});
