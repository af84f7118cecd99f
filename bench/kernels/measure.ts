/** One kernel on one engine: its case checked against the oracle, then timed by what the engine tells a profiler of each dispatch. */
import type { Engine, EngineBuffer } from '../../src/engine/engine.js';
import type { DispatchSpan, EngineProfiler } from '../../src/engine/profiler.js';
import { buffersOf, check, run } from '../../test/engine/case-check.js';
import type { KernelCase } from '../../test/engine/oracle.js';
import type { TypicalCase } from './cases.js';

/** Dispatches of a kernel that are timed, and for how long at the most. */
const MOST_DISPATCHES = 25;
const MOST_MS = 1000;

export interface KernelTimes {
  readonly kernel: string;
  readonly title: string;
  readonly item: string;
  readonly items: number;
  /** Of every dispatch but the first. */
  readonly milliseconds: readonly number[];
  readonly clock: DispatchSpan['clock'];
  readonly bytes: number;
  readonly flops: number;
  /** What the oracle says is wrong. */
  readonly misses: readonly string[];
}

/** Keeps what it hears of dispatches. */
class Listener implements EngineProfiler {
  readonly place = { round: 0, task: 0 };
  readonly spans: DispatchSpan[] = [];

  dispatched(span: DispatchSpan): void {
    this.spans.push(span);
  }

  host(): void {
    // Uploads and waits are not the kernel's.
  }
}

export async function measureKernel(engine: Engine, typical: TypicalCase): Promise<KernelTimes> {
  const { kernel, item, items } = typical;
  const work = typical.make();
  await engine.prepare([kernel]);
  const misses = check(kernel, work, await run(engine, kernel, work));
  const spans = (await timeDispatches(engine, typical, work)).filter(({ isFirst, isReliable }) => !isFirst && isReliable);
  if (spans.length === 0) throw new Error(`${kernel.name}: no dispatch took a time that the clock can tell; take a larger --scale`);
  const { clock, cost } = spans[0]!;
  return { kernel: kernel.name, title: work.title, item, items, milliseconds: spans.map(({ begin, end }) => end - begin), clock, ...cost, misses };
}

async function timeDispatches(engine: Engine, { kernel, counts }: TypicalCase, work: KernelCase): Promise<DispatchSpan[]> {
  const buffers = buffersOf(engine, kernel, work);
  const amounts = counts(work);
  const listener = new Listener();
  engine.profile(listener);
  const start = performance.now();
  for (let k = 0; k <= MOST_DISPATCHES && (k < 4 || performance.now() - start < MOST_MS); k++) {
    restore(engine, buffers, kernel.bindings, work);
    engine.dispatch({ kernel, buffers, parameters: work.parameters, workgroups: work.workgroups, counts: () => amounts });
    await engine.finish();
  }
  engine.profile(null);
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return listener.spans;
}

/** Every dispatch meets the same values: a kernel that goes on from its own results would meet ever larger ones. */
function restore(engine: Engine, buffers: Readonly<Record<string, EngineBuffer>>, bindings: TypicalCase['kernel']['bindings'], work: KernelCase): void {
  for (const { name, access } of bindings) if (access === 'read_write') engine.write(buffers[name]!, work.buffers[name]!);
}
