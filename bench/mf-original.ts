/**
 * The problem that the released STRADS was measured on: all of MovieLens 1M at rank 40, no mean, no biases, one lambda of .05 for
 * every row, as its run script has it. How long until the training objective is what it reaches in 12 iterations?
 */
import type { Algorithm, MfInput } from '../models/mf/options.js';
import type { Ratings } from '../src/data/ratings.js';
import { loadSets, ML_1M, shapeText, type MeasuredSets } from './mf-sets.js';
import { train, type Training } from './mf-training.js';
import { repeatedly, type Benchmark } from './runner/benchmark.js';
import { amount, amountRow, quality, speed, speedRow, type Row } from './runner/result.js';

/** Σ (a - w·h)² + lambda (‖W‖² + ‖H‖²) after 12 iterations of the original, and the seconds that they took it (2 cores, start-up excluded). */
const ORIGINAL = { objective: 383_002, iterations: 12, seconds: 34 };
const COMMON: MfInput = { rank: 40, lambda: 0.05, penaltyPer: 'rows', mean: false };
const SETTINGS: readonly { readonly algorithm: Algorithm; readonly input: MfInput }[] = [
  { algorithm: 'als', input: { sweeps: 12 } },
  { algorithm: 'ccd', input: { sweeps: 40 } },
  { algorithm: 'sgd', input: { sweeps: 40, rate: 0.2 } },
];

export const mfOriginal: Benchmark = {
  name: 'mf-original',
  about: `The released STRADS' own problem, MovieLens 1M whole at rank ${COMMON.rank}: seconds to the training objective that it has after ${ORIGINAL.iterations} iterations.`,
  needsData: true,
  usesEngine: true,
  async run(context) {
    const { sets, missing } = await loadSets(ML_1M, context);
    if (sets === null) return { tables: [], missing };
    const all: MeasuredSets = { train: joined(sets.train, sets.test), validation: null, test: sets.test };
    const turns = await repeatedly(context, async () => {
      const turn: Training[] = [];
      for (const { algorithm, input } of SETTINGS) turn.push(await train(all, { ...COMMON, ...input, algorithm }, context));
      return turn;
    });
    const note = `${shapeText(sets)}, all of them to train on. No mean, no biases, Σ (a - w·h)² + ${COMMON.lambda} (‖W‖² + ‖H‖²). The released STRADS has ${ORIGINAL.objective.toLocaleString('en-US')} after ${ORIGINAL.iterations} iterations, in ${ORIGINAL.seconds} s on another machine of two cores. By turns; seconds of the sweeps alone, and from ratings in memory on with distributing and an evaluation after every sweep.`;
    return { tables: [{ title: `To a training objective of ${ORIGINAL.objective.toLocaleString('en-US')}`, note, rows: SETTINGS.map(({ algorithm }, i) => rowOf(algorithm, turns.map((turn) => turn[i]!))) }], missing };
  },
};

/** Both parts of the split, which are over the same ids: those of the second are behind those of the first. */
function joined(first: Ratings, second: Ratings): Ratings {
  const count = first.count + second.count;
  const values = new Float32Array(count);
  const [userOf, itemOf] = [new Uint32Array(count), new Uint32Array(count)];
  for (const [part, at] of [[first, 0], [second, first.count]] as const) {
    values.set(part.values, at);
    userOf.set(part.userOf, at);
    itemOf.set(part.itemOf, at);
  }
  return { ...second, userOf, itemOf, values, count };
}

function rowOf(who: Algorithm, tries: readonly Training[]): Row {
  const reached = tries.flatMap(({ history }) => history.find(({ objective }) => objective <= ORIGINAL.objective) ?? []);
  const parts = { case: 'the original\'s objective', who };
  const [first] = reached;
  if (!first) return amountRow({ ...parts, amounts: [], quality: [quality('objective', tries[0]!.history.at(-1)!.objective, ORIGINAL.objective)] });
  return speedRow({
    ...parts,
    speeds: [speed('sweeps', 's', reached.map(({ seconds }) => seconds)), speed('all', 's', reached.map(({ wallSeconds }) => wallSeconds))],
    quality: [quality('objective', first.objective, ORIGINAL.objective)],
    amounts: [amount('sweeps', 'sweeps', first.sweep)],
  });
}
