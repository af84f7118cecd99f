/**
 * Documents that a command reads. In: the flags that name them, the same for training and inference. Out: the documents, and in
 * notices what the user should know of them.
 */
import { stat } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { readDocuments, readTextFiles, type Documents } from '../data/corpus.js';
import { counted, grouped } from '../report/numbers.js';
import { UsageError } from '../runtime/worker-request.js';

export interface DocumentFlags {
  readonly data?: string;
  readonly text?: string;
  readonly vocab?: string;
  readonly strict?: boolean;
}

export function addDocumentOptions(command: Command): Command {
  return command
    .optionsGroup('Data:')
    .addOption(new Option('--data <file>', 'UCI docword, LDA-C, or text with a document a line, also gzipped; recognized by content').conflicts('text'))
    .addOption(new Option('--text <glob or folder>', 'text with a document a file, as in "docs/**/*.md"').conflicts('vocab'))
    .option('--vocab <file>', 'the words that the ids of docword or LDA-C stand for, one a line (default: words are their ids)')
    .option('--strict', 'refuse text that is not UTF-8 instead of replacing what is not');
}

/** UsageError where neither --data nor --text is there, DataError for what can't be read. */
export async function readNamed({ data, text, vocab, strict }: DocumentFlags, notice: (sentence: string) => void): Promise<Documents> {
  if (data === undefined && text === undefined) throw new UsageError('no documents: give --data FILE (docword, LDA-C, or a document a line), or --text GLOB or FOLDER (a document a file)');
  const documents = await (data === undefined ? readTextFiles(text!, { strict }) : readDocuments(data, { vocabulary: vocab, strict }));
  tellOf(documents, documents.source, notice);
  return documents;
}

/** From a file as --data names it, or from the files of a folder or glob as --text does. */
export async function readEither(source: string, { vocab, strict }: DocumentFlags, notice: (sentence: string) => void): Promise<Documents> {
  const status = await stat(source).catch(() => null);
  const isFile = status?.isFile() ?? !GLOB.test(source);
  const documents = await (isFile ? readDocuments(source, { vocabulary: vocab, strict }) : readTextFiles(source, { strict }));
  tellOf(documents, source, notice);
  return documents;
}

const GLOB = /[*?[{!]/;

function tellOf({ format, count, tokens, words, hasVocabulary, replacedBytes, skippedFiles }: Documents, source: string, notice: (sentence: string) => void): void {
  notice(`${source}: ${format}, ${counted(count, 'document')}, ${counted(tokens, 'token')} of ${hasVocabulary ? counted(words.count, 'word') : counted(words.count, 'id')}`);
  if (skippedFiles > 0) notice(`${source}: ${counted(skippedFiles, 'file')} passed over, as a byte 0 says that ${skippedFiles === 1 ? 'it is' : 'they are'} no text`);
  if (replacedBytes > 0) notice(`${source}: ${grouped(replacedBytes)} ${replacedBytes === 1 ? 'sequence' : 'sequences'} of bytes that ${replacedBytes === 1 ? 'is' : 'are'} not UTF-8 replaced by U+FFFD; --strict makes that an error`);
}
