/**
 * Documents in one file. In: a path. Out: Documents. What the file is follows from its content: UCI docword, LDA-C, or text
 * with a document a line; plain or gzipped.
 */
import type { Documents } from './corpus.js';
import { DocumentStore } from './corpus-store.js';
import { DataError } from './dataset.js';
import { readDocword } from './docword.js';
import { readLdaC } from './lda-c.js';
import { linesOf } from './lines.js';
import { openSource, type Source } from './source.js';
import { TextCollector } from './text-collector.js';
import { readTextLines } from './text-lines.js';
import { readVocabulary } from './vocabulary.js';

export interface ReadDocumentsOptions {
  /** A file of the words that the ids of docword or LDA-C stand for, one a line. */
  readonly vocabulary?: string | undefined;
  /** Whether bytes that are not UTF-8 are an error; otherwise they are replaced and counted. */
  readonly strict?: boolean | undefined;
}

/** DataError, with file and line where there is one, for content that is none of the formats or breaks its own. */
export async function readDocuments(file: string, { vocabulary, strict = false }: ReadDocumentsOptions = {}): Promise<Documents> {
  const source = await openSource(file);
  const store = new DocumentStore();
  try {
    const kind = recognize(source);
    const format = source.compressed ? `${NAMES[kind]}, gzipped` : NAMES[kind];
    return await (kind === 'text' ? readText(source, { format, vocabulary, strict, store }) : readCounts(source, kind, { format, vocabulary, strict, store }));
  } catch (error) {
    store.close();
    throw error;
  } finally {
    await source.close();
  }
}

type Kind = 'docword' | 'lda-c' | 'text';

const NAMES: Readonly<Record<Kind, string>> = { docword: 'UCI docword', 'lda-c': 'LDA-C', text: 'text, one document a line' };

interface Reading {
  readonly format: string;
  readonly vocabulary: string | undefined;
  readonly strict: boolean;
  readonly store: DocumentStore;
}

async function readCounts(source: Source, kind: 'docword' | 'lda-c', { format, vocabulary: file, strict, store }: Reading): Promise<Documents> {
  const vocabulary = file === undefined ? null : await readVocabulary(file, strict);
  const words = await (kind === 'docword' ? readDocword : readLdaC)(source, vocabulary, store);
  return {
    source: source.file,
    format,
    count: store.count,
    tokens: store.tokens,
    words,
    hasVocabulary: vocabulary !== null,
    names: null,
    replacedBytes: vocabulary?.replacedBytes ?? 0,
    skippedFiles: 0,
    batches: () => store.batches(null),
    close: () => store.close(),
  };
}

async function readText(source: Source, { format, vocabulary, strict, store }: Reading): Promise<Documents> {
  if (vocabulary !== undefined) {
    throw new DataError(`${source.file}: found text, one document a line, expected ids of words (UCI docword or LDA-C), as there is a vocabulary file ${vocabulary}. Leave the vocabulary file out, or correct the data file`);
  }
  const collector = new TextCollector(store);
  const replacedBytes = await readTextLines(source, strict, collector);
  return collector.finish({ source: source.file, format, names: null, replacedBytes, skippedFiles: 0 });
}

const LONE_NUMBER = /^\s*[-+.]*\d[-+.\deE]*\s*$/;
const EMPTY_LDA_C = /^\s*0?\s*$/;
const PAIR = /^[-+.\deE]+:[-+.\deE]+$/;
const HEADER_LINES = 3;

/** LDA-C begins with a number and pairs of numbers, behind empty documents at most; docword with three lines of one number; anything else is text. */
function recognize(source: Source): Kind {
  const zero = source.head.indexOf(0);
  if (zero !== -1) {
    throw new DataError(`${source.file}: byte ${zero} of the content is 0, so it is not text; expected UCI docword, LDA-C or a document a line, in UTF-8. Export the documents as one of these`);
  }
  const lines = [...linesOf(source.head.toString('utf8').replace(/^\ufeff/, ''))];
  const telling = lines.find((line) => !EMPTY_LDA_C.test(line));
  if (telling !== undefined && isLdaC(telling)) return 'lda-c';
  if (telling === undefined && lines.some((line) => line.trim() === '0')) return 'lda-c';
  return lines.slice(0, HEADER_LINES).every((line) => LONE_NUMBER.test(line)) ? 'docword' : 'text';
}

/** By most of its fields, as one of them may be what is wrong with the file, and a text may begin with a number and a time. */
function isLdaC(line: string): boolean {
  const [length, ...pairs] = line.trim().split(/\s+/);
  return LONE_NUMBER.test(length) && pairs.length > 0 && 2 * pairs.filter((pair) => PAIR.test(pair)).length >= pairs.length;
}
