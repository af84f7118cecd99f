/** How a sweep of the topic model grows with the number of topics, by each sampler. */
import { MOST_EXACT_TOPICS, type Sampler } from '../../models/lda/options.js';
import { conditionsOf, train } from '../lda-training.js';
import type { Benchmark, Scale } from '../runner/benchmark.js';
import { amount, quality, speed, speedRow, type Row } from '../runner/result.js';
import { generatedCorpus } from './generated-sets.js';
import { chartOf, type Point } from './series.js';

const TOPICS: Readonly<Record<Scale, readonly number[]>> = { small: [16, 64, 256, 1024, 4096], large: [16, 64, 256, 1024, 4096, 16_384] };
const SAMPLERS: readonly Sampler[] = ['exact', 'mh'];
const SWEEPS = 4;

export const growthTopics: Benchmark = {
  name: 'growth-topics',
  about: 'A sweep of the topic model against the number of topics, by each sampler, on generated documents in the shape of NYTimes.',
  needsData: false,
  usesEngine: true,
  async run(context) {
    const { name, sets, close } = generatedCorpus(context.scale);
    const rows: Row[] = [];
    const points: Point[] = [];
    try {
      for (const sampler of SAMPLERS) {
        for (const topics of TOPICS[context.scale].filter((count) => sampler === 'mh' || count <= MOST_EXACT_TOPICS)) {
          const { seconds, sweeps, history, bytesMovedPerSweep, bytesPerWorker } = await train(sets, { topics, sampler, sweeps: SWEEPS, evaluateEvery: SWEEPS }, conditionsOf(context));
          const { perplexity, tokensPerSecond } = history.at(-1)!;
          rows.push(
            speedRow({
              case: `${topics.toLocaleString('en-US')} topics`,
              who: sampler,
              speeds: [speed('a sweep', 's', [seconds / sweeps]), speed('sampling', 'tokens/s', [tokensPerSecond])],
              quality: [quality('perplexity', perplexity!)],
              amounts: [amount('moved a sweep', 'MiB', bytesMovedPerSweep / 2 ** 20), amount('held by a worker', 'MiB', Math.max(...bytesPerWorker) / 2 ** 20)],
            }),
          );
          points.push({ series: sampler, x: topics, milliseconds: (1000 * seconds) / sweeps, bytes: bytesMovedPerSweep });
          context.say(`${sampler}, ${topics} topics: ${(seconds / sweeps).toPrecision(3)} s a sweep`);
        }
      }
    } finally {
      close();
    }
    const x = { label: 'topics', log: true };
    return {
      tables: [{ title: 'A sweep by topics', note: `${name}; ${SWEEPS} sweeps, ${context.workers} workers, one run each. The perplexity is that after the last sweep, and would fall further.`, rows }],
      charts: [chartOf('growth-topics-time', 'Time of a sweep by topics', x, 'ms a sweep', points, ({ milliseconds }) => milliseconds), chartOf('growth-topics-bytes', 'Bytes of a sweep by topics', x, 'bytes a sweep', points, ({ bytes }) => bytes)],
      missing: [],
    };
  },
};
