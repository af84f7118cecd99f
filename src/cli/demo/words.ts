/**
 * Texts as a sparse bag of words. In: the texts a vocabulary is learned from; then any text. Out: a row of
 * tf-idf weights, (1 + log count) × log(texts / texts with the word), scaled to norm 1, by word id ascending.
 */

export interface WordRow {
  /** Ascending. */
  readonly ids: readonly number[];
  readonly weights: readonly number[];
}

export interface Vocabulary {
  /** Sorted; a word's id is its place. */
  readonly words: readonly string[];
  row(text: string): WordRow;
}

/** A word in fewer texts says nothing of texts to come. */
const LEAST_TEXTS = 3;
const WORD = /\p{L}{2,}/gu;

export function learnVocabulary(texts: readonly string[]): Vocabulary {
  const textsWith = new Map<string, number>();
  for (const text of texts) for (const word of counts(text).keys()) textsWith.set(word, (textsWith.get(word) ?? 0) + 1);
  const words = [...textsWith.keys()].filter((word) => textsWith.get(word)! >= LEAST_TEXTS).sort();
  const idOf = new Map(words.map((word, id) => [word, id]));
  const rarity = words.map((word) => Math.log(texts.length / textsWith.get(word)!));
  return { words, row: (text) => weighted(counts(text), idOf, rarity) };
}

function counts(text: string): Map<string, number> {
  const count = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(WORD)) count.set(word, (count.get(word) ?? 0) + 1);
  return count;
}

function weighted(count: Map<string, number>, idOf: ReadonlyMap<string, number>, rarity: readonly number[]): WordRow {
  const known = [...count].flatMap(([word, times]) => {
    const id = idOf.get(word);
    const weight = id === undefined ? 0 : (1 + Math.log(times)) * rarity[id]!;
    return id !== undefined && weight > 0 ? [{ id, weight }] : [];
  });
  known.sort((a, b) => a.id - b.id);
  const norm = Math.hypot(...known.map(({ weight }) => weight));
  return { ids: known.map(({ id }) => id), weights: known.map(({ weight }) => weight / norm) };
}
