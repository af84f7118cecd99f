/** Words that have a topic of their own. */
import { describe, expect, it } from 'vitest';
import { UNCOUNTED } from '../../../models/lda/worker/shard.js';
import { fitted, tableOf } from './fits.js';
import { corpusFrom, drawnBags, trainingSets, wordOf } from './made-corpora.js';
import { afterSweeps, tokensOf } from './watched.js';

const bags = drawnBags({ documents: 60, words: 40, length: 30, topics: 4, seed: 77 });
const train = corpusFrom(bags, 40);
const seedWords = { [wordOf(0)]: 2, [wordOf(5)]: 0, [wordOf(39)]: 2, unheard: 1 };
const topicOf = new Map([[0, 2], [5, 0], [39, 2]]);

describe('seed words', () => {
  for (const sampler of ['exact', 'mh'] as const) {
    it(`have their topic from the beginning to the end, and other words any: ${sampler}`, async () => {
      const { fit, topics } = await fitted(trainingSets(train), { topics: 5, sweeps: 8, seed: 3, sampler, seedWords, blockMib: 0.0004 });
      for (const [word, row] of tableOf(topics, 40).entries()) {
        const own = row.flatMap((count, k) => (count > 0 ? [k] : []));
        if (topicOf.has(word)) expect(own).toEqual([topicOf.get(word)]);
      }
      expect(fit.totals.every((total) => total > 0)).toBe(true);
    });

    it(`are in no piece of work, and all others are in one: ${sampler}`, async () => {
      let looks = 0;
      const programs = afterSweeps(async (moment) => {
        const { engine, tables } = moment;
        const tokens = await tokensOf(moment);
        const free = tokens.filter(({ word }) => !topicOf.has(fitPosition(word)));
        const work = new Uint32Array((await engine.read([{ buffer: tables.work }]))[0]);
        const inPieces: number[] = [];
        for (let piece = tables.places[0].pieceStarts[0]; piece < tables.places.at(-1)!.pieceStarts.at(-1)!; piece++) {
          for (let pair = work[3 * piece + 1]; pair < work[3 * piece + 1] + work[3 * piece + 2]; pair++) {
            for (let t = 0; t < work[3 * pair + 2]; t++) inPieces.push(work[3 * pair + 1] + t);
          }
        }
        expect(inPieces.sort((a, b) => a - b)).toEqual(free.map(({ number }) => number));
        if (tables.proposals) {
          const stretches = new Uint32Array((await engine.read([{ buffer: tables.proposals.pieces }]))[0]);
          const inStretches: number[] = [];
          for (let at = 0; at < stretches.length; at += 3) for (let t = 0; t < stretches[at + 2]; t++) inStretches.push(stretches[at + 1] + t);
          expect(inStretches).toEqual(free.map(({ number }) => number));
        }
        for (const { word, current } of tokens) if (topicOf.has(fitPosition(word))) expect(current).toBe(topicOf.get(fitPosition(word)));
        expect(tokens.some(({ counted }) => counted === UNCOUNTED)).toBe(false);
        looks++;
      });
      // The cut into blocks does not depend on the seeds.
      const { fit: { layout } } = await fitted(trainingSets(train), { topics: 5, sweeps: 1, sampler });
      const fitPosition = (position: number) => layout.words.rowAt[position];
      await fitted(trainingSets(train), { topics: 5, sweeps: 3, seed: 3, sampler, seedWords }, { programs });
      expect(looks).toBe(3);
    });
  }

  it('draw words that occur with them into their topic', async () => {
    const apart = corpusFrom(Array.from({ length: 80 }, (_, d) => (d % 2 === 0 ? [[0, 3], [2, 4], [4, 4]] : [[1, 3], [3, 4], [5, 4]])), 6);
    const { topics } = await fitted(trainingSets(apart), { topics: 2, sweeps: 30, seedWords: { [wordOf(0)]: 1, [wordOf(1)]: 0 } });
    for (const [word, row] of tableOf(topics, 6).entries()) expect(row[word % 2]).toBeLessThan(row[1 - (word % 2)] / 20);
  });

  it('may take all words, which then never move', async () => {
    const all = Object.fromEntries(Array.from({ length: 40 }, (_, word) => [wordOf(word), word % 3]));
    for (const sampler of ['exact', 'mh'] as const) {
      const { fit, topics } = await fitted(trainingSets(train), { topics: 3, sweeps: 2, sampler, seedWords: all });
      for (const [word, row] of tableOf(topics, 40).entries()) expect(row.every((count, k) => count === 0 || k === word % 3)).toBe(true);
      expect(fit.best.sError).toBe(0);
    }
  });
});
