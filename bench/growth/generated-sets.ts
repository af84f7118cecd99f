/** The generated data that sweeps are measured on: ratings in the shape of the Netflix prize's, documents in that of NYTimes. */
import type { CorpusSets } from '../../models/lda/distribute.js';
import { corpusOver, trainingCorpus } from '../../src/data/corpus.js';
import { netflixSets } from '../generated/netflix-sets.js';
import { generatedDocuments } from '../generated/topic-corpus.js';
import { NYTIMES, TopicDocuments } from '../generated/topic-documents.js';
import { TopicTruth } from '../generated/topic-truth.js';
import type { MeasuredSets } from '../mf-sets.js';
import type { Scale } from '../runner/benchmark.js';

const RATINGS: Readonly<Record<Scale, number>> = { small: 1_000_000, large: 20_000_000 };
const SHARE: Readonly<Record<Scale, number>> = { small: 1 / 200, large: 1 / 10 };
const TRUE_TOPICS = 100;
const SEED = 1;

export interface NamedRatings {
  readonly name: string;
  readonly sets: MeasuredSets;
}

export function generatedRatings(scale: Scale): NamedRatings {
  const { train, test, truthRmse } = netflixSets(RATINGS[scale]);
  const grouped = (count: number) => count.toLocaleString('en-US');
  return { name: `${grouped(train.users.count)} users × ${grouped(train.items.count)} items, ${grouped(train.count)} + ${grouped(test.count)} generated ratings (RMSE of the truth itself ${truthRmse.toFixed(4)})`, sets: { train, validation: null, test } };
}

export interface NamedDocuments {
  readonly name: string;
  readonly sets: CorpusSets;
  close(): void;
}

export function generatedCorpus(scale: Scale): NamedDocuments {
  const count = Math.round(NYTIMES.documents * SHARE[scale]);
  const heldOut = Math.ceil(count / 20);
  const documents = new TopicDocuments(new TopicTruth({ words: NYTIMES.words, topics: TRUE_TOPICS, seed: SEED }), NYTIMES.tokensADocument);
  const [training, test] = [generatedDocuments(documents, 0, count), generatedDocuments(documents, count, count + heldOut)];
  const train = trainingCorpus(training);
  const grouped = (value: number) => value.toLocaleString('en-US');
  return {
    name: `${grouped(count)} + ${grouped(heldOut)} documents, ${grouped(train.words.count)} words, ${grouped(train.tokens)} tokens, generated from ${TRUE_TOPICS} topics`,
    sets: { train, validation: null, test: corpusOver(test, train.words) },
    close: () => {
      for (const one of [training, test]) one.close();
    },
  };
}
