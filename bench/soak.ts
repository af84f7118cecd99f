/**
 * What a long run holds: resident memory, open files and sockets of its scheduler and workers, from the system's own books, over ten thousand rounds and
 * more of each model, with snapshots of the shards all along, and once with checkpoints.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookAt, processTree } from './process-memory.js';
import { missingOf, REAL_RUNS, startRun, type RealRun, type Said } from './real-runs.js';
import type { Benchmark, Context } from './runner/benchmark.js';
import { amount, amountRow, quality, type Chart, type Row } from './runner/result.js';

const PERIOD_MS = 250;
const LENGTHS = { lasso: 80_000, mf: 1500, lda: 400 } as const;

interface Sample {
  /** Rounds or sweeps done. */
  readonly done: number;
  readonly mebibytes: number;
  readonly files: number;
  readonly sockets: number;
}

/** One run, and its processes: the scheduler first. */
interface Course {
  readonly run: RealRun;
  readonly name: string;
  readonly length: number;
  readonly processes: readonly (readonly Sample[])[];
}

export const soak: Benchmark = {
  name: 'soak',
  about: 'What a long run holds: resident memory, open files and sockets of the scheduler and two worker processes over a run of ten thousand rounds and more, of each model, and once with checkpoints.',
  needsData: true,
  usesEngine: false,
  async run(context) {
    const missing = REAL_RUNS.flatMap((run) => missingOf(run, context.data!));
    const present = REAL_RUNS.filter((run) => missingOf(run, context.data!).length === 0);
    const courses: Course[] = [];
    for (const run of present) courses.push(await follow(run, context, false));
    if (present.length > 0) courses.push(await follow(present[0]!, context, true));
    const note = 'Means over quarters of the run by its length; the first one warms up. Snapshots of the shards are taken all along, as they always are where workers are processes.';
    return { tables: [{ title: 'Memory, open files and sockets of a long run', note, rows: courses.flatMap(rowsOf) }], charts: courses.map(chartOf), missing };
  },
};

/** Trains once, and looks at all its processes four times a second. */
async function follow(run: RealRun, { data, scale, say }: Context, withCheckpoints: boolean): Promise<Course> {
  const folder = await mkdtemp(join(tmpdir(), 'strads-bench-'));
  const length = LENGTHS[run.model] * (scale === 'large' ? 10 : 1);
  const name = `${run.name}, ${length.toLocaleString('en-US')} ${run.unit}${withCheckpoints ? ', checkpoints' : ''}`;
  try {
    let done = 0;
    const heard = (said: Said) => {
      const count = said[run.unit] ?? said['sweep'];
      if (typeof count === 'number') done = count;
    };
    const flags = withCheckpoints ? ['--checkpoint', join(folder, 'checkpoints')] : [];
    const running = startRun(run, length, data!, join(folder, 'model'), flags, heard);
    const samples = new Map<number, Sample[]>();
    const timer = setInterval(() => {
      if (done === 0) return;
      for (const id of processTree(running.process)) {
        const seen = lookAt(id);
        if (seen) samples.set(id, [...(samples.get(id) ?? []), { done, mebibytes: seen.resident / 2 ** 20, files: seen.files, sockets: seen.sockets }]);
      }
    }, PERIOD_MS);
    await running.lines.finally(() => clearInterval(timer));
    say(`${name}: ${samples.size} processes`);
    return { run, name, length, processes: [...samples].sort(([a], [b]) => a - b).map(([, own]) => own) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const nameOf = (process: number) => (process === 0 ? 'scheduler' : `worker ${process - 1}`);

/** Their mean over one quarter of the run; all of the run's where it was over too soon. */
function quarter(samples: readonly Sample[], length: number, which: number, of: (sample: Sample) => number): number {
  const within = samples.filter(({ done }) => Math.min(3, Math.floor((4 * done) / length)) === which);
  const counted = within.length > 0 ? within : samples;
  return counted.reduce((sum, sample) => sum + of(sample), 0) / counted.length;
}

function rowsOf({ name, length, processes }: Course): Row[] {
  return processes.map((samples, process) => {
    const mean = (which: number, of: (sample: Sample) => number) => quarter(samples, length, which, of);
    const memory = (which: number) => mean(which, ({ mebibytes }) => mebibytes);
    const files = ({ files }: Sample) => files;
    const sockets = ({ sockets }: Sample) => sockets;
    return amountRow({
      case: name,
      who: nameOf(process),
      amounts: [
        ...['first', 'second', 'third', 'last'].map((word, which) => amount(`memory, ${word} quarter`, 'MiB', memory(which))),
        ...[amount('files, first', '', mean(0, files)), amount('files, last', '', mean(3, files))],
        ...[amount('sockets, first', '', mean(0, sockets)), amount('sockets, last', '', mean(3, sockets))],
      ],
      quality: [quality('memory, last by second quarter', memory(3) / memory(1))],
    });
  });
}

function chartOf({ run, name, processes }: Course): Chart {
  return {
    name: `soak-${run.model}${name.endsWith('checkpoints') ? '-checkpoints' : ''}`,
    title: `Resident memory: ${name}`,
    x: { label: run.unit, log: false },
    y: { label: 'MiB', log: false },
    series: processes.map((samples, process) => ({ name: nameOf(process), points: samples.map(({ done, mebibytes }) => [done, mebibytes]) })),
  };
}
