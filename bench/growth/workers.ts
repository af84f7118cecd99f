/** What more workers bring, and what they cost in bytes: a round of the scheduled Lasso, a sweep of matrix factorization and of the topic model. */
import { availableParallelism } from 'node:os';
import { ALGORITHMS } from '../../models/mf/options.js';
import { runChain } from '../generated/chain-run.js';
import { conditionsOf, train as trainLda } from '../lda-training.js';
import { train as trainMf } from '../mf-training.js';
import { repeatedly, type Benchmark, type Context } from '../runner/benchmark.js';
import { amount, quality, speed, speedRow, type Quality, type Row } from '../runner/result.js';
import { median } from '../runner/statistics.js';
import { generatedCorpus, generatedRatings } from './generated-sets.js';
import { chartOf, type Point } from './series.js';

const WORKERS = [1, 2, 4];
const CHAIN = { rows: 50_000, columns: 1_000_000, seed: 1 } as const;
const [ROUNDS, RANK, TOPICS, SWEEPS] = [300, 64, 256, 3];

/** One training by so many workers: what a round or sweep took and moved. */
interface Step {
  readonly seconds: number;
  readonly bytes: number;
  /** The most that a worker held; null where nobody counts. */
  readonly held: number | null;
  readonly quality: Quality;
}

interface Work {
  readonly name: string;
  train(workers: number): Promise<Step>;
}

export const growthWorkers: Benchmark = {
  name: 'growth-workers',
  about: `A round or a sweep of each model against the number of workers (${WORKERS.join(', ')}), on generated data.`,
  needsData: false,
  usesEngine: true,
  async run(context) {
    const ratings = generatedRatings(context.scale);
    const documents = generatedCorpus(context.scale);
    try {
      const works: readonly Work[] = [
        chainWork,
        ...ALGORITHMS.map((algorithm): Work => ({ name: `mf ${algorithm}, rank ${RANK}: a sweep`, train: (workers) => mfStep(ratings.sets, algorithm, { ...context, workers }) })),
        { name: `lda, ${TOPICS} topics: a sweep`, train: (workers) => ldaStep(documents.sets, { ...context, workers }) },
      ];
      const rows: Row[] = [];
      const points: Point[] = [];
      for (const work of works) {
        const turns = await repeatedly(context, () => turn(work));
        rows.push(...WORKERS.map((workers, w) => rowOf(work, workers, turns.map((steps) => steps[w]!), turns.map((steps) => steps[0]!))));
        points.push(...WORKERS.map((x, w) => ({ series: work.name, x, milliseconds: 1000 * median(turns.map((steps) => steps[w]!.seconds)), bytes: turns[0]![w]!.bytes })));
        context.say(`${work.name}: measured`);
      }
      const x = { label: 'workers', log: true };
      const note = `By turns on a machine of ${availableParallelism()} threads: with more workers than those nothing is to be gained. Ratios: how many times faster than one worker. Ratings: ${ratings.name}. Documents: ${documents.name}.`;
      return {
        tables: [{ title: 'By number of workers', note, rows }],
        charts: [chartOf('growth-workers-time', 'Time of a round or sweep by workers', x, 'ms', points, ({ milliseconds }) => milliseconds), chartOf('growth-workers-bytes', 'Bytes of a round or sweep by workers', x, 'bytes', points, ({ bytes }) => bytes)],
        missing: [],
      };
    } finally {
      documents.close();
    }
  },
};

async function turn({ train }: Work): Promise<Step[]> {
  const steps: Step[] = [];
  for (const workers of WORKERS) steps.push(await train(workers));
  return steps;
}

const chainWork: Work = {
  name: 'lasso, 10^6 columns: a round',
  async train(workers) {
    const { roundSeconds, roundBytes, objectives } = await runChain({ shape: CHAIN, schedule: 'priority', threshold: 0.1, rounds: ROUNDS, workers, objectiveEvery: ROUNDS });
    return { seconds: roundSeconds, bytes: roundBytes, held: null, quality: quality('objective by its start', objectives.at(-1)!.objective / objectives[0]!.objective) };
  },
};

async function mfStep(sets: Parameters<typeof trainMf>[0], algorithm: (typeof ALGORITHMS)[number], context: Context): Promise<Step> {
  const { seconds, sweeps, best, bytesMovedPerSweep, bytesPerWorker } = await trainMf(sets, { algorithm, rank: RANK, biases: true, sweeps: SWEEPS }, context);
  return { seconds: seconds / sweeps, bytes: bytesMovedPerSweep, held: Math.max(...bytesPerWorker), quality: quality('test RMSE', best.testRmse) };
}

async function ldaStep(sets: Parameters<typeof trainLda>[0], context: Context): Promise<Step> {
  const { seconds, sweeps, history, bytesMovedPerSweep, bytesPerWorker } = await trainLda(sets, { topics: TOPICS, sweeps: SWEEPS, evaluateEvery: SWEEPS }, conditionsOf(context));
  return { seconds: seconds / sweeps, bytes: bytesMovedPerSweep, held: Math.max(...bytesPerWorker), quality: quality('perplexity', history.at(-1)!.perplexity!) };
}

function rowOf({ name }: Work, workers: number, steps: readonly Step[], alone: readonly Step[]): Row {
  const [{ bytes, held, quality: reached }] = steps as [Step];
  const seconds = (all: readonly Step[]) => all.map((step) => step.seconds);
  return speedRow({
    case: name,
    who: `${workers} worker(s)`,
    speeds: [speed('time', 's', seconds(steps), workers === 1 ? null : { name: '1 worker', samples: seconds(alone) })],
    quality: [reached],
    amounts: [amount('moved', 'MiB', bytes / 2 ** 20), ...(held === null ? [] : [amount('held by a worker', 'MiB', held / 2 ** 20)])],
  });
}
