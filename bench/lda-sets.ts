/** The documents of the measurements of the topic model: where they lie in the data folder, read into sets. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CorpusSets } from '../models/lda/distribute.js';
import { corpusOver, readDocuments, trainingCorpus, type Corpus } from '../src/data/corpus.js';
import { grouped } from '../src/report/numbers.js';
import { dataOf } from './runner/arguments.js';
import type { Context } from './runner/benchmark.js';

/** Files in the data folder, with forward slashes. */
export interface CorpusData {
  readonly name: string;
  readonly train: string;
  readonly test: string;
}

export const KOS: CorpusData = { name: 'KOS', train: 'kos/docword.kos-train.txt.gz', test: 'kos/docword.kos-test.txt.gz' };
export const NEWSGROUPS: CorpusData = {
  name: '20 Newsgroups',
  train: '20newsgroups/docword.20news-train90.txt.gz',
  test: '20newsgroups/docword.20news-train10.txt.gz',
};

/** Those of the files that the folder lacks. */
function missingFiles({ train, test }: CorpusData, folder: string): string[] {
  return [train, test].filter((file) => !existsSync(join(folder, file)));
}

/** Training documents and those to be judged by, which a measurement always has, over the words of the former. */
export interface MeasuredSets extends CorpusSets {
  readonly name: string;
  readonly test: Corpus;
}

/** The sets of the data folder, or null and what is missing. */
export async function loadSets(data: CorpusData, context: Context): Promise<{ readonly sets: MeasuredSets | null; readonly missing: string[] }> {
  const folder = dataOf(context.data!, 'lda');
  const missing = missingFiles(data, folder).map((file) => `${data.name}: no ${file} in the data folder`);
  return { sets: missing.length === 0 ? await readSets(data, folder) : null, missing };
}

async function readSets({ name, train: trainFile, test: testFile }: CorpusData, folder: string): Promise<MeasuredSets> {
  const train = trainingCorpus(await readDocuments(join(folder, trainFile)));
  return { name, train, validation: null, test: corpusOver(await readDocuments(join(folder, testFile)), train.words) };
}

/** "KOS: 3,035 + 395 documents, 6,906 words, 412,311 + 55,403 tokens, and …" */
export function shapeText({ name, train, test }: MeasuredSets): string {
  const unknown = `${grouped(test.unknownTokens)} of words that training has not seen, which are dropped`;
  return `${name}: ${grouped(train.count)} + ${grouped(test.count)} documents, ${grouped(train.words.count)} words, ${grouped(train.tokens)} + ${grouped(test.tokens)} tokens, and ${unknown}`;
}
