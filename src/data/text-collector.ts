/**
 * Documents of text as they are read. In: a text, or words, a document. Out: Documents whose words are in the order of their code
 * units, which does not depend on where a word came first.
 */
import type { Documents } from './corpus.js';
import type { DocumentStore } from './corpus-store.js';
import { Ids } from './ids.js';
import { wordsOf } from './tokenizer.js';

export class TextCollector {
  /** By first appearance. */
  readonly #words = new Ids();

  constructor(private readonly store: DocumentStore) {}

  /** Documents so far. */
  get count(): number {
    return this.store.count;
  }

  appendText(text: string): void {
    this.appendWords(wordsOf(text));
  }

  appendWords(words: readonly string[]): void {
    for (const word of words) this.store.append(this.#words.add(word), 1);
    this.store.endDocument();
  }

  finish(origin: Pick<Documents, 'source' | 'format' | 'names' | 'replacedBytes' | 'skippedFiles'>): Documents {
    const { store } = this;
    const { words, renumbered } = sorted(this.#words);
    return { ...origin, count: store.count, tokens: store.tokens, words, hasVocabulary: true, batches: () => store.batches(renumbered), close: () => store.close() };
  }
}

/** The words by code unit, and the new index of each. */
function sorted(found: Ids): { words: Ids; renumbered: Uint32Array } {
  const words = new Ids();
  for (const word of [...found].sort()) words.add(word);
  const renumbered = new Uint32Array(found.count);
  let index = 0;
  for (const word of found) renumbered[index++] = words.indexOf(word);
  return { words, renumbered };
}
