/** What a topic model trains on and is judged by. In: documents, and which of them to hold out. Out: corpora over the words of the training documents. */
import { corpusOver, trainingCorpus, type Corpus, type Documents, type VocabularyFilter } from '../../src/data/corpus.js';
import { DataError } from '../../src/data/dataset.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { randomUnit, seedOfPart } from '../../src/schedule/random.js';
import { positionsOfSmallest } from '../../src/schedule/smallest.js';
import type { CorpusSets } from './distribute.js';

export interface HoldingOut {
  /** Which words make up the vocabulary. */
  readonly filter?: VocabularyFilter | undefined;
  /** Parts of the documents, more than 0 and less than 1: exactly round(fraction × documents) are held out. */
  readonly testFraction?: number | undefined;
  readonly validationFraction?: number | undefined;
  readonly seed: number;
}

/** What a document is for. */
enum Role {
  Train,
  Validation,
  Test,
}

/** Parts of the seed, so that a random test set and the validation are drawn independently. */
const SEED_PARTS: Readonly<Record<Role.Validation | Role.Test, number>> = { [Role.Test]: 1, [Role.Validation]: 2 };
const NAMES: Readonly<Record<Role.Validation | Role.Test, string>> = { [Role.Test]: 'testFraction', [Role.Validation]: 'validationFraction' };

/**
 * The sets of a training. Which documents are held out depends on the seed and the documents' numbers alone; the validation is drawn from
 * what the test leaves. The vocabulary is that of the training documents, after the filter; tokens of other words are dropped and
 * counted. All documents stay open: a corpus closes those it is of. UsageError where a fraction makes no sense or a set would be empty,
 * DataError where no token is left to train on, or none that held-out documents can be judged by.
 */
export function corpusSets(documents: Documents, test: Documents | null, { filter, testFraction, validationFraction, seed }: HoldingOut): CorpusSets {
  if (test !== null && testFraction !== undefined) throw refusal('testFraction', 'there are test documents already: leave one of the two out');
  const roles = new Uint8Array(documents.count);
  const { count } = documents;
  const tested = testFraction === undefined ? 0 : assign(roles, Role.Test, testFraction, count, seed);
  if (validationFraction !== undefined) assign(roles, Role.Validation, validationFraction, count - tested, seed);
  const train = trainingCorpus(documents, filter, (document) => roles[document] === Role.Train);
  const drawn = (role: Role, fraction: number | undefined) => (fraction === undefined ? null : corpusOver(documents, train.words, (document) => roles[document] === role));
  return {
    train,
    validation: judging(drawn(Role.Validation, validationFraction), documents, 'to validate with'),
    test: judging(test === null ? drawn(Role.Test, testFraction) : corpusOver(test, train.words), test ?? documents, 'to test with'),
  };
}

/** Gives a role to a part of the documents that have none, those of the smallest keys; returns how many. */
function assign(roles: Uint8Array, role: Role.Validation | Role.Test, fraction: number, free: number, seed: number): number {
  if (!(fraction > 0 && fraction < 1)) throw refusal(NAMES[role], `found ${fraction}, expected more than 0 and less than 1: correct the fraction`);
  const chosen = Math.round(fraction * free);
  if (chosen === 0 || chosen === free) {
    const purpose = role === Role.Test ? 'test' : 'validate';
    throw refusal(NAMES[role], `${fraction} of ${free} documents leaves ${free - chosen} to train on and ${chosen} to ${purpose} with, expected at least one of each: give more documents, or change the fraction`);
  }
  const key = seedOfPart(seed, SEED_PARTS[role]);
  const keys = Float64Array.from(roles, (taken, document) => (taken === Role.Train ? randomUnit(key, 0, document) : Infinity));
  for (const document of positionsOfSmallest(keys, chosen)) roles[document] = role;
  return chosen;
}

function judging(corpus: Corpus | null, { source }: Documents, purpose: string): Corpus | null {
  if (corpus === null || corpus.tokens > 0) return corpus;
  throw new DataError(`${source}: ${corpus.count === 1 ? `the document ${purpose} has` : `the ${corpus.count} documents ${purpose} have`} no token of a word that the training documents have (${corpus.unknownTokens} tokens of others), expected some. Hold out more documents, or give others`);
}

function refusal(field: string, message: string): UsageError {
  return new UsageError(`LatentDirichletAllocation: ${field}: ${message}`);
}
