/** Factorization by ccd on the ratings of the prize's shape: seconds a full sweep, and the test error beside that of the truth. */
import { mfShards } from '../../models/mf/distribute.js';
import { fitMf, type SweepReport } from '../../models/mf/fit.js';
import { mfOptionsSchema } from '../../models/mf/options.js';
import { workerModule } from '../../models/workers.js';
import { openWorkers } from '../../src/runtime/session.js';
import { USERS } from '../generated/netflix.js';
import { netflixSets } from '../generated/netflix-sets.js';
import { timed, type Benchmark, type Context, type Scale } from '../runner/benchmark.js';
import { amount, quality, speed, speedRow, type Row } from '../runner/result.js';

interface Size {
  readonly ratings: number;
  readonly rank: number;
  readonly sweeps: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  small: { ratings: 60_000, rank: 8, sweeps: 2 },
  large: { ratings: 20_000_000, rank: 256, sweeps: 6 },
};
/** Eight true factors are all there is to find, so the penalty is what keeps 256 from fitting noise. */
const LAMBDA = 0.07;
/** No sweep begins after so much training. */
const MOST_SECONDS = 120;

export const gpuFactorization: Benchmark = {
  name: 'gpu-mf',
  about: `Factorization by ccd on generated ratings in the shape of the Netflix prize (${USERS} users), one worker on the engine.`,
  needsData: false,
  usesEngine: true,
  async run(context) {
    return { tables: [{ title: 'ccd', note: 'Seconds of a sweep over all ranks, with everything that the scheduler and the bus do in it. The first sweep is not among the samples.', rows: [await measure(context)] }], missing: [] };
  },
};

async function measure({ scale, engine, say }: Context): Promise<Row> {
  const { ratings, rank, sweeps } = SIZES[scale];
  const { value: sets, seconds: generating } = await timed(() => netflixSets(ratings));
  say(`${ratings} ratings generated in ${generating.toFixed(1)} s`);
  const options = mfOptionsSchema.parse({ algorithm: 'ccd', rank, sweeps, biases: true, lambda: LAMBDA });
  const session = await openWorkers({ workers: [{ engine: engine.kind, count: 1 }], workerModule });
  const reports: SweepReport[] = [];
  try {
    const { train, test } = sets;
    const fit = await fitMf(session.cluster(mfShards(train.count, train.users.count, options)), { train, test, validation: null }, options, {
      swept: (report) => {
        reports.push(report);
        say(`sweep ${report.sweep}: ${engine.software ? '' : `${report.seconds.toFixed(3)} s, `}test RMSE ${report.test!.rmse.toFixed(4)}`);
      },
      shouldStop: () => (reports.at(-1)?.seconds ?? 0) > MOST_SECONDS,
    });
    const sweepSeconds = reports.map(({ seconds }, k) => seconds - (k === 0 ? 0 : reports[k - 1].seconds));
    const counted = sweepSeconds.length > 1 ? sweepSeconds.slice(1) : sweepSeconds;
    return speedRow({
      case: `${train.count} ratings, rank ${rank}`,
      who: 'strads ccd',
      speeds: [speed('sweep', 's', counted), speed('rate', 'ratings/s', counted.map((seconds) => train.count / seconds))],
      quality: [quality('test RMSE', fit.best.test!.rmse), quality('test RMSE of the truth', sets.truthRmse), quality('training RMSE', fit.best.train.rmse)],
      amounts: [amount('moved a sweep', 'MiB', fit.bytesMovedPerSweep / 2 ** 20), amount('on the worker', 'MiB', fit.bytesPerWorker.map((bytes) => bytes / 2 ** 20))],
    });
  } finally {
    await session.close();
  }
}
