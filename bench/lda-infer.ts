/** Mixtures for new documents: how many a second one core finds. In: documents. Out: seconds, and how far the mixtures are from their limits. */
import { LdaModel } from '../models/lda/model.js';
import { fitLda } from '../models/lda/fit.js';
import { DEFAULT_STEPS, inferTopics } from '../models/lda/infer.js';
import { ldaShards } from '../models/lda/layout.js';
import { ldaOptionsSchema } from '../models/lda/options.js';
import { trainedModel } from '../models/lda/outcome.js';
import { withSession } from '../models/placement.js';
import { grouped, type MeasuredSets } from './lda-sets.js';
import type { Conditions } from './lda-training.js';
import { median, secondsText, table } from './report.js';

/** Of the training that comes before. */
const SWEEPS = 50;
const RUNS = 3;
const STEPS = [DEFAULT_STEPS, 100];
/** Steps after which a mixture does not change any more. */
const LIMIT = 500;

interface InferRun {
  readonly steps: number;
  readonly seconds: readonly number[];
  /** Mean over the documents of the L1 distance to the mixtures after LIMIT steps. */
  readonly distance: number;
}

export interface InferMeasured {
  readonly name: string;
  readonly topics: number;
  readonly documents: number;
  readonly tokens: number;
  readonly sweeps: number;
  readonly runs: readonly InferRun[];
}

/** The test documents, all of their tokens. */
export async function measureInfer(sets: MeasuredSets, topics: number, { mostSweeps }: Conditions): Promise<InferMeasured> {
  const { train, test } = sets;
  const options = ldaOptionsSchema.parse({ topics, sweeps: Math.min(SWEEPS, mostSweeps), evaluateEvery: SWEEPS });
  const alone = { ...sets, test: null };
  const model = await withSession({}, async (session) => {
    const cluster = session.cluster(ldaShards(train.tokens));
    return LdaModel.from(await trainedModel(cluster, alone, options, await fitLda(cluster, alone, options)));
  });
  const limits = await mixturesOf(model, sets, LIMIT);
  const runs: InferRun[] = [];
  for (const steps of STEPS) {
    const seconds: number[] = [];
    let mixtures = limits;
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      mixtures = await mixturesOf(model, sets, steps);
      seconds.push((performance.now() - start) / 1000);
    }
    runs.push({ steps, seconds, distance: distance(mixtures, limits) / test.count });
  }
  return { name: sets.name, topics, documents: test.count, tokens: test.tokens, sweeps: options.sweeps, runs };
}

/** [documents × topics]. */
async function mixturesOf(model: LdaModel, { test }: MeasuredSets, steps: number): Promise<Float32Array> {
  const { topics } = model.summary;
  const all = new Float32Array(test.count * topics);
  for await (const { first, mixtures } of inferTopics(model, test, { steps })) all.set(mixtures, first * topics);
  return all;
}

function distance(mixtures: Float32Array, limits: Float32Array): number {
  return mixtures.reduce((sum, value, at) => sum + Math.abs(value - limits[at]!), 0);
}

export function inferSection(measured: readonly InferMeasured[]): string[] {
  return [
    '## Mixtures for new documents',
    `The test documents in the measuring process, one core; a model of ${measured[0]!.sweeps} sweeps; median of ${RUNS} runs with the smallest and the largest. Distance: mean L1 distance of a mixture from what it is after ${LIMIT} steps.`,
    table(
      ['documents', 'topics', 'tokens', 'steps', 's', 'documents/s', 'distance'],
      measured.flatMap(({ name, topics, documents, tokens, runs }) =>
        runs.map(({ steps, seconds, distance: far }) => [
          `${name}, ${grouped(documents)}`, grouped(topics), grouped(tokens), String(steps),
          `${secondsText(median(seconds))} (${secondsText(Math.min(...seconds))} … ${secondsText(Math.max(...seconds))})`, grouped(Math.round(documents / median(seconds))), far.toFixed(4),
        ]),
      ),
    ),
  ];
}
