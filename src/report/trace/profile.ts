/**
 * A profile: what is said of a run when its trace is folded up. It stands at the end of the trace, and the tables are printed from it.
 * Every figure has a tag: *measured* by a clock that shows what it says, *quantized* by GPU timestamps that the platform rounds to 65,536 ns,
 * *modelled* where the bytes and flops come from a kernel's cost function, exact counts of the compulsory traffic and not of what the caches did.
 */
import { z } from 'zod';
import type { Ceilings } from '../../engine/roofline.js';
import type { Amount, KernelTotals } from './kernel-ledger.js';
import { PHASES } from './round-ledger.js';

export const PROFILE_FORMAT = 'strads-trace';
export const PROFILE_VERSION = 1;

const count = z.number().int().nonnegative();
const amount = z.object({ calls: count, milliseconds: z.number(), bytes: z.number(), flops: z.number() });
/** Most bytes a second that a copy reads and writes, and flops a second that multiply-adds reach, on an adapter, by which clock. */
const ceilings = z.object({ bytesPerSecond: z.number().positive(), flopsPerSecond: z.number().positive(), software: z.boolean(), clock: z.enum(['gpu', 'gpu-quantized', 'host']) });

const kernelRow = z.object({
  kernel: z.string(),
  /** All dispatches are one of the three. */
  timed: amount,
  first: amount,
  unreliable: amount,
  /** Milliseconds, of the timed. */
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  /** Of the time of all kernels on the device, first dispatches included. */
  share: z.number(),
  bytesPerSecond: z.number().nullable(),
  flopsPerSecond: z.number().nullable(),
  /** The time that the ceiling in question allows, by the time taken; null where a ceiling or the cost is not known. */
  roofline: z.object({ share: z.number(), bound: z.enum(['memory', 'compute']) }).nullable(),
  clock: z.enum(['gpu', 'gpu-quantized', 'host']),
  tags: z.object({ times: z.enum(['measured', 'quantized']), rates: z.enum(['modelled', 'modelled+quantized']) }),
});

const device = z.object({
  engine: z.enum(['webgpu', 'wasm']),
  adapter: z.string(),
  software: z.boolean(),
  workers: count,
  ceilings: ceilings.nullable(),
  kernels: z.array(kernelRow),
});

const worker = z.object({
  name: z.string(),
  engine: z.enum(['webgpu', 'wasm']),
  adapter: z.string(),
  software: z.boolean(),
  /** How its clock was told from the scheduler's, ms; null where it is the same. */
  clock: z.object({ offset: z.number(), roundTrip: z.number(), exchanges: count }).nullable(),
});

export const profileSchema = z.object({
  format: z.literal(PROFILE_FORMAT),
  version: z.literal(PROFILE_VERSION),
  command: z.string(),
  /** Of the whole profile, and of bringing the data to the workers. */
  milliseconds: z.number(),
  loadMilliseconds: z.number(),
  /** Rounds of the schedule, and passes over all shards, which count as rounds too; their phases add up to their time. */
  rounds: z.object({
    rounds: count,
    tasks: count,
    milliseconds: z.number(),
    phases: z.array(z.object({ phase: z.enum(PHASES), milliseconds: z.number(), tag: z.enum(['measured', 'quantized']) })),
  }),
  devices: z.array(device),
  workers: z.array(worker),
  /** Events of the timeline, and how many did not find room. */
  timeline: z.object({ events: count, leftOut: count }),
});

export type Profile = z.infer<typeof profileSchema>;
export type Device = z.infer<typeof device>;
export type KernelRow = z.infer<typeof kernelRow>;

/** A row for each kernel, the one with the most time first. */
export function kernelRows(totals: ReadonlyMap<string, KernelTotals>, limits: Ceilings | null): KernelRow[] {
  const all = [...totals.values()].reduce((sum, { timed, first }) => sum + timed.milliseconds + first.milliseconds, 0);
  const rows = [...totals].map(([kernel, total]) => rowOf(kernel, total, all, limits));
  return rows.sort((a, b) => b.share - a.share || (a.kernel < b.kernel ? -1 : 1));
}

function rowOf(kernel: string, total: KernelTotals, all: number, limits: Ceilings | null): KernelRow {
  const { timed, first, unreliable, clocks } = total;
  const clock = clocks.has('gpu-quantized') ? 'gpu-quantized' : clocks.has('gpu') ? 'gpu' : 'host';
  const isQuantized = clock === 'gpu-quantized';
  return {
    kernel,
    timed: { ...timed },
    first: { ...first },
    unreliable: { ...unreliable },
    p50: total.quantile(0.5),
    p95: total.quantile(0.95),
    share: all === 0 ? 0 : (timed.milliseconds + first.milliseconds) / all,
    bytesPerSecond: rate(timed.bytes, timed.milliseconds),
    flopsPerSecond: rate(timed.flops, timed.milliseconds),
    roofline: limits && rooflineOf(timed, limits),
    clock,
    tags: { times: isQuantized ? 'quantized' : 'measured', rates: isQuantized ? 'modelled+quantized' : 'modelled' },
  };
}

function rate(sum: number, milliseconds: number): number | null {
  return milliseconds > 0 ? (1000 * sum) / milliseconds : null;
}

function rooflineOf({ milliseconds, bytes, flops }: Amount, { bytesPerSecond, flopsPerSecond }: Ceilings): KernelRow['roofline'] {
  if (milliseconds === 0 || (bytes === 0 && flops === 0)) return null;
  const memory = (1000 * bytes) / bytesPerSecond;
  const compute = (1000 * flops) / flopsPerSecond;
  return { share: Math.max(memory, compute) / milliseconds, bound: memory >= compute ? 'memory' : 'compute' };
}
