/**
 * Body of the process that the streaming kernels are measured in: a driver is found by the environment a process starts with. In, over IPC: engine,
 * scale, number of samples. Out, a message each: what every work took, as soon as it is measured.
 */
import { createEngine } from '../../src/runtime/join.js';
import type { Engine } from '../../src/engine/engine.js';
import type { ClockSource, DispatchSpan, EngineProfiler } from '../../src/engine/profiler.js';
import type { Scale } from '../runner/benchmark.js';
import { streamingWorks } from './streaming-sizes.js';
import type { Prepared, StreamingWork } from './streaming-work.js';

export interface StreamingRequest {
  readonly engine: Engine['kind'];
  readonly scale: Scale;
  readonly samples: number;
}

export interface StreamingMeasured {
  readonly name: string;
  readonly title: string;
  /** Compulsory bytes of a run: each operand once. */
  readonly bytes: number;
  /** Of its dispatches together, a sample each; none where the clock was too coarse. */
  readonly seconds: readonly number[];
  readonly clock: ClockSource;
  /** Largest relative deviation from a float64 oracle. */
  readonly deviation: number;
}

process.once('message', (request: StreamingRequest) => {
  measureAll(request).then(
    () => process.disconnect(),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function measureAll({ engine: kind, scale, samples }: StreamingRequest): Promise<void> {
  const engine = await createEngine(kind);
  for (const work of streamingWorks(scale)) process.send!(await measure(engine, work, samples));
  await engine.close();
}

async function measure(engine: Engine, work: StreamingWork, samples: number): Promise<StreamingMeasured> {
  const prepared = await work.prepare(engine);
  prepared.run();
  const deviation = await prepared.deviation();
  const runs: (readonly DispatchSpan[])[] = [];
  for (let sample = 0; sample < samples + WARM_UP; sample++) runs.push(await profiled(engine, prepared));
  for (const buffer of prepared.buffers) buffer.destroy();
  const [first] = runs;
  const counted = runs.slice(WARM_UP).filter((spans) => spans.every(({ isReliable }) => isReliable));
  return {
    name: work.name,
    title: work.title,
    bytes: first.reduce((sum, { cost }) => sum + cost.bytes, 0),
    seconds: counted.map((spans) => spans.reduce((sum, { begin, end }) => sum + (end - begin) / 1000, 0)),
    clock: first[0].clock,
    deviation,
  };
}

/** Runs with cold caches and lazy compilers. */
const WARM_UP = 2;

async function profiled(engine: Engine, { run }: Prepared): Promise<DispatchSpan[]> {
  const spans: DispatchSpan[] = [];
  const profiler: EngineProfiler = { place: { round: 0, task: 0 }, dispatched: (span) => spans.push(span), host: () => undefined };
  engine.profile(profiler);
  run();
  await engine.finish();
  engine.profile(null);
  return spans;
}
