/**
 * What every engine promises, as one suite. In: a name and a way to make an engine. The acting kernel is
 * `lasso.denseResidualUpdate` with one row and one column: residual[0] -= x[0] · deltas[0].
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lasso } from '#kernels';
import { EngineError, KernelError } from '../../src/engine/engine.js';
import type { Dispatch, Engine, EngineBuffer } from '../../src/engine/engine.js';

const floats = (...values: number[]) => Float32Array.from(values);

/** The four buffers of one `residual -= x · delta`, and its dispatch. */
function subtraction(engine: Engine, x: number, delta: number, residual: number) {
  const buffers = {
    x: engine.createBuffer('x', 4),
    ids: engine.createBuffer('ids', 4),
    deltas: engine.createBuffer('deltas', 4),
    residual: engine.createBuffer('residual', 4),
  };
  engine.write(buffers.x, floats(x));
  engine.write(buffers.deltas, floats(delta));
  engine.write(buffers.residual, floats(residual));
  const work: Dispatch = { kernel: lasso.denseResidualUpdate, buffers, parameters: { rows: 1, count: 1 }, workgroups: 1 };
  return { buffers, work };
}

async function readFloats(engine: Engine, buffer: EngineBuffer): Promise<number[]> {
  const [bytes] = await engine.read([{ buffer }]);
  return [...new Float32Array(bytes)];
}

export function engineContract(name: string, makeEngine: () => Promise<Engine>): void {
  describe(`${name}: engine contract`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await makeEngine();
      await engine.prepare([lasso.denseResidualUpdate]);
    });
    afterAll(() => engine.close());

    describe('memory', () => {
      it('is zero when it is new, also where another buffer was before', async () => {
        for (let turn = 0; turn < 3; turn++) {
          const buffer = engine.createBuffer('fresh', 4096);
          expect((await readFloats(engine, buffer)).every((value) => value === 0)).toBe(true);
          engine.write(buffer, new Float32Array(1024).fill(7));
          await engine.finish();
          buffer.destroy();
        }
      });

      it('gives back what was written, of any element type and at any offset', async () => {
        const buffer = engine.createBuffer('mixed', 48);
        engine.write(buffer, Uint32Array.of(1, 0xffff_ffff));
        engine.write(buffer, Int32Array.of(-2), 8);
        engine.write(buffer, Float32Array.of(1.5), 12);
        engine.write(buffer, Float64Array.of(Math.PI), 16);
        engine.write(buffer, Uint8Array.of(1, 2, 3, 4), 24);
        const [bytes] = await engine.read([{ buffer }]);
        expect([...new Uint32Array(bytes, 0, 2)]).toEqual([1, 0xffff_ffff]);
        expect(new Int32Array(bytes, 8, 1)[0]).toBe(-2);
        expect(new Float32Array(bytes, 12, 1)[0]).toBe(1.5);
        expect(new Float64Array(bytes, 16, 1)[0]).toBe(Math.PI);
        expect([...new Uint8Array(bytes, 24)]).toEqual([1, 2, 3, 4, ...new Array<number>(20).fill(0)]);
      });

      it('takes data from the middle of an array and from shared memory', async () => {
        const buffer = engine.createBuffer('parts', 16);
        engine.write(buffer, Uint8Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5));
        const shared = new Float32Array(new SharedArrayBuffer(12));
        shared.set([5, 6, 7]);
        engine.write(buffer, shared, 4);
        const [bytes] = await engine.read([{ buffer }]);
        expect([...new Uint8Array(bytes, 0, 4)]).toEqual([1, 2, 3, 4]);
        expect([...new Float32Array(bytes, 4)]).toEqual([5, 6, 7]);
      });

      it('copies what is written before `write` returns, and hands out copies', async () => {
        const buffer = engine.createBuffer('copied', 8);
        const data = floats(1, 2);
        engine.write(buffer, data);
        data.fill(9);
        const [first] = await engine.read([{ buffer }]);
        new Float32Array(first).fill(8);
        expect(await readFloats(engine, buffer)).toEqual([1, 2]);
      });

      it('reads several parts of several buffers at once, in the order asked', async () => {
        const a = engine.createBuffer('a', 16);
        const b = engine.createBuffer('b', 8);
        engine.write(a, floats(1, 2, 3, 4));
        engine.write(b, floats(5, 6));
        const parts = await engine.read([
          { buffer: b, byteOffset: 4 },
          { buffer: a, byteOffset: 4, bytes: 8 },
          { buffer: a, bytes: 0 },
          { buffer: a, byteOffset: 16 },
          { buffer: a },
        ]);
        expect(parts.map((part) => [...new Float32Array(part)])).toEqual([[6], [2, 3], [], [], [1, 2, 3, 4]]);
        expect(await engine.read([])).toEqual([]);
      });

      it('keeps reads apart that are under way together', async () => {
        const buffer = engine.createBuffer('turns', 4);
        const reads = [1, 2, 3, 4, 5].map((value) => {
          engine.write(buffer, floats(value));
          return readFloats(engine, buffer);
        });
        expect(await Promise.all(reads)).toEqual([[1], [2], [3], [4], [5]]);
      });

      it('shows a live view where host and engine share memory', async () => {
        const { buffers, work } = subtraction(engine, 2, 3, 10);
        const view = engine.hostView(buffers.residual);
        if (!view) return expect(engine.kind).not.toBe('wasm');
        const residual = new Float32Array(view.buffer, view.byteOffset, 1);
        engine.dispatch(work);
        await engine.finish();
        expect(residual[0]).toBe(4);
        residual[0] = 100;
        engine.createBuffer('growth', 4 << 20);
        engine.dispatch(work);
        expect(await readFloats(engine, buffers.residual)).toEqual([94]);
        expect(residual[0]).toBe(94);
      });
    });

    describe('order', () => {
      it('runs writes and dispatches as they were given', async () => {
        const { buffers, work } = subtraction(engine, 1, 1, 100);
        engine.dispatch(work);
        engine.write(buffers.deltas, floats(10));
        engine.dispatch(work);
        engine.write(buffers.x, floats(3));
        engine.dispatch(work);
        const before = readFloats(engine, buffers.residual);
        engine.write(buffers.residual, floats(7));
        engine.dispatch({ ...work, parameters: { rows: 1, count: 0 } });
        expect(await before).toEqual([100 - 1 - 10 - 30]);
        expect(await readFloats(engine, buffers.residual)).toEqual([7]);
      });

      it('lets a dispatch read what the one before wrote', async () => {
        const { buffers, work } = subtraction(engine, 1, 5, 0);
        engine.dispatch(work);
        const second = engine.createBuffer('second', 4);
        engine.dispatch({ ...work, buffers: { ...buffers, deltas: buffers.residual, residual: second } });
        expect(await readFloats(engine, second)).toEqual([5]);
      });

      it('keeps count over thousands of dispatches with their own parameters', async () => {
        const { buffers, work } = subtraction(engine, 1, -1, 0);
        for (let turn = 0; turn < 3000; turn++) engine.dispatch({ ...work, parameters: { rows: 1, count: turn % 2 } });
        expect(await readFloats(engine, buffers.residual)).toEqual([1500]);
      });

      it('has run everything when `finish` resolves, also when there is nothing to run', async () => {
        const { buffers, work } = subtraction(engine, 1, 1, 3);
        engine.dispatch(work);
        await engine.finish();
        await engine.finish();
        expect(await readFloats(engine, buffers.residual)).toEqual([2]);
      });
    });

    describe('sizes', () => {
      it('binds, writes and reads buffers of no bytes', async () => {
        const empty = engine.createBuffer('empty', 0);
        expect(empty.bytes).toBe(0);
        engine.write(empty, new Float32Array(0));
        const { buffers, work } = subtraction(engine, 1, 1, 3);
        const none = engine.createBuffer('none', 0);
        const parameters = { rows: 1, count: 0 };
        engine.dispatch({ ...work, buffers: { ...buffers, x: empty, ids: empty, deltas: none }, parameters });
        engine.dispatch({ ...work, buffers: { ...buffers, residual: none }, parameters: { rows: 0, count: 1 } });
        expect(await readFloats(engine, buffers.residual)).toEqual([3]);
        expect(await readFloats(engine, empty)).toEqual([]);
        empty.destroy();
      });

      it('does nothing for no workgroups, and no harm for too many', async () => {
        const { buffers, work } = subtraction(engine, 1, 1, 3);
        engine.dispatch({ ...work, workgroups: 0 });
        expect(await readFloats(engine, buffers.residual)).toEqual([3]);
        engine.dispatch({ ...work, workgroups: 70_001 });
        expect(await readFloats(engine, buffers.residual)).toEqual([2]);
      });

      it('counts live bytes and their high-water mark', async () => {
        const own = await makeEngine();
        expect([own.allocatedBytes, own.peakBytes]).toEqual([0, 0]);
        const a = own.createBuffer('a', 1000);
        const b = own.createBuffer('b', 500);
        expect([own.allocatedBytes, own.peakBytes]).toEqual([1500, 1500]);
        a.destroy();
        a.destroy();
        expect([own.allocatedBytes, own.peakBytes]).toEqual([500, 1500]);
        own.createBuffer('c', 600);
        expect([own.allocatedBytes, own.peakBytes]).toEqual([1100, 1500]);
        b.destroy();
        await own.close();
      });

      it.each([-4, 2, 6.5, Number.NaN])('refuses a buffer of %d bytes', (bytes) => {
        expect(() => engine.createBuffer('odd', bytes)).toThrow(EngineError);
      });

      it('names the largest buffer that fits when one does not', () => {
        expect(engine.limits.bufferBytes).toBeGreaterThan(0);
        expect(engine.limits.totalBytes).toBeGreaterThanOrEqual(engine.limits.bufferBytes);
        const bytes = 4 * Math.floor(engine.limits.bufferBytes / 4) + 4;
        expect(() => engine.createBuffer('huge', bytes)).toThrow(EngineError);
        expect(() => engine.createBuffer('huge', bytes)).toThrow(/huge.*largest.* \d+ bytes/s);
      });
    });

    describe('mistakes', () => {
      const parameters = { rows: 1, count: 1 };
      const wrong: [string, (work: Dispatch) => Dispatch, RegExp][] = [
        ['a missing buffer', (work) => ({ ...work, buffers: { x: work.buffers['x'] } }), /dense-residual-update.*ids/s],
        ['an unknown buffer', (work) => ({ ...work, buffers: { ...work.buffers, y: work.buffers['x'] } }), /dense-residual-update.*\by\b/s],
        ['a missing parameter', (work) => ({ ...work, parameters: { rows: 1 } }), /dense-residual-update.*count/s],
        ['an unknown parameter', (work) => ({ ...work, parameters: { ...parameters, columns: 1 } }), /dense-residual-update.*columns/s],
        ['a fraction for a whole number', (work) => ({ ...work, parameters: { rows: 1.5, count: 1 } }), /rows.*1\.5/s],
        ['a negative count', (work) => ({ ...work, parameters: { rows: 1, count: -1 } }), /count.*-1/s],
        ['a count beyond 32 bits', (work) => ({ ...work, parameters: { rows: 1, count: 2 ** 32 } }), /count.*4294967296/s],
        ['not a number', (work) => ({ ...work, parameters: { rows: Number.NaN, count: 1 } }), /rows.*NaN/s],
        ['negative workgroups', (work) => ({ ...work, workgroups: -1 }), /-1/],
        ['half a workgroup', (work) => ({ ...work, workgroups: 0.5 }), /0\.5/],
        [
          'a written buffer bound twice',
          (work) => ({ ...work, buffers: { ...work.buffers, deltas: work.buffers['residual'] } }),
          /residual.*deltas|deltas.*residual/s,
        ],
      ];

      it.each(wrong)('refuses %s and goes on', async (_, spoil, message) => {
        const { buffers, work } = subtraction(engine, 1, 1, 3);
        expect(() => engine.dispatch(spoil(work))).toThrow(EngineError);
        expect(() => engine.dispatch(spoil(work))).toThrow(message);
        engine.dispatch(work);
        expect(await readFloats(engine, buffers.residual)).toEqual([2]);
      });

      it.each([
        [6, 4],
        [8, 8],
        [-4, 4],
        [12, 4],
      ])('refuses to write at %d, %d bytes, in a buffer of 12', (byteOffset, bytes) => {
        const buffer = engine.createBuffer('small', 12);
        expect(() => engine.write(buffer, new Uint8Array(bytes), byteOffset)).toThrow(EngineError);
        expect(() => engine.write(buffer, new Uint8Array(bytes), byteOffset)).toThrow(/small.*12/s);
      });

      it.each([
        [2, 4],
        [8, 8],
        [16, 0],
        [0, 3],
      ])('refuses to read at %d, %d bytes, from a buffer of 12', async (byteOffset, bytes) => {
        const buffer = engine.createBuffer('small', 12);
        await expect(engine.read([{ buffer, byteOffset, bytes }])).rejects.toThrow(EngineError);
      });

      it('refuses a buffer that was destroyed, or that another engine made', async () => {
        const { buffers, work } = subtraction(engine, 1, 1, 3);
        const other = await makeEngine();
        const foreign = other.createBuffer('foreign', 4);
        expect(() => engine.write(foreign, floats(1))).toThrow(/foreign/);
        expect(() => engine.dispatch({ ...work, buffers: { ...buffers, x: foreign } })).toThrow(EngineError);
        await other.close();
        buffers.x.destroy();
        expect(() => engine.write(buffers.x, floats(1))).toThrow(/\bx\b/);
        expect(() => engine.dispatch(work)).toThrow(EngineError);
        await expect(engine.read([{ buffer: buffers.x }])).rejects.toThrow(EngineError);
      });

      it('names a kernel that does not compile, and goes on', async () => {
        const broken = { ...lasso.denseResidualUpdate, name: 'test/broken', wgsl: 'fn main( {\n', wasm: btoa('not a module') };
        await expect(engine.prepare([broken])).rejects.toThrow(KernelError);
        await expect(engine.prepare([broken])).rejects.toThrow(/test\/broken.*:\d+:\d+/s);
        const { buffers, work } = subtraction(engine, 1, 1, 3);
        engine.dispatch(work);
        expect(await readFloats(engine, buffers.residual)).toEqual([2]);
      });
    });

    describe('life', () => {
      it('says what it is', () => {
        expect(['webgpu', 'wasm']).toContain(engine.kind);
        expect(engine.adapter).not.toBe('');
      });

      it('prepares kernels any number of times, together too', async () => {
        await Promise.all([engine.prepare(Object.values(lasso)), engine.prepare(Object.values(lasso)), engine.prepare([])]);
        await engine.prepare(Object.values(lasso));
      });

      it('works beside another engine', async () => {
        const other = await makeEngine();
        await other.prepare([lasso.denseResidualUpdate]);
        const here = subtraction(engine, 1, 1, 3);
        const there = subtraction(other, 1, 1, 30);
        engine.dispatch(here.work);
        other.dispatch(there.work);
        expect(await readFloats(other, there.buffers.residual)).toEqual([29]);
        await other.close();
        expect(await readFloats(engine, here.buffers.residual)).toEqual([2]);
      });

      it('closes once and for all', async () => {
        const own = await makeEngine();
        await own.prepare([lasso.denseResidualUpdate]);
        const { buffers, work } = subtraction(own, 1, 1, 3);
        own.dispatch(work);
        await own.close();
        await own.close();
        expect(() => own.createBuffer('late', 4)).toThrow(EngineError);
        expect(() => own.write(buffers.x, floats(1))).toThrow(EngineError);
        expect(() => own.dispatch(work)).toThrow(EngineError);
        await expect(own.read([{ buffer: buffers.x }])).rejects.toThrow(EngineError);
        await expect(own.finish()).rejects.toThrow(EngineError);
        await expect(own.prepare([lasso.denseResidualUpdate])).rejects.toThrow(EngineError);
        buffers.x.destroy();
      });
    });
  });
}
