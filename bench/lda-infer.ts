/** Mixtures for new documents: how many a second one core finds, and how far the mixtures are from their limits. */
import { fitLda } from '../models/lda/fit.js';
import { DEFAULT_STEPS, inferTopics } from '../models/lda/infer.js';
import { ldaShards } from '../models/lda/layout.js';
import { LdaModel } from '../models/lda/model.js';
import { ldaOptionsSchema } from '../models/lda/options.js';
import { trainedModel } from '../models/lda/outcome.js';
import { withSession } from '../models/placement.js';
import { KOS, loadSets, NEWSGROUPS, type CorpusData, type MeasuredSets } from './lda-sets.js';
import { repeatedly, timed, type Benchmark, type Context, type Scale } from './runner/benchmark.js';
import { quality, speed, speedRow, type Row } from './runner/result.js';

/** Of the training that comes before. */
const SWEEPS: Readonly<Record<Scale, number>> = { small: 10, large: 50 };
const STEPS = [DEFAULT_STEPS, 100];
/** Steps after which a mixture does not change any more. */
const LIMIT = 500;
const PROBLEMS: readonly { readonly data: CorpusData; readonly topics: number }[] = [
  { data: KOS, topics: 100 },
  { data: NEWSGROUPS, topics: 1000 },
];

export const ldaInfer: Benchmark = {
  name: 'lda-infer',
  about: 'Topic mixtures of new documents by a trained model, in one process on one core.',
  needsData: true,
  usesEngine: false,
  async run(context) {
    const rows: Row[] = [];
    const missing: string[] = [];
    for (const { data, topics } of PROBLEMS) {
      const { sets, missing: absent } = await loadSets(data, context);
      missing.push(...absent);
      if (sets !== null) rows.push(...(await measure(sets, topics, context)));
    }
    const note = `The test documents, all of their tokens; a model of ${SWEEPS[context.scale]} sweeps. Distance: mean L1 distance of a mixture from what it is after ${LIMIT} steps.`;
    return { tables: rows.length === 0 ? [] : [{ title: 'Mixtures for new documents', note, rows }], missing };
  },
};

async function measure(sets: MeasuredSets, topics: number, context: Context): Promise<Row[]> {
  const { name, test } = sets;
  const model = await trainModel(sets, topics, SWEEPS[context.scale]);
  const limits = await mixturesOf(model, sets, LIMIT);
  const rows: Row[] = [];
  for (const steps of STEPS) {
    const runs = await repeatedly(context, () => timed(() => mixturesOf(model, sets, steps)));
    const seconds = runs.map((run) => run.seconds);
    rows.push(
      speedRow({
        case: `${name}: ${test.count} documents, ${test.tokens} tokens, ${topics} topics`,
        who: `${steps} steps`,
        speeds: [speed('all', 's', seconds), speed('inference', 'documents/s', seconds.map((all) => test.count / all))],
        quality: [quality('distance', distance(runs[0]!.value, limits) / test.count)],
      }),
    );
  }
  return rows;
}

async function trainModel(sets: MeasuredSets, topics: number, sweeps: number): Promise<LdaModel> {
  const options = ldaOptionsSchema.parse({ topics, sweeps, evaluateEvery: sweeps });
  const alone = { ...sets, test: null };
  return withSession({}, async (session) => {
    const cluster = session.cluster(ldaShards(sets.train.tokens));
    return LdaModel.from(await trainedModel(cluster, alone, options, await fitLda(cluster, alone, options)));
  });
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
