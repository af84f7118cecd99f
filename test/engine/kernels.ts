/**
 * Holds every kernel of `#kernels` against its oracle on one engine. In: a name and a way to make an engine.
 * A kernel that no oracle ran and compared, or a shader file that is missing from the table, fails the suite.
 */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { all } from '#kernels';
import type { Engine, Kernel } from '../../src/engine/engine.js';
import { lassoOracles } from './lasso-oracles.js';
import { ldaFoldOracles } from './lda-fold-oracles.js';
import { ldaGibbsOracles } from './lda-gibbs-oracles.js';
import { ldaMhOracles } from './lda-mh-oracles.js';
import { mfAlsOracles } from './mf-als-oracles.js';
import { mfCcdOracles } from './mf-ccd-oracles.js';
import { mfSgdOracles } from './mf-sgd-oracles.js';
import { rooflineOracles } from './roofline-oracles.js';
import type { Expected, KernelCase, KernelOracle } from './oracle.js';

const oracles: readonly KernelOracle[] = [...lassoOracles(), ...ldaFoldOracles(), ...ldaGibbsOracles(), ...ldaMhOracles(), ...mfAlsOracles(), ...mfCcdOracles(), ...mfSgdOracles(), ...rooflineOracles()];

/** Written behind what a kernel may change, to notice when it goes too far. */
const FENCE = new Float32Array(16).fill(-77);

/** Runs one case on fresh buffers; returns the bytes of every buffer, fences included. */
async function run(engine: Engine, kernel: Kernel, { buffers, parameters, workgroups }: KernelCase): Promise<Map<string, ArrayBuffer>> {
  const made = Object.fromEntries(
    kernel.bindings.map(({ name, access }) => {
      const data = buffers[name];
      const fenced = access === 'read_write';
      const buffer = engine.createBuffer(name, data.byteLength + (fenced ? FENCE.byteLength : 0));
      engine.write(buffer, data);
      if (fenced) engine.write(buffer, FENCE, data.byteLength);
      return [name, buffer];
    }),
  );
  engine.dispatch({ kernel, buffers: made, parameters, workgroups });
  const bytes = await engine.read(kernel.bindings.map(({ name }) => ({ buffer: made[name] })));
  for (const buffer of Object.values(made)) buffer.destroy();
  return new Map(kernel.bindings.map(({ name }, index) => [name, bytes[index]]));
}

const sameBytes = (a: ArrayBufferView, b: ArrayBuffer) => Buffer.compare(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), new Uint8Array(b)) === 0;

/** The first value that is out of bounds, as a sentence; null when all are within. */
function firstMiss(found: Float32Array, { values, bounds }: Expected): string | null {
  const at = values.findIndex((value, index) => !(Math.abs(found[index] - value) <= bounds[index]));
  return at < 0 ? null : `[${at}] is ${found[at]}; expected ${values[at]} within ${bounds[at]}`;
}

function firstOtherWord(found: Uint32Array, words: Uint32Array): string | null {
  const at = words.findIndex((word, index) => found[index] !== word);
  return at < 0 ? null : `[${at}] is ${found[at]}; expected ${words[at]}`;
}

/** What is wrong with a buffer that the kernel was to change; null when nothing is. */
function missOf(expected: KernelCase['expected'][string], found: Uint32Array, after: ReadonlyMap<string, Uint32Array>): string | null {
  if ('miss' in expected) return expected.miss(after);
  if ('words' in expected) return firstOtherWord(found, expected.words);
  return firstMiss(new Float32Array(found.buffer, found.byteOffset, found.length), expected);
}

function check(kernel: Kernel, work: KernelCase, after: Map<string, ArrayBuffer>): string[] {
  const contents = new Map([...after].map(([name, bytes]) => [name, new Uint32Array(bytes, 0, work.buffers[name].length)]));
  return kernel.bindings.flatMap(({ name, access }) => {
    const bytes = after.get(name)!;
    const length = work.buffers[name].byteLength;
    const expected = work.expected[name];
    const misses: string[] = [];
    if (access === 'read_write' && !sameBytes(FENCE, bytes.slice(length))) misses.push('wrote past its end');
    if (!expected && !sameBytes(work.buffers[name], bytes.slice(0, length))) misses.push('was changed');
    const miss = expected && missOf(expected, contents.get(name)!, contents);
    if (miss) misses.push(miss);
    return misses.map((what) => `${work.title}: ${name} ${what}`);
  });
}

export function kernelOracles(name: string, makeEngine: () => Promise<Engine>): void {
  describe(`${name}: kernels against float64`, () => {
    const compared = new Set<string>();
    let engine: Engine;
    beforeAll(async () => {
      engine = await makeEngine();
      await engine.prepare(all);
    });
    afterAll(() => engine.close());

    describe.each(oracles.map((oracle) => ({ ...oracle, title: oracle.kernel.name })))('$title', ({ kernel, cases }) => {
      it('is within the bound on every shape, and touches nothing else', async () => {
        const misses: string[] = [];
        for (const work of cases) misses.push(...check(kernel, work, await run(engine, kernel, work)));
        expect(misses).toEqual([]);
        compared.add(kernel.name);
      });

      it('gives the same bits twice', async () => {
        for (const work of cases.filter(({ title }) => title.includes('reals'))) {
          const [once, again] = [await run(engine, kernel, work), await run(engine, kernel, work)];
          for (const [buffer, bytes] of once) {
            expect(sameBytes(new Uint8Array(bytes), again.get(buffer)!), `${work.title}: ${buffer}`).toBe(true);
          }
        }
      });
    });

    it('leaves no kernel uncompared and no shader out of the table', () => {
      const names = all.map((kernel) => kernel.name).sort();
      expect([...compared].sort()).toEqual(names);
      const files = readdirSync(new URL('../../shaders', import.meta.url), { recursive: true, encoding: 'utf8' });
      const shaders = files.filter((file) => file.endsWith('.wgsl')).map((file) => file.slice(0, -'.wgsl'.length).replaceAll('\\', '/'));
      expect(shaders.filter((shader) => !shader.startsWith('common/')).sort()).toEqual(names);
    });
  });
}
