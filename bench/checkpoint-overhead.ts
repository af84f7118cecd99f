/**
 * What checkpoints cost a training: its time with `--checkpoint`, at the default interval, by that of the same training without, taken by turns; and how
 * many bytes each checkpoint wrote. Both end with the same model, to the bit.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOfModel, missingOf, REAL_RUNS, startRun, type RealRun, type Said } from './real-runs.js';
import { timed, type Benchmark, type Context } from './runner/benchmark.js';
import { amount, quality, speed, speedRow, type Row } from './runner/result.js';

/** Lengths that take some ten seconds on two cores: a run takes checkpoints every two seconds for as long as that costs at most a hundredth. */
const LENGTHS = { lasso: 24_000, mf: 400, lda: 120 } as const;

interface Trained {
  /** From the first task to the last. */
  readonly seconds: number;
  readonly wallSeconds: number;
  /** Bytes of each checkpoint, in order. */
  readonly written: readonly number[];
  readonly paused: number;
  readonly digest: string;
}

export const checkpointOverhead: Benchmark = {
  name: 'checkpoint-overhead',
  about: 'What checkpoints cost a training: the time of one with --checkpoint, at the default interval, beside the same without, by turns, and the bytes of each checkpoint.',
  needsData: true,
  usesEngine: false,
  async run(context) {
    const missing = REAL_RUNS.flatMap((run) => missingOf(run, context.data!));
    const rows: Row[] = [];
    for (const run of REAL_RUNS.filter((one) => missingOf(one, context.data!).length === 0)) rows.push(...(await measure(run, context)));
    const note = 'Training time by two worker processes, the last checkpoint within the wall time alone. The default takes one every 30 s at the latest, and every 2 s where that costs at most 1 % of the time.';
    return { tables: rows.length === 0 ? [] : [{ title: 'A training with and without checkpoints', note, rows }], missing };
  },
};

async function measure(run: RealRun, context: Context): Promise<Row[]> {
  const without: Trained[] = [];
  const having: Trained[] = [];
  for (let sample = 0; sample < context.repeats; sample++) {
    // Whoever comes first alternates: the machine may be warming up.
    const order = sample % 2 === 0 ? [false, true] : [true, false];
    for (const isKept of order) (isKept ? having : without).push(await train(run, context, isKept));
  }
  const name = `${run.name}, ${(LENGTHS[run.model] * scaleOf(context)).toLocaleString('en-US')} ${run.unit}`;
  const seconds = (all: readonly Trained[]) => all.map((one) => one.seconds);
  const walls = (all: readonly Trained[]) => all.map((one) => one.wallSeconds);
  const different = having.filter(({ digest }) => digest !== without[0]!.digest).length;
  return [
    speedRow({ case: name, who: 'without', speeds: [speed('training', 's', seconds(without)), speed('wall time', 's', walls(without))], quality: [quality('different models', without.filter(({ digest }) => digest !== without[0]!.digest).length, 0)] }),
    speedRow({
      case: name,
      who: 'with checkpoints',
      speeds: [speed('training', 's', seconds(having), { name: 'without', samples: seconds(without) }), speed('wall time', 's', walls(having), { name: 'without', samples: walls(without) })],
      quality: [quality('different models', different, 0)],
      amounts: [
        amount('checkpoints', '', having.map(({ written }) => written.length)),
        amount('the first wrote', 'MiB', having.map(({ written }) => written[0]! / 2 ** 20)),
        amount('later ones wrote', 'MiB', having.flatMap(({ written }) => (written.length > 1 ? written.slice(1) : written)).map((bytes) => bytes / 2 ** 20)),
        amount('stood still', '%', having.map((one) => (100 * one.paused) / one.seconds)),
      ],
    }),
  ];
}

const scaleOf = ({ scale }: Pick<Context, 'scale'>) => (scale === 'large' ? 10 : 1);

async function train(run: RealRun, context: Context, isKept: boolean): Promise<Trained> {
  const folder = await mkdtemp(join(tmpdir(), 'strads-bench-'));
  try {
    const model = join(folder, 'model');
    const { value: lines, seconds: wallSeconds } = await timed(() => startRun(run, LENGTHS[run.model] * scaleOf(context), context.data!, model, isKept ? ['--checkpoint', join(folder, 'checkpoints')] : []).lines);
    const checkpoints = lines.filter(({ event }) => event === 'checkpoint') as (Said & { bytes: number; paused: number })[];
    const { seconds } = lines.at(-1) as Said & { seconds: number };
    return { seconds, wallSeconds, written: checkpoints.map(({ bytes }) => bytes), paused: checkpoints.reduce((sum, { paused }) => sum + paused, 0), digest: digestOfModel(model) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
