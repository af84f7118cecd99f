/** The tables that samplers draw by: scales and running sums of a shard's view, and alpha as an alias table. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LdaShardDescription } from '../../../models/lda/operations.js';
import { Priors } from '../../../models/lda/worker/priors.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import { sumOf } from './reference.js';

const VOCABULARY = 37;
const described = (topics: number) => ({ topics, vocabulary: VOCABULARY }) as LdaShardDescription;

async function withPriors<T>(topics: number, shards: number, use: (priors: Priors, read: () => Promise<{ table: Float32Array; aliases: Uint32Array }>) => Promise<T>): Promise<T> {
  const engine = await createWasmEngine({ memoryBytes: 2 ** 24 });
  try {
    const priors = new Priors(engine, described(topics), new Float64Array(topics), shards);
    return await use(priors, async () => {
      const [table, aliases] = await engine.read([{ buffer: priors.table }, { buffer: priors.aliases }]);
      return { table: new Float32Array(table), aliases: new Uint32Array(aliases) };
    });
  } finally {
    await engine.close();
  }
}

const weights = fc.array(fc.oneof(fc.double({ min: 1e-6, max: 1, noNaN: true }), fc.double({ min: 1e-6, max: 1e-3, noNaN: true }), fc.constant(0.1)), { minLength: 1, maxLength: 60 });

describe('the alias table', () => {
  it('gives each topic its share of alpha', async () => {
    await fc.assert(
      fc.asyncProperty(weights, async (alpha) => {
        const { aliases } = await withPriors(alpha.length, 1, async (priors, read) => {
          priors.set(Float64Array.from(alpha), 0.01);
          return read();
        });
        const chances = new Float32Array(aliases.buffer);
        const found = new Float64Array(alpha.length);
        for (let column = 0; column < alpha.length; column++) {
          const [chance, alias] = [chances[2 * column], aliases[2 * column + 1]];
          expect(chance).toBeGreaterThanOrEqual(0);
          expect(chance).toBeLessThanOrEqual(1);
          expect(alias).toBeLessThan(alpha.length);
          found[column] += chance / alpha.length;
          found[alias] += (1 - chance) / alpha.length;
        }
        for (const [k, value] of alpha.entries()) expect(Math.abs(found[k] - value / sumOf(alpha))).toBeLessThan(1e-6);
      }),
    );
  });

  it('leaves equal topics as they are', async () => {
    const { aliases } = await withPriors(5, 1, async (priors, read) => {
      priors.set(new Float64Array(5).fill(0.1), 0.01);
      return read();
    });
    const chances = new Float32Array(aliases.buffer);
    for (let k = 0; k < 5; k++) expect(chances[2 * k]).toBeCloseTo(1, 6);
  });
});

describe('the table of a shard', () => {
  it('has scales, alpha times them, and running sums of the priors, by its own view of the totals', async () => {
    await fc.assert(
      fc.asyncProperty(weights, fc.double({ min: 1e-3, max: 1, noNaN: true }), fc.integer({ min: 1, max: 5 }), async (alpha, beta, shards) => {
        const topics = alpha.length;
        const { table } = await withPriors(topics, shards, async (priors, read) => {
          priors.set(Float64Array.from(alpha), beta);
          expect(priors.alphaSum).toBeCloseTo(sumOf(alpha), 12);
          for (const [row, view] of priors.views.entries()) for (let k = 0; k < topics; k++) view[k] = 3 * k + 10 * row + 1;
          priors.refresh(priors.beta);
          return read();
        });
        for (let row = 0; row < shards; row++) {
          const own = table.subarray(3 * topics * row, 3 * topics * (row + 1));
          let sum = 0;
          for (let k = 0; k < topics; k++) {
            const scale = 1 / (3 * k + 10 * row + 1 + VOCABULARY * beta);
            expect(own[k]).toBe(Math.fround(scale));
            expect(own[topics + k]).toBe(Math.fround(alpha[k] * scale));
            expect(own[2 * topics + k]).toBe(Math.fround((sum += alpha[k] * beta * scale)));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is that of the synchronized totals once they are everyone\'s', async () => {
    const { table } = await withPriors(3, 2, async (priors, read) => {
      priors.set(Float64Array.of(0.1, 0.2, 0.3), 0.5);
      priors.truth.set([4, 0, 9]);
      priors.synchronize();
      priors.refresh(priors.beta);
      return read();
    });
    expect([...table.subarray(0, 9)]).toEqual([...table.subarray(9)]);
    expect(table[2]).toBe(Math.fround(1 / (9 + VOCABULARY * 0.5)));
  });
});
