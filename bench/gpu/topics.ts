/**
 * Topic models on generated documents in the shape of NYTimes: tokens a second at 1,024 topics, and the held-out perplexity beside that of the exact sampler
 * on the same documents and of the truth.
 */
import { corpusSets } from '../../models/lda/corpora.js';
import type { CorpusSets } from '../../models/lda/distribute.js';
import { fitLda, type LdaFit } from '../../models/lda/fit.js';
import { ldaShards } from '../../models/lda/layout.js';
import { ldaOptionsSchema, type Sampler } from '../../models/lda/options.js';
import { withSession } from '../../models/placement.js';
import { CONCENTRATION, NYTIMES, TopicDocuments } from '../generated/topic-documents.js';
import { generatedDocuments, truthPerplexity } from '../generated/topic-corpus.js';
import { TopicTruth } from '../generated/topic-truth.js';
import { timed, type Benchmark, type Context, type Scale } from '../runner/benchmark.js';
import { amount, quality, speed, speedRow, type Row } from '../runner/result.js';

interface Size {
  readonly documents: number;
  readonly heldOut: number;
  readonly words: number;
  readonly topics: number;
  /** Of the exact sampler; the other one has as many again to come down to the same perplexity. */
  readonly sweeps: number;
  readonly evaluateEvery: number;
}

const SIZES: Readonly<Record<Scale, Size>> = {
  small: { documents: 150, heldOut: 60, words: 2000, topics: 16, sweeps: 6, evaluateEvery: 3 },
  large: { documents: NYTIMES.documents, heldOut: 2000, words: NYTIMES.words, topics: 1024, sweeps: 60, evaluateEvery: 10 },
};
const SWEEPS_OF_MH = 4;
/** No sweep of a sampler begins after so much sampling. */
const MOST_SECONDS = 100;

export const gpuTopics: Benchmark = {
  name: 'gpu-lda',
  about: 'Topic models on generated documents in the shape of NYTimes, one worker on the engine.',
  needsData: false,
  usesEngine: true,
  async run(context) {
    const { documents, heldOut, words, topics } = SIZES[context.scale];
    const generated = new TopicDocuments(new TopicTruth({ words, topics, seed: 1 }), NYTIMES.tokensADocument);
    const { value: [train, held], seconds } = await timed(() => [generatedDocuments(generated, 0, documents), generatedDocuments(generated, documents, documents + heldOut)] as const);
    const truth = truthPerplexity(generated, documents, documents + heldOut);
    context.say(`${train.tokens} tokens generated in ${seconds.toFixed(1)} s; held-out perplexity of the truth ${truth.toFixed(1)}`);
    try {
      const sets = corpusSets(train, held, { filter: {}, testFraction: undefined, validationFraction: undefined, seed: 0 });
      const exact = await measure(context, sets, 'exact', null, truth);
      const mh = await measure(context, sets, 'mh', exact.perplexity, truth);
      return { tables: [{ title: `${train.tokens} tokens, ${topics} topics`, note: 'Held-out perplexity by document completion. The truth knows phi and the topics of the tokens that are folded in. Tokens a second over all sweeps, without what is between them.', rows: [exact.row, mh.row] }], missing: [] };
    } finally {
      train.close();
      held.close();
    }
  },
};

/** Trains with one sampler, until it is as good as `aim` where there is one. */
async function measure({ scale, engine, say }: Context, sets: CorpusSets, sampler: Sampler, aim: number | null, truth: number): Promise<{ row: Row; perplexity: number }> {
  const { topics, sweeps, evaluateEvery } = SIZES[scale];
  const options = ldaOptionsSchema.parse({ topics, sampler, alpha: CONCENTRATION / topics, sweeps: aim === null ? sweeps : SWEEPS_OF_MH * sweeps, evaluateEvery });
  let [perplexity, spent] = [Infinity, 0];
  const fit = await withSession({ workers: 1, engine: engine.kind }, (session) =>
    fitLda(session.cluster(ldaShards(sets.train.tokens)), sets, options, {
      swept: ({ sweep, seconds, tokensPerSecond, test }) => {
        [perplexity, spent] = [test!.perplexity, seconds];
        say(`${sampler}, sweep ${sweep}: ${engine.software ? '' : `${seconds.toFixed(2)} s, ${Math.round(tokensPerSecond)} tokens/s, `}perplexity ${perplexity.toFixed(1)}`);
      },
      shouldStop: () => spent > MOST_SECONDS || (aim !== null && perplexity <= aim),
    }));
  return { row: rowOf(sampler, fit, sets.train.tokens, aim, truth), perplexity };
}

function rowOf(sampler: Sampler, { sweeps, seconds, best, bytesPerWorker, bytesMovedPerSweep }: LdaFit, tokens: number, aim: number | null, truth: number): Row {
  return speedRow({
    case: `after ${sweeps} sweeps`,
    who: `strads ${sampler}`,
    speeds: [speed('rate', 'tokens/s', [(tokens * sweeps) / seconds]), speed('sampling', 's', [seconds])],
    quality: [quality('held-out perplexity', best.test!.perplexity, aim), quality('perplexity of the truth', truth)],
    amounts: [amount('sweeps', 'sweeps', sweeps), amount('moved a sweep', 'MiB', bytesMovedPerSweep / 2 ** 20), amount('on the worker', 'MiB', bytesPerWorker.map((bytes) => bytes / 2 ** 20))],
  });
}
