/** What no checkpoint needs stays bounded, and what did not change is not written again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referablePacks } from '../../src/checkpoint/garbage.js';
import { packId } from '../../src/checkpoint/names.js';
import { MemoryStore } from './memory-store.js';
import { bytesOf, Owner, stateOf } from './owner.js';

const digest = '0'.repeat(64);
const ref = (pack: string, offset: number, bytes: number) => ({ pack, offset, bytes, digest });

describe('packs', () => {
  it('may be referred to while half of them or more is', () => {
    const sizes = new Map([['full', 100], ['half', 100], ['less', 100]]);
    expect([...referablePacks([ref('full', 0, 100), ref('half', 0, 20), ref('half', 50, 30), ref('less', 0, 49)], sizes)]).toEqual(['full', 'half']);
  });

  it('count a block once that is referred to twice', () => {
    expect(referablePacks([ref('pack', 0, 30), ref('pack', 0, 30)], new Map([['pack', 100]])).size).toBe(0);
  });
});

const BLOCK = 512;
const BLOCKS = 16;

describe('a checkpoint', () => {
  it('writes what changed, and nothing else', async () => {
    const owner = await Owner.open(new MemoryStore());
    const state = Array.from({ length: 3 }, (_, shard) => Array.from({ length: BLOCKS }, (_, k) => bytesOf(shard * BLOCKS + k, BLOCK)));
    await owner.save(state);
    expect(owner.written).toBe(3 * BLOCKS * BLOCK);
    for (let changed = 0; changed <= 3; changed++) {
      for (let k = 0; k < changed; k++) state[k % 2]![5 + k] = bytesOf(1000 + 10 * changed + k, BLOCK);
      const manifest = await owner.save(state);
      expect(owner.written).toBe(changed * BLOCK);
      expect(await stateOf(owner.store, manifest)).toEqual(state);
    }
  });

  it('writes a block again that moved, was cut or came back', async () => {
    const owner = await Owner.open(new MemoryStore());
    const [a, b] = [bytesOf(1, BLOCK), bytesOf(2, BLOCK)];
    await owner.save([[a, b], []]);
    for (const blocks of [[b, a], [b, a.subarray(1)], [b], [b, a]]) {
      const manifest = await owner.save([blocks, []]);
      expect(await stateOf(owner.store, manifest)).toEqual([blocks, []]);
    }
    expect(owner.written).toBe(BLOCK);
  });

  it('has packs of at most three times its size, whatever changes and however long', async () => {
    const changes = fc.array(fc.array(fc.nat({ max: BLOCKS - 1 }), { maxLength: BLOCKS }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 1, max: 3 }), async (rounds, keep) => {
        const store = new MemoryStore();
        const owner = await Owner.open(store, keep);
        const blocks = Array.from({ length: BLOCKS }, (_, k) => bytesOf(k, BLOCK));
        for (const [round, changed] of [[], ...rounds].entries()) {
          for (const k of changed) blocks[k] = bytesOf(1000 * (round + 1) + k, BLOCK);
          const manifest = await owner.save([blocks, []]);
          const packs = [...store.objects].filter(([name]) => packId(name) !== null);
          const referred = packs.filter(([name]) => manifest.shards[0]!.some(({ pack }) => pack === name));
          const bytes = (those: typeof packs) => those.reduce((sum, [, { length }]) => sum + length, 0);
          expect(bytes(referred)).toBeLessThanOrEqual(3 * BLOCKS * BLOCK);
          expect(bytes(packs)).toBeLessThanOrEqual(keep * 3 * BLOCKS * BLOCK);
          expect(await stateOf(store, manifest)).toEqual([blocks, []]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each([1, 3])('leaves %i checkpoints and their packs, and nothing else', async (keep) => {
    const store = new MemoryStore();
    const owner = await Owner.open(store, keep);
    const blocks = Array.from({ length: BLOCKS }, (_, k) => bytesOf(k, BLOCK));
    const states = [];
    const manifests = [];
    for (let round = 0; round < 12; round++) {
      blocks[(7 * round) % BLOCKS] = bytesOf(1000 + round, BLOCK);
      states.push([[...blocks], []]);
      manifests.push(await owner.save([blocks, []]));
    }
    const names = await store.list();
    expect(names.filter((name) => name.startsWith('checkpoint-'))).toHaveLength(keep);
    const needed = new Set(manifests.slice(-keep).flatMap(({ shards }) => shards[0]!.map(({ pack }) => pack)));
    expect(names.filter((name) => packId(name) !== null)).toEqual([...needed].sort());
    for (let k = 1; k <= keep; k++) expect(await stateOf(store, manifests.at(-k)!)).toEqual(states.at(-k));
  });
});
