/**
 * Latent Dirichlet allocation as a library class:
 * `const model = await new LatentDirichletAllocation({ topics: 100 }).fit(texts); model.topics(10)`.
 */
import { corpusOver, documentsFrom, type Documents, type VocabularyFilter } from '../../src/data/corpus.js';
import { writeFolder } from '../../src/data/folder.js';
import { plannedFit } from '../../src/runtime/planned-fit.js';
import type { Session } from '../../src/runtime/session.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { DataDigest } from '../data-digest.js';
import { parsedOptions } from '../parsed-options.js';
import { withSession, type Placement } from '../placement.js';
import { corpusSets } from './corpora.js';
import type { CorpusSets } from './distribute.js';
import { openEarlierModel } from './earlier-model.js';
import { writeLdaModel } from './files.js';
import { fitLda, type LdaFit, type LdaObserver, type SweepReport } from './fit.js';
import { inferTopics, perplexityOf, type EngineOptions, type InferOptions } from './infer.js';
import { ldaShards } from './layout.js';
import { LdaModel } from './model.js';
import { ldaOptionsSchema, type LdaInput, type LdaOptions } from './options.js';
import { trainedModel } from './outcome.js';
import type { Completion } from './schedule/judging.js';
import type { TopicDescription } from './topic-description.js';

/** Documents as they are read from files, or texts, or lists of words. Documents that were read stay open; whoever read them closes them. */
export type CorpusInput = Documents | Iterable<string | readonly string[]>;

/** What a fit takes beside the documents; the filter says which of their words make up the vocabulary. */
export interface LdaExtras extends VocabularyFilter {
  /** Documents to report perplexities of, never trained on; or a part of the documents to hold out for that, drawn by the seed. */
  readonly test?: CorpusInput | undefined;
  readonly testFraction?: number | undefined;
  /** A model of as many topics to go on from, or its folder. */
  readonly warmStart?: LdaModel | string | undefined;
}

/** Mixtures of topics. */
export interface Mixtures {
  readonly topics: number;
  /** Document d has topics[k] with values[d·topics + k]; its row adds up to 1. */
  readonly values: Float32Array;
  /** Tokens of words that the model does not know, which were dropped. */
  readonly unknownTokens: number;
}

/** Validates options. Throws UsageError in a sentence. */
export function parseLdaOptions(input: LdaInput): LdaOptions {
  return parsedOptions('LatentDirichletAllocation', ldaOptionsSchema.safeParse(input));
}

/** Finds topics in documents. */
export class LatentDirichletAllocation {
  readonly #options: LdaOptions;
  readonly #placement: Placement;

  constructor({ workers, engine, profile, checkpoint, ...options }: LdaInput & Placement = {}) {
    this.#options = parseLdaOptions(options);
    this.#placement = { workers, engine, profile, checkpoint };
  }

  /** DataError for documents without a token to train on, or fewer tokens than topics. */
  async fit(corpus: CorpusInput, { test, testFraction, warmStart, stopWords, minDocuments, minDocumentShare, maxDocuments, maxDocumentShare, ...observer }: LdaObserver & LdaExtras = {}): Promise<FittedLda> {
    const { validationFraction, seed } = this.#options;
    const filter = { stopWords, minDocuments, minDocumentShare, maxDocuments, maxDocumentShare };
    return withDocuments([corpus, ...(test === undefined ? [] : [test])], ([documents, held = null]) =>
      this.#fit(corpusSets(documents, held, { filter, testFraction, validationFraction, seed }), observer, warmStart),
    );
  }

  async #fit(sets: CorpusSets, observer: LdaObserver, earlier: LdaModel | string | undefined): Promise<FittedLda> {
    const options = this.#options;
    const unknown = Object.keys(options.seedWords).filter((word) => sets.train.words.indexOf(word) < 0);
    if (unknown.length > 0) throw new UsageError(`LatentDirichletAllocation: seedWords: ${unknown.slice(0, 5).join(', ')} ${unknown.length === 1 ? 'is' : 'are'} not among the words to train on: correct them (words of a text are in lower case), or leave them out`);
    const planned = await plannedFit(this.#placement.checkpoint, observer, () => Promise.resolve({ model: 'lda', options, data: digestOf(sets) }));
    const warm = earlier === undefined ? null : await openEarlierModel(earlier, options);
    const use = async (session: Session) => {
      const cluster = planned.cluster(session, ldaShards(sets.train.tokens));
      const fit = await fitLda(cluster, sets, options, planned.observer, warm);
      await cluster.conclude();
      return new FittedLda(await LdaModel.from(await trainedModel(cluster, sets, options, fit)), fit);
    };
    try {
      return await withSession(this.#placement, use, planned.plan);
    } finally {
      await warm?.close();
    }
  }
}

function digestOf({ train, validation, test }: CorpusSets): string {
  return new DataDigest().addDocuments(train).addDocuments(validation).addDocuments(test).value;
}

/** A trained topic model in memory. */
export class FittedLda {
  constructor(
    readonly model: LdaModel,
    /** How it was trained; null for a model that was loaded. */
    readonly training: Omit<LdaFit, 'layout'> | null,
  ) {}

  /** Likelihoods and perplexities as they were reported; none for a model that was loaded. */
  get history(): readonly SweepReport[] {
    return this.training?.history ?? [];
  }

  /** The report of the topics that were kept; null for a model that was loaded. */
  get best(): SweepReport | null {
    return this.training?.best ?? null;
  }

  /** All topics, each with its most probable words. */
  topics(words?: number): TopicDescription[] {
    return this.model.topics(words);
  }

  /** phi, row by row [topics × vocabulary], of all topics or of `count` topics from `first` on. */
  topicWord(first?: number, count?: number): Float32Array {
    return this.model.topicWord(first, count);
  }

  /** Each document's mixture of topics, [documents × topics]: row n is that of document n. For millions of documents there is `inferTopics`. */
  async transform(docs: CorpusInput, options?: InferOptions): Promise<Mixtures> {
    return withDocuments([docs], async ([documents]) => {
      const corpus = corpusOver(documents, this.model.words);
      const topics = this.model.totals.length;
      const values = new Float32Array(corpus.count * topics);
      for await (const { first, mixtures } of inferTopics(this.model, corpus, options)) values.set(mixtures, first * topics);
      return { topics, values, unknownTokens: corpus.unknownTokens };
    });
  }

  /**
   * Held-out perplexity by document completion: of a document's known tokens in order, numbered from 0, even ones decide on its mixture
   * by 100 steps and odd ones are scored. NaN where nothing is scored.
   */
  async perplexity(docs: CorpusInput, options?: EngineOptions): Promise<Completion> {
    return withDocuments([docs], ([documents]) => perplexityOf(this.model, corpusOver(documents, this.model.words), options));
  }

  /** Writes the model's folder, beside its place first and then renamed. */
  async save(folder: string, { overwrite = false } = {}): Promise<void> {
    await writeFolder(folder, { overwrite }, (temporary) => writeLdaModel(temporary, this.model));
  }

  /** DataError that names the file and what is wrong with it. */
  static async load(folder: string): Promise<FittedLda> {
    return new FittedLda(await LdaModel.load(folder), null);
  }
}

/** Runs `use` with documents; those that are made for it here are closed when it ends. */
async function withDocuments<Result>(inputs: readonly CorpusInput[], use: (documents: Documents[]) => Promise<Result>): Promise<Result> {
  const made: Documents[] = [];
  try {
    const documents = inputs.map((input) => {
      if (typeof input === 'string') throw new UsageError('found one text, expected documents: give a list of texts, or documents as readDocuments reads them from a file');
      if (isDocuments(input)) return input;
      made.push(documentsFrom(input));
      return made.at(-1)!;
    });
    return await use(documents);
  } finally {
    for (const documents of made) documents.close();
  }
}

function isDocuments(input: Exclude<CorpusInput, string>): input is Documents {
  if (typeof input !== 'object' || input === null) throw new UsageError(`LatentDirichletAllocation: documents: found ${String(input)}, expected texts, lists of words, or documents as readDocuments gives them`);
  return 'batches' in input;
}
