/** What the models' dispatches tell of their data while they are profiled adds up to the data. In: a name and a way to make an engine. */
import { describe, expect, it } from 'vitest';
import { parseLassoOptions } from '../../models/lasso/estimator.js';
import { fitLasso } from '../../models/lasso/fit.js';
import { matrixFrom } from '../../src/data/in-memory.js';
import type { Counts, Dispatch, Engine } from '../../src/engine/engine.js';
import { withCluster } from './lasso/lasso-cluster.js';
import { asSparse, problemOf } from './lasso/problems.js';
import { fitted as fittedTopics } from './lda/fits.js';
import { drawnSets } from './lda/made-corpora.js';
import { fitted as fittedFactors } from './mf/fits.js';
import { chosen, lowRank, setsOf } from './mf/ratings.js';

/** The counts of every dispatch that gave some, by kernel; also whether every span had a cost. */
class Watched {
  readonly counts = new Map<string, Counts[]>();
  spans = 0;

  /** An engine that is profiled from the start and shows its dispatches' counts here. */
  readonly engine = (makeEngine: () => Promise<Engine>) => async (): Promise<Engine> => {
    const engine = await makeEngine();
    const dispatch = engine.dispatch.bind(engine);
    engine.dispatch = (work) => dispatch(this.#watched(work));
    engine.profile({ place: { round: 0, task: 0 }, dispatched: () => this.spans++, host: () => undefined });
    return engine;
  };

  sum(kernel: string, name: string): number {
    return (this.counts.get(kernel) ?? []).reduce((sum, counts) => sum + counts[name], 0);
  }

  #watched(work: Dispatch): Dispatch {
    const { kernel: { name }, counts } = work;
    if (!counts) return work;
    const keep = (contents: readonly Uint32Array[]) => {
      const found = counts(contents);
      this.counts.set(name, [...(this.counts.get(name) ?? []), found]);
      return found;
    };
    return { ...work, counts: keep };
  }
}

export function countsSuite(name: string, makeEngine: () => Promise<Engine>): void {
  describe(`${name}: counts`, () => {
    const recipe = { users: 40, items: 30, rank: 3, density: 0.4, seed: 71, noise: 0.3, shift: 3, skewed: true };

    it('of a descent are all ratings once a sweep', async () => {
      const watched = new Watched();
      const { train, test } = lowRank(recipe);
      await fittedFactors(setsOf(train, { test }), { algorithm: 'sgd', biases: true, rank: 4, sweeps: 3, evaluateEvery: 3 }, { engine: watched.engine(makeEngine) });
      expect(watched.sum('mf/sgd', 'ratings')).toBe(3 * train.length);
      expect(watched.sum('mf/errors', 'entries') % test.length).toBe(0);
    });

    it.each(['als', 'ccd'] as const)('of %s are all ratings as often as they are passed over', async (algorithm) => {
      for (const implicit of [false, true]) {
        const watched = new Watched();
        const { train, test } = implicit ? chosen(recipe) : lowRank(recipe);
        await fittedFactors(setsOf(train, { test }), { algorithm, implicit, rank: 4, sweeps: 2, evaluateEvery: 2, blockMib: 0.0002 }, { engine: watched.engine(makeEngine) });
        const entries = watched.sum(algorithm === 'als' ? 'mf/normal-product' : 'mf/residual-dots', 'entries');
        expect(entries).toBeGreaterThan(0);
        expect(entries % train.length).toBe(0);
        if (implicit) expect(watched.counts.get('mf/top')!.every(({ excluded }) => excluded >= 0)).toBe(true);
      }
    });

    it.each([['exact', 'rotation'], ['mh', 'rotation'], ['exact', 'data-parallel'], ['mh', 'data-parallel']] as const)('of topics by %s, %s, are all tokens once a sweep', async (sampler, strategy) => {
      const watched = new Watched();
      const sets = drawnSets({ documents: 30, words: 20, length: 15, topics: 3, seed: 5, emptyEvery: 11 });
      const { tokens } = sets.train;
      await fittedTopics(sets, { sampler, strategy, topics: 6, sweeps: 2, evaluateEvery: 2 }, { engine: watched.engine(makeEngine) });
      expect(watched.sum(sampler === 'exact' ? 'lda/exact' : 'lda/sample-words', 'tokens')).toBe(2 * tokens);
      if (strategy === 'rotation') expect(watched.sum('lda/update-rows', 'tokens') % tokens).toBe(0);
      if (sampler === 'mh') expect(watched.sum('lda/accept-in-documents', 'tokens')).toBe(2 * tokens);
      for (const { words, entries, pairs } of watched.counts.get(sampler === 'exact' ? 'lda/exact' : 'lda/sample-words')!) {
        expect(entries).toBeGreaterThanOrEqual(words);
        expect(pairs).toBeGreaterThanOrEqual(words);
      }
    });

    it('of a pass over all sparse columns are all nonzeros', async () => {
      const watched = new Watched();
      const problem = problemOf({ rows: 30, columns: 90, seed: 73, density: 0.2 });
      const input = asSparse(problem);
      const options = parseLassoOptions({ cut: 'columns', alphaRatio: 0.1, intercept: false, standardize: false });
      await withCluster({ workers: 1, shards: 4, engine: watched.engine(makeEngine) }, (cluster) => fitLasso(cluster, { matrix: matrixFrom(input), target: problem.y }, options));
      const passed = watched.sum('lasso/sparse-column-dots', 'nonzeros');
      expect(passed).toBeGreaterThan(0);
      expect(passed % input.values.length).toBe(0);
    });

    it('of a Gram matrix of sparse columns are the products in it', async () => {
      const watched = new Watched();
      const problem = problemOf({ rows: 90, columns: 12, seed: 74, density: 0.3 });
      const options = parseLassoOptions({ cut: 'rows', schedule: 'round-robin', block: 12, alphaRatio: 0.1, intercept: false, standardize: false });
      await withCluster({ workers: 1, shards: 4, engine: watched.engine(makeEngine) }, (cluster) => fitLasso(cluster, { matrix: matrixFrom(asSparse(problem)), target: problem.y }, options));
      const isNonzero = (row: number, column: number) => problem.x[row * problem.columns + column] !== 0;
      let products = 0;
      for (let row = 0; row < problem.rows; row++) {
        const count = Array.from({ length: problem.columns }, (_, column) => isNonzero(row, column)).filter(Boolean).length;
        products += (count * (count + 1)) / 2;
      }
      const found = watched.sum('lasso/sparse-gram', 'products');
      expect(found).toBeGreaterThan(0);
      expect(found % products).toBe(0);
      expect(watched.counts.has('lasso/sparse-residual-update')).toBe(true);
    });
  });
}
