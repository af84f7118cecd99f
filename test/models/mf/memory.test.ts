/** Memory a worker needs falls as workers are added: ratings, factors and what an algorithm keeps are all sharded. */
import { describe, expect, it } from 'vitest';
import type { RatingSets } from '../../../models/mf/distribute.js';
import type { MfInput } from '../../../models/mf/options.js';
import { ratingsFrom } from '../../../src/data/ratings.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import { randomUnit } from '../../../src/schedule/random.js';
import { fitted } from './fits.js';

const USERS = 6040;
const ITEMS = 3706;
const RATINGS = 900_000;
const engine = () => createWasmEngine({ memoryBytes: 2 ** 30 });

/** In the shape of MovieLens 1M: few users and items have most of the ratings. */
function movieLensShaped(): RatingSets {
  const users: number[] = [];
  const items: number[] = [];
  for (let i = 0; i < USERS && users.length < RATINGS; i++) {
    const wanted = Math.round(30 + 900 * (1 - i / USERS) ** 6);
    const own = new Set<number>();
    for (let draw = 0; own.size < wanted; draw++) own.add(Math.floor(ITEMS * randomUnit(1, i, draw) ** 2));
    for (const j of own) {
      users.push(i);
      items.push(j);
    }
  }
  const ratings = users.map((i, p) => 1 + ((i + items[p]) % 5));
  return { train: ratingsFrom({ users, items, ratings }, { duplicates: 'error' }), validation: null, test: null };
}

describe('at 4 workers each of them', () => {
  const sets = movieLensShaped();
  const ways: MfInput[] = [{ algorithm: 'ccd', biases: true }, { algorithm: 'als' }, { algorithm: 'sgd', biases: true }, { algorithm: 'als', implicit: true }];
  for (const way of ways) {
    it(`holds at most .35 of what one alone does: ${JSON.stringify(way)}`, async () => {
      const input = { ...way, rank: 128, sweeps: 1, ...(way.algorithm === 'als' ? { cgSteps: 1 } : {}) };
      const [one, four] = [(await fitted(sets, input, { engine })).fit, (await fitted(sets, input, { engine, workers: 4 })).fit];
      expect(one.bytesPerWorker).toHaveLength(1);
      expect(four.bytesPerWorker).toHaveLength(4);
      // At least the ratings, once each, and the factors.
      const least = sets.train.count * 8 + (USERS + ITEMS) * 128 * 4;
      expect(one.bytesPerWorker[0]).toBeGreaterThan(least);
      expect(four.bytesPerWorker.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(least);
      expect(Math.max(...four.bytesPerWorker) / one.bytesPerWorker[0]).toBeLessThanOrEqual(0.35);
    });
  }
});
