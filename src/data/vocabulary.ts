/**
 * The words that ids in a file stand for. In: a vocabulary file, one word a line; or how many ids there are. Out: the words by index.
 */
import { DataError } from './dataset.js';
import { Ids } from './ids.js';
import { linesOf } from './lines.js';
import { quoted } from './number.js';
import { openSource } from './source.js';
import { lineBlocks, Utf8Decoder } from './text-bytes.js';

export interface Vocabulary {
  readonly file: string;
  readonly words: Ids;
  /** Sequences of bytes that are not UTF-8, each replaced by U+FFFD. */
  readonly replacedBytes: number;
}

/** Words of a vocabulary, at most: each is kept in memory. */
export const MOST_WORDS = 100_000_000;

/** Ids of words, or of documents, that a file may leave unused beyond as many as it has entries: more come of a damaged number. */
export const MOST_UNUSED_IDS = 2 ** 20;

/** Word i stands on line i + 1; blanks around it are dropped. DataError with file and line for an empty line and for a word that stands there twice. */
export async function readVocabulary(file: string, strict: boolean): Promise<Vocabulary> {
  const source = await openSource(file);
  try {
    const decoder = new Utf8Decoder(file, strict);
    const words = new Ids();
    for await (const block of lineBlocks(source)) {
      for (const line of linesOf(decoder.decode(block, words.count + 1))) addWord(file, words, line.trim());
    }
    return { file, words, replacedBytes: decoder.replaced };
  } finally {
    await source.close();
  }
}

function addWord(file: string, words: Ids, word: string): void {
  const line = words.count + 1;
  if (word === '') throw new DataError(`${file}, line ${line}: found an empty line, expected a word, as every line is the word of an id. Write the word there, or remove the line where the file ends with it`);
  const index = words.add(word);
  if (index < line - 1) throw new DataError(`${file}, lines ${index + 1} and ${line}: found the word ${quoted(word)} twice, expected every word once. Tell the two apart, ${quoted(`${word}-2`)} say`);
}

/** The ids first … first + count - 1 as words. */
export function idsAsWords(first: number, count: number): Ids {
  const words = new Ids();
  for (let id = first; id < first + count; id++) words.add(id);
  return words;
}
