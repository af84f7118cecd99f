/**
 * Documents that a program has in memory. In: texts, or lists of words. Out: Documents.
 */
import type { Documents } from './corpus.js';
import { DocumentStore } from './corpus-store.js';
import { DataError } from './dataset.js';
import { TextCollector } from './text-collector.js';

/** A text is cut into words; a list of words is taken as it is. DataError for anything else, and for an empty word. */
export function documentsFrom(docs: Iterable<string | readonly string[]>): Documents {
  const store = new DocumentStore();
  try {
    const collector = new TextCollector(store);
    for (const doc of docs) {
      if (typeof doc === 'string') collector.appendText(doc);
      else collector.appendWords(checkedWords(doc, collector.count));
    }
    return collector.finish({ source: 'documents', format: 'in memory', names: null, replacedBytes: 0, skippedFiles: 0 });
  } catch (error) {
    store.close();
    throw error;
  }
}

function checkedWords(words: readonly string[], document: number): readonly string[] {
  if (!Array.isArray(words)) throw new DataError(`documents: document ${document} (from 0) is ${typeof words}, expected a text or a list of words. Give one of these`);
  const wrong = (words as readonly unknown[]).findIndex((word) => typeof word !== 'string' || word === '');
  if (wrong === -1) return words;
  throw new DataError(`documents: word ${wrong} of document ${document} (from 0) is ${JSON.stringify(words[wrong])}, expected a text that is not empty. Leave it out`);
}
