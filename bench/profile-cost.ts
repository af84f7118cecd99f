/**
 * What it costs a wasm engine that it can be profiled: dispatches a second of a kernel with next to no work, on an engine that never was profiled,
 * on one that was and is no longer, and on one that is. The three take turns, sample by sample, so that what the machine does meanwhile meets all.
 *
 *   node dist/bench/profile-cost.js [seconds]
 */
import { lasso } from '#kernels';
import type { Dispatch, Engine } from '../src/engine/engine.js';
import type { EngineProfiler } from '../src/engine/profiler.js';
import { createWasmEngine } from '../src/engine/wasm.js';
import { provenance, provenanceText } from './report.js';

const ROWS = 16;
const DISPATCHES = 20_000;

interface Subject {
  readonly name: string;
  readonly engine: Engine;
  readonly work: Dispatch;
  readonly rates: number[];
}

let heard = 0;
const profiler: EngineProfiler = { place: { round: 0, task: 0 }, dispatched: () => heard++, host: () => undefined };

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

function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
}

const profiledOnce = (engine: Engine) => {
  engine.profile(profiler);
  engine.profile(null);
};
const subjects = [await subject('never profiled', () => undefined), await subject('no longer profiled', profiledOnce), await subject('profiled', (engine) => engine.profile(profiler))];

const seconds = Number(process.argv[2] ?? 20);
for (const one of subjects) sample(one);
for (const one of subjects) one.rates.length = 0;
for (const begin = performance.now(); performance.now() - begin < 1000 * seconds; ) for (const one of subjects) sample(one);

console.log(provenanceText(provenance('node dist/bench/profile-cost.js')).join('\n\n'));
console.log(`\n| engine | dispatches/s, median | 10 % … 90 % | to never profiled, pair by pair | dot |\n|---|---|---|---|---|`);
for (const { name, engine, work, rates } of subjects) {
  const ratios = rates.map((rate, at) => rate / subjects[0].rates[at]);
  const [bytes] = await engine.read([{ buffer: work.buffers['dots'] }]);
  const spread = [0.1, 0.9].map((share) => Math.round(quantile(rates, share)).toLocaleString('en-US')).join(' … ');
  console.log(`| ${name} | ${Math.round(quantile(rates, 0.5)).toLocaleString('en-US')} | ${spread} | ${quantile(ratios, 0.5).toFixed(3)} | ${new Float32Array(bytes)[0]} |`);
}
console.log(`\n${subjects[0].rates.length} samples of ${DISPATCHES.toLocaleString('en-US')} dispatches each; ${heard.toLocaleString('en-US')} spans were told.`);
for (const { engine } of subjects) await engine.close();
