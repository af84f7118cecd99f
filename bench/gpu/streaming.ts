/**
 * How much of the memory's bandwidth the streaming kernels reach: dots of dense and sparse columns, updates of the residual, updates of a rank. Compulsory bytes
 * only, each operand once, by the GPU's own timestamps where there are some.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Context } from '../runner/benchmark.js';
import { amount, amountRow, quality, speed, speedRow, type Row } from '../runner/result.js';
import { spreadOf } from '../runner/statistics.js';
import { COPY } from './copy-work.js';
import type { StreamingMeasured, StreamingRequest } from './streaming-child.js';

/** Sums of products, in relation to their terms. */
const DEVIATION = 1e-5;

export const gpuStreaming: Benchmark = {
  name: 'gpu-streaming',
  about: 'Streaming kernels: compulsory bytes a second, and the part of this adapter\'s copy bandwidth that they are.',
  needsData: false,
  usesEngine: true,
  async run(context) {
    const rows: Row[] = [];
    const { software } = context.engine;
    let copyRate: number | null = null;
    await measureInChild(context, (measured) => {
      if (measured.name === COPY && !software) copyRate = rateOf(measured);
      rows.push(rowOf(measured, copyRate));
      context.say(`${measured.name}, ${measured.title}: ${software ? '' : `${rateOf(measured)?.toPrecision(3) ?? 'no'} GB/s, `}deviation ${measured.deviation.toExponential(1)}`);
    });
    return { tables: [{ title: 'Streaming kernels', note: 'Of a kernel alone: uploads, encoding and waiting are not in it.', rows }], missing: [] };
  },
};

function rowOf(measured: StreamingMeasured, copyRate: number | null): Row {
  const { name, title, bytes, seconds, clock, deviation } = measured;
  const rate = rateOf(measured);
  const share = copyRate === null || rate === null ? [] : [amount('of copy', '%', (100 * rate) / copyRate)];
  const parts = { case: `${name}: ${title}`, who: `strads, ${clock} clock`, amounts: [...share, amount('compulsory', 'MiB', bytes / 2 ** 20)] };
  const reached = quality('deviation from float64', deviation, DEVIATION);
  // A clock too coarse for the kernel leaves nothing to tell.
  if (seconds.length === 0) return amountRow({ ...parts, quality: [reached] });
  return speedRow({ ...parts, speeds: [speed('rate', 'GB/s', seconds.map((time) => bytes / time / 1e9)), speed('time', 'µs', seconds.map((time) => time * 1e6))], quality: [reached] });
}

/** Median, GB/s; null where the clock was too coarse. */
function rateOf({ bytes, seconds }: StreamingMeasured): number | null {
  return seconds.length === 0 ? null : bytes / spreadOf(seconds).median / 1e9;
}

async function measureInChild({ engine: { kind, env }, scale, repeats }: Context, each: (measured: StreamingMeasured) => void): Promise<void> {
  const child = fork(fileURLToPath(new URL('./streaming-child.js', import.meta.url)), { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const request: StreamingRequest = { engine: kind, scale, samples: SAMPLES_A_REPEAT * repeats };
  const ended = new Promise<void>((resolve, reject) => {
    child.on('message', (measured: StreamingMeasured) => each(measured));
    child.on('error', reject);
    child.on('exit', (code, signal) => (code === 0 ? resolve() : reject(new Error(`the process that measures kernels ended with ${signal ?? `exit code ${code}`}`))));
  });
  child.send(request);
  await ended;
}

/** A kernel takes far less time than what is around it. */
const SAMPLES_A_REPEAT = 4;
