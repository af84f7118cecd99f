/** The most bytes a worker held: the engine's buffers, and beside them typed arrays that are kept, or on their way in or out. */
import type { Engine } from '../src/engine/engine.js';

interface Meter {
  /** Of arrays that stay as long as the shards. */
  held: number;
  kept: number;
  peak: number;
}

const meters = new WeakMap<Engine, Meter>();

function meterOf(engine: Engine): Meter {
  if (!meters.has(engine)) meters.set(engine, { held: 0, kept: 0, peak: 0 });
  return meters.get(engine)!;
}

/** Notes that these live for the moment beside what is kept. */
export function noteBytes(engine: Engine, contents: readonly { readonly byteLength: number }[]): void {
  const meter = meterOf(engine);
  const bytes = contents.reduce((sum, { byteLength }) => sum + byteLength, 0);
  meter.peak = Math.max(meter.peak, engine.allocatedBytes + meter.held + meter.kept + bytes);
}

/** Notes that these stay, beside others that do. */
export function holdBytes(engine: Engine, arrays: readonly { readonly byteLength: number }[]): void {
  meterOf(engine).held += arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Notes that these are given up, which stayed. */
export function dropBytes(engine: Engine, arrays: readonly { readonly byteLength: number }[]): void {
  meterOf(engine).held -= arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Notes that typed arrays of `bytes` in all are kept from now on, instead of those before. */
export function keepBytes(engine: Engine, bytes: number): void {
  meterOf(engine).kept = bytes;
  noteBytes(engine, []);
}

export function highWater(engine: Engine): number {
  const { held, kept, peak } = meterOf(engine);
  return Math.max(peak, engine.peakBytes + held + kept);
}
