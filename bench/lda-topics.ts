/** What more topics cost, and where they stop helping, on 20 Newsgroups; and how far the shards' views of the topics' totals are apart (the s-error). */
import type { LdaInput } from '../models/lda/options.js';
import { grouped } from '../src/report/numbers.js';
import { loadSets, NEWSGROUPS, shapeText } from './lda-sets.js';
import { conditionsOf, train } from './lda-training.js';
import type { Benchmark, Scale } from './runner/benchmark.js';
import { amount, quality, speed, speedRow, type Row } from './runner/result.js';

const TOPICS: Readonly<Record<Scale, readonly number[]>> = { small: [10, 100, 1000, 10_000], large: [10, 30, 100, 300, 1000, 3000, 10_000] };
const SWEEPS: Readonly<Record<Scale, number>> = { small: 10, large: 100 };
/** Topics at which the sampler of constant cost stands beside the one that auto chooses. */
const COMPARED = 1000;

export const ldaTopics: Benchmark = {
  name: 'lda-topics',
  about: 'Topic models of 20 Newsgroups by number of topics: time, memory and bytes of a sweep, perplexity, and the s-error.',
  needsData: true,
  usesEngine: true,
  async run(context) {
    const { sets, missing } = await loadSets(NEWSGROUPS, context);
    if (sets === null) return { tables: [], missing };
    const sweeps = SWEEPS[context.scale];
    const inputs: LdaInput[] = [...TOPICS[context.scale].map((topics) => ({ topics })), { topics: COMPARED, sampler: 'mh' }];
    const rows: Row[] = [];
    for (const input of inputs) {
      const { sampler, seconds, history, bytesPerWorker, bytesMovedPerSweep, options } = await train(sets, { ...input, sweeps, evaluateEvery: sweeps - 1 }, conditionsOf(context));
      // Reports before and after the last sweep: the last one's s-error is of that sweep alone.
      const last = history.at(-1)!;
      rows.push(
        speedRow({
          case: `${grouped(options.topics)} topics, ${sweeps} sweeps`,
          who: sampler,
          speeds: [speed('a sweep', 's', [seconds / sweeps]), speed('sampling', 'tokens/s', [last.tokensPerSecond])],
          quality: [quality('perplexity', last.perplexity!), quality('-ln p(words, topics) a token', -last.logLikelihoodPerToken), quality('s-error, last sweep', last.sError)],
          amounts: [amount('held by a worker', 'MiB', bytesPerWorker.map((bytes) => bytes / 2 ** 20)), amount('moved a sweep', 'MiB', bytesMovedPerSweep / 2 ** 20)],
        }),
      );
      context.say(`${options.topics} topics: ${seconds.toPrecision(3)} s`);
    }
    const note = `${shapeText(sets)}. One run each; the sampler that auto chooses, and mh at ${grouped(COMPARED)} beside it. s-error: mean over the sub-rounds of a sweep of how far the shards' own totals are from the truth just before they are synchronized, 1/(P·M) Σ ‖s_p - s‖₁ for P shards and M tokens.`;
    return { tables: [{ title: '20 Newsgroups by number of topics', note, rows }], missing };
  },
};
