/**
 * The two ceilings of a device, to judge kernels by (Williams, Waterman and Patterson 2009, "Roofline: an insightful visual performance model for
 * multicore architectures"): bytes a second of a streaming copy, operations a second of multiply-adds in registers. Measured with two kernels
 * like all others, on an engine of its own, since the copy takes much memory. In: an engine that nobody else uses. Out: its ceilings.
 */
import { roofline } from '#kernels';
import { type Dispatch, type Engine, EngineError } from './engine.js';
import type { ClockSource, DispatchSpan, EngineProfiler } from './profiler.js';

export interface Ceilings {
  readonly bytesPerSecond: number;
  readonly flopsPerSecond: number;
  /** True for a software adapter: these are not the ceilings of a GPU. */
  readonly software: boolean;
  readonly clock: ClockSource;
}

/** Of either buffer of the copy: several times the largest caches there are; where shaders or twins run on a processor, several times its share. */
const COPY_BYTES = { gpu: 2 ** 29, cpu: 2 ** 27 };
/** Chains of multiply-adds: enough to fill the largest GPUs several times over. */
const CHAINS = { gpu: 2 ** 20, cpu: 2 ** 12 };
const MOST_STEPS = 2 ** 16;
/** What a measurement lasts at least, milliseconds: clocks and launches then count for little. */
const LASTING = 4;
const MOST_DISPATCHES = 64;
const SAMPLES = 7;
const WORKGROUP = 256;

/** Throws EngineError where the engine has no room for the copy. */
export async function measureCeilings(engine: Engine): Promise<Ceilings> {
  const size = engine.kind === 'webgpu' && !engine.software ? 'gpu' : 'cpu';
  await engine.prepare(Object.values(roofline));
  const copying = copy(engine, COPY_BYTES[size]);
  const copied = await measured(engine, copying);
  for (const buffer of Object.values(copying.buffers)) buffer.destroy();
  const { work, steps } = await lastingChains(engine, CHAINS[size]);
  const computed = await measured(engine, work(steps));
  return {
    bytesPerSecond: rateOf(copied, ({ bytes }) => bytes),
    flopsPerSecond: rateOf(computed, ({ flops }) => flops),
    software: engine.software,
    clock: copied[0]![0]!.clock,
  };
}

function copy(engine: Engine, wanted: number): Dispatch {
  const { bufferBytes, totalBytes } = engine.limits;
  const count = Math.floor(Math.min(wanted, bufferBytes, (totalBytes - engine.allocatedBytes) / 2) / 16);
  const buffers = { source: engine.createBuffer('roofline source', 16 * count), target_: engine.createBuffer('roofline target', 16 * count) };
  return { kernel: roofline.copy, buffers, parameters: { count }, workgroups: Math.ceil(count / WORKGROUP) };
}

/** Chains of as many steps as make a dispatch last. */
async function lastingChains(engine: Engine, count: number): Promise<{ work: (steps: number) => Dispatch; steps: number }> {
  const buffers = { values: engine.createBuffer('roofline values', 4 * count), sums: engine.createBuffer('roofline sums', 4 * count) };
  const work = (steps: number): Dispatch => ({ kernel: roofline.multiplyAdd, buffers, parameters: { count, steps, factor: 0.5, addend: 1 }, workgroups: Math.ceil(count / WORKGROUP) });
  let steps = 16;
  // The first run is a warm-up of its own.
  await run(engine, work(steps), 1);
  while (steps < MOST_STEPS && lengthOf(await run(engine, work(steps), 1)) < LASTING) steps *= 2;
  return { work, steps };
}

/** Samples of some dispatches each, after a warm-up. */
async function measured(engine: Engine, work: Dispatch): Promise<DispatchSpan[][]> {
  await run(engine, work, 2);
  const once = lengthOf(await run(engine, work, 1));
  const dispatches = Math.min(MOST_DISPATCHES, Math.max(1, Math.ceil(LASTING / Math.max(once, 1e-3))));
  const samples: DispatchSpan[][] = [];
  for (let sample = 0; sample < SAMPLES; sample++) samples.push(await run(engine, work, dispatches));
  return samples;
}

async function run(engine: Engine, work: Dispatch, times: number): Promise<DispatchSpan[]> {
  const spans: DispatchSpan[] = [];
  const profiler: EngineProfiler = { place: { round: 0, task: 0 }, dispatched: (span) => spans.push(span), host: () => undefined };
  engine.profile(profiler);
  for (let k = 0; k < times; k++) engine.dispatch(work);
  await engine.finish();
  engine.profile(null);
  return spans;
}

/** Milliseconds from the beginning of the first to the end of the last. */
function lengthOf(spans: readonly DispatchSpan[]): number {
  return spans[spans.length - 1]!.end - spans[0]!.begin;
}

/** The median over samples, a second. */
function rateOf(samples: readonly DispatchSpan[][], amount: (cost: DispatchSpan['cost']) => number): number {
  const timed = samples.filter((spans) => lengthOf(spans) > 0);
  if (timed.length === 0) throw new EngineError('The ceilings of this device cannot be measured: its clock shows no time for what takes milliseconds.');
  const rates = timed.map((spans) => (1000 * spans.reduce((sum, { cost }) => sum + amount(cost), 0)) / lengthOf(spans)).sort((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)]!;
}
