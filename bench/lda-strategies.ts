/** Blocks of words that go round against shared rows that every worker copies: quality by seconds, bytes moved, memory by workers. */
import { STRATEGIES, type LdaInput } from '../models/lda/options.js';
import { KOS, loadSets, NEWSGROUPS, shapeText, type CorpusData } from './lda-sets.js';
import { after, conditionsOf, train } from './lda-training.js';
import type { Benchmark, Scale } from './runner/benchmark.js';
import { amount, amountRow, quality, speed, speedRow, type Row, type Table } from './runner/result.js';

const MARKS: Readonly<Record<Scale, readonly number[]>> = { small: [10, 30], large: [10, 20, 40, 60] };
/** Memory is that of a short run without test documents: buffers are as large as the data and the topics ask for, whatever the sweep. */
const MEMORY_SWEEPS = 2;
const WORKER_COUNTS = [1, 2, 4];
const PROBLEMS: readonly { readonly data: CorpusData; readonly topics: number; readonly scales: readonly Scale[] }[] = [
  { data: KOS, topics: 100, scales: ['small', 'large'] },
  { data: NEWSGROUPS, topics: 1000, scales: ['large'] },
];

export const ldaStrategies: Benchmark = {
  name: 'lda-strategies',
  about: 'Word rotation against data-parallel training of the same topic model: perplexity by seconds, s-error, bytes moved, and memory by workers.',
  needsData: true,
  usesEngine: true,
  async run(context) {
    const tables: Table[] = [];
    const missing: string[] = [];
    for (const { data, topics } of PROBLEMS.filter(({ scales }) => scales.includes(context.scale))) {
      const { sets, missing: absent } = await loadSets(data, context);
      missing.push(...absent);
      if (sets === null) continue;
      const marks = MARKS[context.scale];
      const rows: Row[] = [];
      const memory: Row[] = [];
      for (const strategy of STRATEGIES) {
        const input: LdaInput = { topics, sampler: 'exact', strategy };
        const run = await train(sets, { ...input, sweeps: marks.at(-1)! }, conditionsOf(context));
        for (const sweep of marks) {
          const { perplexity, seconds, sError } = after(run, sweep)!;
          rows.push(speedRow({ case: `${sweep} sweeps`, who: strategy, speeds: [speed('sampling', 's', [seconds])], quality: [quality('perplexity', perplexity!), quality('s-error', sError)], amounts: [amount('moved a sweep', 'MiB', run.bytesMovedPerSweep / 2 ** 20)] }));
        }
        for (const workers of WORKER_COUNTS) {
          const { bytesPerWorker } = await train({ ...sets, test: null }, { ...input, sweeps: MEMORY_SWEEPS }, { ...conditionsOf(context), workers });
          memory.push(amountRow({ case: `${workers} worker(s)`, who: strategy, amounts: [amount('held by a worker', 'MiB', bytesPerWorker.map((bytes) => bytes / 2 ** 20))] }));
        }
      }
      const name = `${sets.name} at ${topics} topics`;
      tables.push(
        { title: name, note: `${shapeText(sets)}. The exact sampler, one run each; s-error: mean over the ten sweeps before.`, rows },
        { title: `${name}: memory`, note: `The most that a worker held in ${MEMORY_SWEEPS} sweeps without test documents.`, rows: memory },
      );
    }
    return { tables, missing };
  },
};
