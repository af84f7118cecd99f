/** What both engines do for a profiler: the exact cost of a dispatch, and the host's clock around what the host does for the engine. */
import { type Dispatch, EngineError } from './engine.js';
import type { Cost, EngineProfiler, HostSpan } from './profiler.js';

/** The cost of a dispatch, with the bytes of its `countsFrom`. Throws EngineError where it keeps to itself what the cost function needs. */
export function costOf({ kernel, parameters, counts }: Dispatch, contents: readonly (ArrayBuffer | Uint8Array)[]): Cost {
  const given = counts?.(contents.map(words)) ?? {};
  const cost = kernel.cost(parameters, given);
  if (isAmount(cost.bytes) && isAmount(cost.flops)) return cost;
  const names = Object.entries(given).map(([name, amount]) => `${name} ${amount}`);
  throw new EngineError(
    `kernel ${kernel.name}: its cost came out as ${cost.bytes} bytes and ${cost.flops} flops from the counts ${names.join(', ') || '(none)'}. ` +
      `Give the dispatch the counts that shaders/${kernel.name}.cost.ts names.`,
  );
}

function words(bytes: ArrayBuffer | Uint8Array): Uint32Array {
  return bytes instanceof Uint8Array ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4) : new Uint32Array(bytes);
}

function isAmount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

/** Does something on the host and tells how long it took. */
export function timedOnHost<T>(profiler: EngineProfiler, activity: HostSpan['activity'], bytes: number, act: () => T): T {
  const begin = performance.now();
  const result = act();
  profiler.host({ activity, ...profiler.place, begin, end: performance.now(), bytes });
  return result;
}

/** Waits for the engine's device and tells how long it took. */
export async function waitedFor<T>(profiler: EngineProfiler, bytes: number, work: Promise<T>): Promise<T> {
  const place = { ...profiler.place };
  const begin = performance.now();
  const result = await work;
  profiler.host({ activity: 'map-wait', ...place, begin, end: performance.now(), bytes });
  return result;
}
