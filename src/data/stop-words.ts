/**
 * Stop words: words too common to tell a topic. In: a language, or a file of one word a line. Out: the words, in the form in which
 * the tokenizer gives words. The lists are those of stopwords-iso.
 */
import { createRequire } from 'node:module';
import { stat } from 'node:fs/promises';
import { DataError } from './dataset.js';
import { linesOf } from './lines.js';
import { quoted } from './number.js';
import { openSource } from './source.js';
import { lineBlocks } from './text-bytes.js';
import { folded } from './tokenizer.js';

const load = createRequire(import.meta.url);

/** `languageOrFile`: a code of ISO 639-1 ("en"), else a path; a file named like a code is "./en". DataError when it is neither. */
export async function stopWords(languageOrFile: string): Promise<ReadonlySet<string>> {
  const lists = load('stopwords-iso') as Readonly<Record<string, readonly string[]>>;
  if (Object.hasOwn(lists, languageOrFile)) return new Set(lists[languageOrFile].map(folded));
  const isThere = await stat(languageOrFile).then(() => true, () => false);
  if (isThere) return listIn(languageOrFile);
  throw new DataError(`stop words: found ${quoted(languageOrFile)}, expected a file or one of the languages ${Object.keys(lists).sort().join(', ')}. Choose one of these, or write the words to a file, one a line`);
}

async function listIn(file: string): Promise<ReadonlySet<string>> {
  const source = await openSource(file);
  try {
    const words = new Set<string>();
    for await (const block of lineBlocks(source)) {
      for (const line of linesOf(block.toString('utf8'))) if (line.trim() !== '') words.add(folded(line.trim()));
    }
    return words;
  } finally {
    await source.close();
  }
}
