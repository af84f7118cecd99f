/**
 * Documents for strads train lda. In: flags that name them, say which words count, or ask for a split. Out: training, validation and
 * test corpora over the words of the first, and what the user should know of them.
 */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { corpusSets } from '../../models/lda/corpora.js';
import type { CorpusSets } from '../../models/lda/distribute.js';
import type { LdaOptions } from '../../models/lda/options.js';
import { stopWords, type Corpus, type Documents, type VocabularyFilter } from '../data/corpus.js';
import { DataError } from '../data/dataset.js';
import { counted, grouped } from '../report/numbers.js';
import { addDocumentOptions, readEither, readNamed, type DocumentFlags } from './document-options.js';
import { namingFlags } from './flag-names.js';
import { belowOne } from './numbers.js';

export interface CorpusFlags extends DocumentFlags {
  readonly test?: string;
  readonly testFraction?: number;
  readonly stopwords?: string;
  readonly minDf?: number;
  readonly maxDf?: number;
}

export function addCorpusOptions(command: Command): Command {
  return addDocumentOptions(command)
    .addOption(new Option('--test <file or folder>', 'documents to report perplexity on, never trained on: a file as for --data, or a folder or glob as for --text').conflicts('testFraction'))
    .addOption(new Option('--test-fraction <number>', 'hold out this part of the documents, chosen at random by --seed, as the test set').argParser(belowOne))
    .option('--stopwords <language or file>', 'words to leave out: the list of a language, such as en, or a file of one word a line')
    .option('--min-df <number>', 'leave out words in fewer documents than this: a number of them, or a part below 1 such as .001', documentFrequency)
    .option('--max-df <number>', 'leave out words in more documents than this: a number of them, or a part below 1 such as .5', documentFrequency);
}

/** A number of documents, or a part of them. */
function documentFrequency(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value > 0 && (value < 1 || /^\d+$/.test(text))) return value;
  throw new InvalidArgumentError('expected a whole number of documents, 1 or more, or a part of them below 1, such as .5.');
}

/** What closes the sets frees the documents. DataError for what is no corpus, UsageError for a split that leaves a set empty. */
export async function readCorpora(flags: CorpusFlags, { seed, validationFraction }: LdaOptions, notice: (sentence: string) => void): Promise<CorpusSets> {
  const { test: source, testFraction } = flags;
  const listed = flags.stopwords === undefined ? undefined : await stopWords(flags.stopwords);
  const opened: Documents[] = [];
  const keep = (documents: Documents): Documents => (opened.push(documents), documents);
  try {
    const documents = keep(await readNamed(flags, notice));
    if (!documents.hasVocabulary) notice(`${documents.source}: words are named by their ids; --vocab FILE gives their names, one a line`);
    if (documents.format.startsWith('text') && flags.stopwords === undefined && flags.maxDf === undefined) notice(`${documents.source}: common words are kept; topics are easier to read without them, by --stopwords en, say, or --max-df .5`);
    const test = source === undefined ? null : keep(await readEither(source, flags, notice));
    if (test !== null) assertComparable(documents, test);
    const filter = filterOf(flags, listed);
    const sets = namingFlags(() => corpusSets(documents, test, { filter, testFraction, validationFraction, seed }));
    tellOf(sets, notice);
    return sets;
  } catch (error) {
    for (const documents of opened) documents.close();
    throw error;
  }
}

function assertComparable(documents: Documents, test: Documents): void {
  const [known, given] = [natureOf(documents), natureOf(test)];
  if (known !== given) throw new DataError(`${test.source}: has ${given}, expected ${known} as in ${documents.source}, so that words can be told to be the same. Give --vocab FILE, or convert one of the two`);
}

/** Ids of docword are counted from 1, those of LDA-C from 0. */
function natureOf({ hasVocabulary, format }: Documents): string {
  return hasVocabulary ? 'words' : `ids of ${format.replace(', gzipped', '')} in place of words`;
}

function filterOf({ minDf, maxDf }: CorpusFlags, listed: ReadonlySet<string> | undefined): VocabularyFilter {
  return {
    stopWords: listed,
    ...(minDf === undefined ? {} : minDf < 1 ? { minDocumentShare: minDf } : { minDocuments: minDf }),
    ...(maxDf === undefined ? {} : maxDf < 1 ? { maxDocumentShare: maxDf } : { maxDocuments: maxDf }),
  };
}

function tellOf({ train, validation, test }: CorpusSets, notice: (sentence: string) => void): void {
  notice(`to train on: ${sizeOf(train)} of ${counted(train.words.count, 'word')}${train.unknownTokens === 0 ? '' : `; ${counted(train.unknownTokens, 'token')} of words that the filters leave out`}`);
  if (validation) notice(`to validate with: ${sizeOf(validation)}${unknownOf(validation, train)}`);
  if (test) notice(`to test with: ${sizeOf(test)}${unknownOf(test, train)}`);
  else notice('no held-out documents: give --test FILE, or --test-fraction 0.1, for a held-out perplexity');
}

function sizeOf({ count, tokens, emptyDocuments }: Corpus): string {
  return `${counted(count, 'document')}${emptyDocuments === 0 ? '' : ` (${grouped(emptyDocuments)} without a token)`}, ${counted(tokens, 'token')}`;
}

/** Where the filters take words from training, they take them from these documents too. */
function unknownOf({ tokens, unknownTokens }: Corpus, train: Corpus): string {
  if (unknownTokens === 0) return '';
  const part = (100 * unknownTokens) / (tokens + unknownTokens);
  const which = train.unknownTokens === 0 ? 'never seen in training' : 'never seen in training, or left out by the filters,';
  return `; ${counted(unknownTokens, 'token')} (${part.toFixed(part < 1 ? 2 : 1)} %) of words ${which} are dropped`;
}
