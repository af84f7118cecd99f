/**
 * What it costs that an engine can be profiled: dispatches a second of a kernel with next to no work on the wasm engine, never profiled, no longer
 * profiled, and profiled. The three take turns, so that what the machine does meanwhile meets all.
 */
import { lasso } from '#kernels';
import type { Dispatch, Engine } from '../src/engine/engine.js';
import type { EngineProfiler } from '../src/engine/profiler.js';
import { createWasmEngine } from '../src/engine/wasm.js';
import type { Benchmark } from './runner/benchmark.js';
import { quality, speed, speedRow } from './runner/result.js';

const ROWS = 16;
const DISPATCHES = 20_000;
const SAMPLES = 301;
/** Σ i / 2 over the rows. */
const DOT = (ROWS * (ROWS - 1)) / 4;

interface Subject {
  readonly name: string;
  readonly engine: Engine;
  readonly work: Dispatch;
  readonly rates: number[];
}

const UNHEARD: EngineProfiler = { place: { round: 0, task: 0 }, dispatched: () => undefined, host: () => undefined };

export const profileCost: Benchmark = {
  name: 'profile-cost',
  about: 'What it costs that the engine can be profiled, and to be profiled: dispatches with next to no work.',
  needsData: false,
  usesEngine: false,
  async run() {
    const never = await subject('never profiled', () => undefined);
    const noLonger = await subject('no longer profiled', (engine) => {
      engine.profile(UNHEARD);
      engine.profile(null);
    });
    const profiled = await subject('profiled', (engine) => engine.profile(UNHEARD));
    const subjects = [never, noLonger, profiled];
    for (const one of subjects) sample(one);
    for (const one of subjects) one.rates.length = 0;
    for (let i = 0; i < SAMPLES; i++) for (const one of subjects) sample(one);
    const rows = await Promise.all(subjects.map(async (one) => rowOf(one, await wrongDots(one), one === never ? null : never)));
    for (const { engine } of subjects) await engine.close();
    const note = `The wasm engine, ${ROWS} products a dispatch; ${SAMPLES} samples of ${DISPATCHES.toLocaleString('en-US')} dispatches each.`;
    return { tables: [{ title: 'A dispatch, profiled or not', note, rows }], missing: [] };
  },
};

async function subject(name: string, prepare: (engine: Engine) => void): Promise<Subject> {
  const engine = await createWasmEngine({ memoryBytes: 1 << 20 });
  const filled = (label: string, data: Float32Array | Uint32Array) => {
    const buffer = engine.createBuffer(label, data.byteLength);
    engine.write(buffer, data);
    return buffer;
  };
  const buffers = {
    x: filled('x', Float32Array.from({ length: ROWS }, (_, i) => i)),
    residual: filled('residual', new Float32Array(ROWS).fill(0.5)),
    ids: filled('ids', Uint32Array.of(0)),
    dots: filled('dots', new Float32Array(1)),
  };
  prepare(engine);
  return { name, engine, work: { kernel: lasso.denseColumnDots, buffers, parameters: { rows: ROWS, count: 1 }, workgroups: 1 }, rates: [] };
}

function sample({ engine, work, rates }: Subject): void {
  const begin = performance.now();
  for (let k = 0; k < DISPATCHES; k++) engine.dispatch(work);
  rates.push((1000 * DISPATCHES) / (performance.now() - begin));
}

async function wrongDots({ engine, work }: Subject): Promise<number> {
  const [bytes] = await engine.read([{ buffer: work.buffers['dots']! }]);
  return new Float32Array(bytes!)[0] === DOT ? 0 : 1;
}

function rowOf({ name, rates }: Subject, wrong: number, baseline: Subject | null) {
  const against = baseline && { name: baseline.name, samples: baseline.rates };
  return speedRow({ case: 'a dispatch', who: name, speeds: [speed('dispatches', 'dispatches/s', rates, against)], quality: [quality('wrong dots', wrong, 0)] });
}
