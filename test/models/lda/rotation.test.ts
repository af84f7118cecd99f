/** A sub-round changes the tokens of the cells that it is about, each once a sweep, and draws as the definition does. */
import { describe, expect, it } from 'vitest';
import { Operation } from '../../../models/lda/operations.js';
import type { LdaInput } from '../../../models/lda/options.js';
import { fitted } from './fits.js';
import { drawnSets, trainingSets } from './made-corpora.js';
import { bucketsOf, countsBy, drawFrom, tokenUnit, totalsOf, type ReferencePriors } from './reference.js';
import { plainTokens, tokensOf, watchedPrograms, type Moment, type SeenToken } from './watched.js';

const { train } = drawnSets({ documents: 90, words: 50, length: 30, topics: 4, seed: 51, emptyEvery: 14 });
const SMALL_BLOCKS = 0.0004;

/** The block that a word is in. */
const blockOf = ({ tables: { description: { blockStarts } } }: Moment, word: number) => blockStarts.findLastIndex((start) => start <= word);

interface SubRound {
  readonly moment: Moment;
  readonly priors: ReferencePriors;
  readonly before: readonly SeenToken[];
  readonly after: readonly SeenToken[];
}

/** Tokens before and after every sub-round. */
async function subRounds(input: LdaInput, workers: number): Promise<SubRound[]> {
  const rounds: SubRound[] = [];
  const before = new Map<unknown, SeenToken[]>();
  const programs = watchedPrograms({
    before: async (moment) => {
      if (moment.task.operation === Operation.Sample) before.set(moment.engine, await tokensOf(moment));
    },
    after: async (moment) => {
      if (moment.task.operation !== Operation.Sample) return;
      const { priors: { alpha, sampledBeta: beta } } = moment.tables;
      rounds.push({ moment, priors: { alpha, beta }, before: before.get(moment.engine)!, after: await tokensOf(moment) });
    },
  });
  await fitted(trainingSets(train), input, { workers, programs });
  return rounds;
}

describe('word rotation', () => {
  for (const [workers, input] of [[1, { sampler: 'exact' }], [3, { sampler: 'exact', blockMib: SMALL_BLOCKS }], [1, { sampler: 'mh' }], [2, { sampler: 'mh', blockMib: SMALL_BLOCKS }]] as const) {
    it(`samples each token in one sub-round of a sweep, and no word in two shards at once, with ${workers} workers: ${JSON.stringify(input)}`, async () => {
      const rounds = await subRounds({ topics: 8, sweeps: 3, seed: 4, ...input }, workers);
      const visits = new Map<string, number>();
      let moved = 0;
      for (const { moment, before, after } of rounds) {
        const { task: { ids: [step, sweep] }, tables: { rotation, places } } = moment;
        const blocks = new Map(places.map(({ shard }) => [shard.number, rotation.blockAt(shard.number, step)]));
        expect(new Set(blocks.values()).size).toBe(places.length);
        for (const [at, token] of after.entries()) {
          const isIn = blockOf(moment, token.word) === blocks.get(token.shard);
          const key = `${sweep} ${token.number}`;
          if (isIn) visits.set(key, (visits.get(key) ?? 0) + 1);
          // Metropolis–Hastings moves tokens among the topics of their documents before the first step.
          else if (input.sampler === 'exact' || step > 0) expect(token.current).toBe(before[at].current);
          if (token.current !== before[at].current) moved++;
          // Documents are listed anew after every step of the exact sampler, and after every sweep of the other.
          const isListed = input.sampler === 'exact' || step === rotation.blocks - 1;
          expect(token.counted).toBe(isListed ? token.current : before[at].counted);
        }
      }
      expect(visits.size).toBe(3 * train.tokens);
      for (const count of visits.values()) expect(count).toBe(1);
      expect(moved).toBeGreaterThan(train.tokens / 2);
    });
  }

  it('has every block with one shard in every sub-round, over all workers', async () => {
    const rounds = await subRounds({ topics: 8, sweeps: 1, seed: 4, blockMib: SMALL_BLOCKS }, 3);
    const { blocks } = rounds[0].moment.tables.rotation;
    expect(blocks).toBeGreaterThan(4);
    for (let step = 0; step < blocks; step++) {
      const inWork = rounds.filter(({ moment }) => moment.task.ids[0] === step).flatMap(({ moment: { tables } }) => tables.places.map(({ shard }) => tables.rotation.blockAt(shard.number, step)));
      expect(inWork).toHaveLength(4);
      expect(new Set(inWork).size).toBe(4);
    }
  });
});

/** Units nearer than this to the border of two buckets may fall on either side: weights are float32 on an engine. */
const TOLERANCE = 1e-4;

describe('the exact sampler', () => {
  for (const input of [{ topics: 6 }, { topics: 40, blockMib: SMALL_BLOCKS }, { topics: 1 }, { topics: 5, alpha: 1.5, beta: 0.4 }, { topics: 6, optimizeHyperparameters: true, burnIn: 0, sweeps: 12 }] as const) {
    it(`draws every token from its conditional under frozen counts: ${JSON.stringify(input)}`, async () => {
      const seed = 91;
      const rounds = await subRounds({ sweeps: 3, seed, sampler: 'exact', ...input }, 1);
      let compared = 0;
      let doubtful = 0;
      for (const { moment, priors, before, after } of rounds.slice(-3 * rounds[0].moment.tables.rotation.blocks)) {
        const { task: { ids: [step, sweep] }, tables: { rotation } } = moment;
        // Documents know their tokens as they were when they were last listed.
        const documents = countsBy(plainTokens(before.map((token) => ({ ...token, current: token.counted }))), 'document', input.topics);
        const rows = countsBy(plainTokens(before), 'word', input.topics);
        const totals = totalsOf(plainTokens(before), input.topics);
        for (const [at, token] of after.entries()) {
          if (blockOf(moment, token.word) !== rotation.blockAt(token.shard, step)) continue;
          const [{ document, word, topic: own }] = plainTokens([before[at]]);
          const buckets = bucketsOf({ own, document: documents.get(document)!, row: rows.get(word)!, totals, priors, vocabulary: train.words.count });
          const { topic, margin } = drawFrom(buckets, tokenUnit(seed, sweep, token.number, 0));
          if (margin < TOLERANCE) doubtful++;
          else expect(token.current).toBe(topic);
          compared++;
        }
      }
      expect(compared).toBe(3 * train.tokens);
      expect(doubtful).toBeLessThan(compared / 50);
    });
  }
});
