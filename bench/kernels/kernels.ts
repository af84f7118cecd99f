/** Every kernel at a realistic size: time by element, bytes and operations a second, checked against its float64 oracle in the same run. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Context, Scale } from '../runner/benchmark.js';
import { quality, speed, speedRow, type Row } from '../runner/result.js';
import type { KernelTimes } from './measure.js';

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));
const FACTORS: Readonly<Record<Scale, number>> = { small: 1, large: 16 };

const CLOCKS: Readonly<Record<KernelTimes['clock'], string>> = {
  gpu: "the GPU's own timestamps",
  'gpu-quantized': "the GPU's own timestamps, rounded to 65,536 ns",
  host: "the host's clock around the call",
};

export const kernels: Benchmark = {
  name: 'kernels',
  about: 'Every kernel alone, on one engine, at a realistic size: compulsory bytes and operations by the cost function beside it, over the time of a dispatch.',
  needsData: false,
  usesEngine: true,
  async run(context) {
    const times = await measureAll(context);
    const clocks = [...new Set(times.map(({ clock }) => CLOCKS[clock]))].join('; ');
    const note = `Each dispatch meets the same values; the first is not counted. Times by ${clocks}. GB/s counts each operand once. The oracle's misses are buffers with a value beyond its bound.`;
    const models = [...new Set(times.map(({ kernel }) => kernel.split('/')[0]!))];
    return { tables: models.map((model) => ({ title: `Kernels of ${model}`, note, rows: times.filter(({ kernel }) => kernel.startsWith(`${model}/`)).map(rowOf) })), missing: [] };
  },
};

/** In a process of its own: a device has one, with the environment that its driver asks for. */
function measureAll({ engine: { kind, env }, scale, say }: Context): Promise<KernelTimes[]> {
  return new Promise((resolve, reject) => {
    const times: KernelTimes[] = [];
    const child = fork(CHILD, [kind, String(FACTORS[scale])], { env: { ...process.env, ...env } });
    child.on('message', (message) => {
      const one = message as KernelTimes;
      times.push(one);
      if (one.misses.length > 0) say(`${one.kernel} misses its oracle: ${one.misses[0]}`);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => (code === 0 ? resolve(times) : reject(new Error(`the process that measures kernels ended by ${signal ?? `code ${code}`} after ${times.length} kernels`))));
  });
}

function rowOf({ kernel, title, item, items, milliseconds, bytes, flops, misses }: KernelTimes): Row {
  const rate = (amount: number) => milliseconds.map((ms) => amount / ms / 1e6);
  return speedRow({
    case: `${kernel}: ${title}`,
    who: `${items.toLocaleString('en-US')} ${item}s`,
    speeds: [
      speed('a dispatch', 'ms', milliseconds),
      speed('an item', 'ns', milliseconds.map((ms) => (1e6 * ms) / items)),
      ...(bytes > 0 ? [speed('memory', 'GB/s', rate(bytes))] : []),
      ...(flops > 0 ? [speed('arithmetic', 'GFLOP/s', rate(flops))] : []),
    ],
    quality: [quality('misses of the oracle', misses.length, 0)],
  });
}
