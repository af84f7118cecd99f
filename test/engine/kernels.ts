/**
 * Holds every kernel of `#kernels` against its oracle on one engine. In: a name and a way to make an engine.
 * A kernel that no oracle ran and compared, or a shader file that is missing from the table, fails the suite.
 */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { all } from '#kernels';
import type { Engine } from '../../src/engine/engine.js';
import { check, run, sameBytes } from './case-check.js';
import { lassoOracles } from './lasso-oracles.js';
import { ldaFoldOracles } from './lda-fold-oracles.js';
import { ldaGibbsOracles } from './lda-gibbs-oracles.js';
import { ldaMhOracles } from './lda-mh-oracles.js';
import { mfAlsOracles } from './mf-als-oracles.js';
import { mfCcdOracles } from './mf-ccd-oracles.js';
import { mfSgdOracles } from './mf-sgd-oracles.js';
import { rooflineOracles } from './roofline-oracles.js';
import type { KernelOracle } from './oracle.js';

const oracles: readonly KernelOracle[] = [...lassoOracles(), ...ldaFoldOracles(), ...ldaGibbsOracles(), ...ldaMhOracles(), ...mfAlsOracles(), ...mfCcdOracles(), ...mfSgdOracles(), ...rooflineOracles()];

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
