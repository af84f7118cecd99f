/** What every engine tells a profiler, as one suite. In: a name and a way to make an engine. */
import { afterEach, describe, expect, it } from 'vitest';
import { lasso } from '#kernels';
import { EngineError } from '../../src/engine/engine.js';
import type { Dispatch, Engine } from '../../src/engine/engine.js';
import type { DispatchSpan, EngineProfiler, HostSpan } from '../../src/engine/profiler.js';

/** Keeps what it is told; the test moves `place` on. */
export class Recorder implements EngineProfiler {
  place = { round: 0, task: 0 };
  readonly spans: DispatchSpan[] = [];
  readonly hostSpans: HostSpan[] = [];

  dispatched(span: DispatchSpan): void {
    this.spans.push(span);
  }

  host(span: HostSpan): void {
    this.hostSpans.push(span);
  }
}

const ROWS = 100;
const COLUMNS = 5;

/** A residual of ROWS numbers, and both kernels that take it through all columns. */
function problem(engine: Engine) {
  const filled = (label: string, data: Float32Array | Uint32Array) => {
    const buffer = engine.createBuffer(label, data.byteLength);
    engine.write(buffer, data);
    return buffer;
  };
  const x = filled('x', Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => Math.sin(i)));
  const ids = filled('ids', Uint32Array.from({ length: COLUMNS }, (_, j) => j));
  const residual = filled('residual', Float32Array.from({ length: ROWS }, (_, i) => Math.cos(i)));
  const deltas = engine.createBuffer('deltas', COLUMNS * 4);
  const parameters = { rows: ROWS, count: COLUMNS };
  const dots: Dispatch = { kernel: lasso.denseColumnDots, buffers: { x, residual, ids, dots: deltas }, parameters, workgroups: COLUMNS };
  const update: Dispatch = { kernel: lasso.denseResidualUpdate, buffers: { x, ids, deltas, residual }, parameters, workgroups: Math.ceil(ROWS / 64) };
  return { dots, update, residual };
}

/** Some rounds of both kernels; returns the residual. */
async function descend(engine: Engine, rounds: number, each: (round: number) => void = () => undefined): Promise<ArrayBuffer> {
  const { dots, update, residual } = problem(engine);
  for (let round = 0; round < rounds; round++) {
    each(round);
    engine.dispatch(dots);
    engine.dispatch(update);
  }
  const [bytes] = await engine.read([{ buffer: residual }]);
  return bytes;
}

/** Where the times of a profiled engine come from. */
export async function profiledClocks(makeEngine: () => Promise<Engine>): Promise<Set<string>> {
  const engine = await makeEngine();
  const recorder = new Recorder();
  engine.profile(recorder);
  await descend(engine, 20);
  await engine.close();
  return new Set(recorder.spans.map(({ clock }) => clock));
}

export function profileContract(name: string, makeEngine: () => Promise<Engine>): void {
  describe(`${name}: profiled`, () => {
    const engines: Engine[] = [];
    const open = async () => {
      const engine = await makeEngine();
      engines.push(engine);
      return engine;
    };
    afterEach(async () => {
      await Promise.all(engines.splice(0).map((engine) => engine.close()));
    });

    it('tells of every dispatch once, in order, with its place, its cost and what ran for the first time', async () => {
      const engine = await open();
      await engine.prepare([lasso.denseColumnDots, lasso.denseResidualUpdate]);
      const recorder = new Recorder();
      engine.profile(recorder);
      await descend(engine, 4, (round) => (recorder.place = { round, task: 10 * round }));
      await engine.finish();
      const { spans } = recorder;
      expect(spans.map(({ kernel }) => kernel)).toEqual(Array.from({ length: 4 }, () => [lasso.denseColumnDots, lasso.denseResidualUpdate]).flat());
      expect(spans.map(({ round, task }) => [round, task])).toEqual([0, 0, 1, 1, 2, 2, 3, 3].map((round) => [round, 10 * round]));
      expect(spans.map(({ isFirst }) => isFirst)).toEqual([true, true, false, false, false, false, false, false]);
      expect(spans.map(({ workgroups }) => workgroups)).toEqual(Array.from({ length: 4 }, () => [5, 2]).flat());
      expect(spans[0].cost).toEqual({ bytes: 4 * (500 + 100 + 5 + 5), flops: 2 * 500 });
      for (const { begin, end, clock, isReliable } of spans) {
        expect(isReliable).toBe(end > begin);
        expect(engine.kind === 'wasm' ? ['host'] : ['gpu', 'gpu-quantized', 'host']).toContain(clock);
      }
    });

    it('places dispatches between their submission and the end of the wait for them, one after another', async () => {
      const engine = await open();
      const recorder = new Recorder();
      engine.profile(recorder);
      const before = performance.now();
      await descend(engine, 50);
      await engine.finish();
      const after = performance.now();
      const starts = recorder.spans.map(({ begin }) => begin);
      expect(starts).toEqual([...starts].sort((a, b) => a - b));
      for (const { begin, end } of recorder.spans) {
        expect(begin).toBeGreaterThanOrEqual(before);
        expect(end).toBeLessThanOrEqual(after);
      }
    });

    it('tells of the host: what it uploads and what it waits for, in bytes', async () => {
      const engine = await open();
      const recorder = new Recorder();
      engine.profile(recorder);
      recorder.place = { round: 3, task: 1 };
      await descend(engine, 1);
      const of = (activity: HostSpan['activity']) => recorder.hostSpans.filter((span) => span.activity === activity);
      expect(of('upload').map(({ bytes }) => bytes)).toEqual([ROWS * COLUMNS * 4, COLUMNS * 4, ROWS * 4]);
      expect(of('map-wait').map(({ bytes }) => bytes)).toEqual([ROWS * 4]);
      expect(of('encode').length > 0).toBe(engine.kind === 'webgpu');
      for (const { begin, end, round, task } of recorder.hostSpans) {
        expect(end).toBeGreaterThanOrEqual(begin);
        expect([round, task]).toEqual([3, 1]);
      }
    });

    it('computes the same bytes as without', async () => {
      const [plain, profiled] = [await open(), await open()];
      profiled.profile(new Recorder());
      expect(new Uint8Array(await descend(profiled, 40))).toEqual(new Uint8Array(await descend(plain, 40)));
    });

    it('can be switched on and off in the midst of a batch', async () => {
      const [plain, switched] = [await open(), await open()];
      const [early, late] = [new Recorder(), new Recorder()];
      const bytes = await descend(switched, 12, (round) => {
        if (round === 3) switched.profile(early);
        if (round === 6) switched.profile(null);
        if (round === 9) switched.profile(late);
        early.place = late.place = { round, task: 0 };
      });
      await switched.finish();
      expect(early.spans.map(({ round }) => round)).toEqual([3, 3, 4, 4, 5, 5]);
      expect(late.spans.map(({ round }) => round)).toEqual([9, 9, 10, 10, 11, 11]);
      expect([...early.spans, ...late.spans].some(({ isFirst }) => isFirst)).toBe(false);
      expect(new Uint8Array(bytes)).toEqual(new Uint8Array(await descend(plain, 12)));
    });

    it('keeps count over thousands of dispatches', async () => {
      const engine = await open();
      const recorder = new Recorder();
      engine.profile(recorder);
      await descend(engine, 3000, (round) => (recorder.place = { round, task: 0 }));
      await engine.finish();
      expect(recorder.spans.map(({ round }) => round)).toEqual(Array.from({ length: 6000 }, (_, k) => Math.floor(k / 2)));
    });

    it('tells all before it is closed, and nothing afterwards', async () => {
      const engine = await open();
      const recorder = new Recorder();
      engine.profile(recorder);
      const { dots } = problem(engine);
      for (let turn = 0; turn < 10; turn++) engine.dispatch(dots);
      await engine.close();
      expect(recorder.spans).toHaveLength(10);
      expect(() => engine.profile(recorder)).toThrow(EngineError);
    });

    it('says nothing of a dispatch of no workgroups, and calls for counts only while somebody listens', async () => {
      const engine = await open();
      const { dots } = problem(engine);
      let asked = 0;
      const counts = () => ({ times: ++asked });
      engine.dispatch({ ...dots, counts });
      const recorder = new Recorder();
      engine.profile(recorder);
      engine.dispatch({ ...dots, counts, workgroups: 0 });
      engine.dispatch({ ...dots, counts });
      await engine.finish();
      expect(recorder.spans).toHaveLength(1);
      expect(asked).toBe(1);
    });

    it('shows the counts what buffers hold when the kernel has run', async () => {
      const engine = await open();
      const { dots } = problem(engine);
      const seen: number[][] = [];
      const counts = ([all, part, none]: readonly Uint32Array[]) => {
        seen.push([all!.length, ...new Float32Array(part!.slice().buffer), none!.length]);
        return {};
      };
      const found = dots.buffers['dots'];
      const countsFrom = [{ buffer: found }, { buffer: found, byteOffset: 4, bytes: 8 }, { buffer: found, bytes: 0 }];
      const recorder = new Recorder();
      engine.profile(recorder);
      engine.write(dots.buffers['x'], new Float32Array(ROWS * COLUMNS).fill(1));
      for (const last of [2, 7]) {
        engine.write(dots.buffers['residual'], Float32Array.from({ length: ROWS }, (_, i) => (i === ROWS - 1 ? last : 0)));
        engine.dispatch({ ...dots, counts, countsFrom });
      }
      await engine.finish();
      expect(seen).toEqual([[COLUMNS, 2, 2, 0], [COLUMNS, 7, 7, 0]]);
    });

    it('refuses a dispatch that does not say what its cost needs, and goes on', async () => {
      const engine = await open();
      const { dots } = problem(engine);
      const needy: Dispatch = { ...dots, kernel: { ...dots.kernel, name: 'test/needy', cost: (_, { nonzeros }) => ({ bytes: 8 * nonzeros!, flops: 2 * nonzeros! }) } };
      engine.dispatch(needy);
      const recorder = new Recorder();
      engine.profile(recorder);
      expect(() => engine.dispatch(needy)).toThrow(EngineError);
      expect(() => engine.dispatch({ ...needy, counts: () => ({ entries: 3 }) })).toThrow(/test\/needy.*entries 3.*shaders\/test\/needy\.cost\.ts/s);
      engine.dispatch({ ...needy, counts: () => ({ nonzeros: 3 }) });
      await engine.finish();
      expect(recorder.spans.map(({ cost }) => cost)).toEqual([{ bytes: 24, flops: 6 }]);
    });
  });
}
