/** Time to a held-out perplexity on real documents: KOS at 100 topics, 20 Newsgroups at 1,000; beside other topic models on the former. */
import type { LdaInput } from '../models/lda/options.js';
import { measurePeers } from './lda-peers.js';
import { KOS, loadSets, NEWSGROUPS, shapeText, type CorpusData, type MeasuredSets } from './lda-sets.js';
import { conditionsOf, firstWithin, train, type Training } from './lda-training.js';
import { repeatedly, type Benchmark, type Context, type Scale } from './runner/benchmark.js';
import { amount, amountRow, quality, speed, speedRow, type Row, type Table } from './runner/result.js';

interface Setting {
  readonly name: string;
  readonly input: LdaInput & { readonly sweeps: number };
  /** Perplexities to which the time is taken, the hardest last; the training ends with it. */
  readonly targets: readonly number[];
  readonly scales: readonly Scale[];
}

interface Problem {
  readonly data: CorpusData;
  readonly topics: number;
  /** Where the targets come from. */
  readonly note: string;
  readonly settings: readonly Setting[];
}

const BOTH: readonly Scale[] = ['small', 'large'];

const PROBLEMS: readonly Problem[] = [
  {
    data: KOS,
    topics: 100,
    note: '1406 is what tomotopy reaches after 200 sweeps.',
    settings: [
      { name: 'exact', input: { sampler: 'exact', sweeps: 300 }, targets: [1430, 1406], scales: BOTH },
      { name: 'exact, priors learned', input: { sampler: 'exact', optimizeHyperparameters: true, burnIn: 50, sweeps: 400 }, targets: [1406, 1385], scales: ['large'] },
      { name: 'mh', input: { sampler: 'mh', sweeps: 400 }, targets: [1430], scales: ['large'] },
    ],
  },
  {
    data: NEWSGROUPS,
    topics: 1000,
    note: '1115 is what WarpLDA reaches after 300 sweeps, 1070 what tomotopy reaches after 150.',
    settings: [
      { name: 'exact', input: { sampler: 'exact', sweeps: 100 }, targets: [1115], scales: ['small'] },
      { name: 'exact', input: { sampler: 'exact', sweeps: 150 }, targets: [1115, 1070], scales: ['large'] },
      { name: 'mh', input: { sampler: 'mh', sweeps: 300 }, targets: [1115], scales: ['large'] },
    ],
  },
];

export const ldaTargets: Benchmark = {
  name: 'lda',
  about: 'Topic models of real documents: seconds to a held-out perplexity by document completion, beside other packages.',
  needsData: true,
  usesEngine: true,
  async run(context) {
    const tables: Table[] = [];
    const missing: string[] = [];
    const peers: string[] = [];
    for (const problem of PROBLEMS) {
      const { sets, missing: absent } = await loadSets(problem.data, context);
      missing.push(...absent);
      if (sets === null) continue;
      tables.push(await measureProblem(problem, sets, context));
      if (problem.data !== KOS) continue;
      const others = await measurePeers(sets, context);
      tables.push(others.table);
      peers.push(...others.versions);
      missing.push(...others.missing);
    }
    return { tables, peers, missing };
  },
};

async function measureProblem({ topics, note, settings }: Problem, sets: MeasuredSets, context: Context): Promise<Table> {
  const rows: Row[] = [];
  for (const { name, input, targets } of settings.filter(({ scales }) => scales.includes(context.scale))) {
    const tries = await repeatedly(context, () => train(sets, { topics, ...input }, { ...conditionsOf(context), enough: targets.at(-1)! }));
    rows.push(...targets.map((target) => targetRow(name, target, tries)));
    context.say(`${sets.name}, ${name}: ${tries[0]!.seconds.toPrecision(3)} s`);
  }
  return { title: `${sets.name} at ${topics} topics`, note: `${shapeText(sets)}. ${note} An evaluation after every tenth sweep. Seconds of sampling, and of all from documents in memory on: distributing and evaluations.`, rows };
}

function targetRow(who: string, target: number, tries: readonly Training[]): Row {
  const reached = tries.flatMap((run) => firstWithin(run, target) ?? []);
  const parts = { case: `perplexity ${target}`, who };
  const [first] = reached;
  if (!first) return amountRow({ ...parts, amounts: [], quality: [quality('perplexity', tries[0]!.history.at(-1)!.perplexity!, target)] });
  return speedRow({
    ...parts,
    speeds: [speed('sampling', 's', reached.map(({ seconds }) => seconds)), speed('all', 's', reached.map(({ wallSeconds }) => wallSeconds)), speed('sampling', 'tokens/s', reached.map(({ tokensPerSecond }) => tokensPerSecond))],
    quality: [quality('perplexity', first.perplexity!, target)],
    amounts: [amount('sweeps', 'sweeps', first.sweep)],
  });
}
