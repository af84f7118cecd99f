/**
 * How well the words of a topic go together. In: each topic's most probable words, and the documents. Out: a topic's coherence, the mean
 * over all pairs of its words of their normalized pointwise mutual information (Bouma 2009),
 *
 *   NPMI(v, w) = ln( p(v, w) / (p(v) p(w)) ) / -ln p(v, w),
 *
 * where p(w) is the share of the documents that w occurs in and p(v, w) the share of those that both occur in: Boolean documents, the
 * measure C_NPMI of Röder, Both and Hinneburg (2015) with a document in place of a sliding window. They add ε = 10^-12 to p(v, w) for the
 * sake of pairs that never occur together; here these have the limit, -1, and pairs that are in every document have theirs, 1. It is
 * between -1 and 1, and 0 for words that know nothing of each other.
 */
import type { Corpus, DocumentBatch } from '../../src/data/corpus.js';

/** A coherence for each list of words, NaN for one of fewer than two. One pass over the documents, empty ones included; 12 bytes a pair of words. */
export function coherencesOf(lists: readonly Uint32Array[], corpus: Corpus): Float64Array {
  const occurrences = new Occurrences(lists, corpus.words.count);
  for (const batch of corpus.batches()) occurrences.count(batch);
  return Float64Array.from(lists, (words) => meanOverPairs(words, (v, w) => npmi(occurrences.of(v), occurrences.of(w), occurrences.together(v, w), corpus.count)));
}

/** The mean of those that are numbers; null when none is. */
export function meanCoherence(coherences: Float64Array): number | null {
  const numbers = coherences.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function meanOverPairs(words: Uint32Array, of: (v: number, w: number) => number): number {
  let sum = 0;
  for (let i = 1; i < words.length; i++) for (let j = 0; j < i; j++) sum += of(words[i], words[j]);
  return sum / ((words.length * (words.length - 1)) / 2);
}

function npmi(ofOne: number, ofOther: number, together: number, documents: number): number {
  if (together === 0) return -1;
  if (together === documents) return 1;
  const value = Math.log((together * documents) / (ofOne * ofOther)) / -Math.log(together / documents);
  // Rounding alone leads beyond: words that always come together have 1.
  return Math.max(-1, Math.min(1, value));
}

/** In how many documents each of the listed words occurs, and each pair of words of one list. */
class Occurrences {
  /** Number of a listed word by its index in the vocabulary, -1 for others. */
  readonly #numberOf: Int32Array;
  readonly #occursIn: Uint32Array;
  /** Pairs of listed word a with others of higher number are at starts[a] … starts[a + 1] - 1, sorted by these. */
  readonly #starts: Uint32Array;
  readonly #others: Uint32Array;
  readonly #together: Uint32Array;
  /** The document, from 1, that a listed word was last seen in. */
  readonly #seenIn: Uint32Array;
  #documents = 0;

  constructor(lists: readonly Uint32Array[], vocabulary: number) {
    this.#numberOf = new Int32Array(vocabulary).fill(-1);
    let listed = 0;
    for (const words of lists) for (const word of words) if (this.#numberOf[word] < 0) this.#numberOf[word] = listed++;
    const pairs = pairsOf(lists, this.#numberOf, listed);
    this.#occursIn = new Uint32Array(listed);
    this.#seenIn = new Uint32Array(listed);
    this.#starts = new Uint32Array(listed + 1);
    for (const pair of pairs) this.#starts[Math.floor(pair / listed) + 1]++;
    for (let a = 0; a < listed; a++) this.#starts[a + 1] += this.#starts[a];
    this.#others = Uint32Array.from(pairs, (pair) => pair % listed);
    this.#together = new Uint32Array(pairs.length);
  }

  count({ starts, words }: DocumentBatch): void {
    for (let d = 0; d + 1 < starts.length; d++) {
      const document = ++this.#documents;
      const present: number[] = [];
      for (let e = starts[d]; e < starts[d + 1]; e++) {
        const a = this.#numberOf[words[e]];
        if (a < 0 || this.#seenIn[a] === document) continue;
        this.#seenIn[a] = document;
        this.#occursIn[a]++;
        present.push(a);
      }
      for (const a of present) for (let at = this.#starts[a]; at < this.#starts[a + 1]; at++) if (this.#seenIn[this.#others[at]] === document) this.#together[at]++;
    }
  }

  of(word: number): number {
    return this.#occursIn[this.#numberOf[word]];
  }

  together(v: number, w: number): number {
    const [a, b] = ordered(this.#numberOf[v], this.#numberOf[w]);
    let [low, high] = [this.#starts[a], this.#starts[a + 1]];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#others[middle] < b) low = middle + 1;
      else high = middle;
    }
    return this.#together[low];
  }
}

/** All pairs of words of one list, each once, ascending, as a·listed + b with a < b. */
function pairsOf(lists: readonly Uint32Array[], numberOf: Int32Array, listed: number): Float64Array {
  const pairs = new Float64Array(lists.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0));
  let at = 0;
  for (const words of lists) {
    for (let i = 1; i < words.length; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = ordered(numberOf[words[i]], numberOf[words[j]]);
        pairs[at++] = a * listed + b;
      }
    }
  }
  return pairs.sort().filter((pair, place) => place === 0 || pair !== pairs[place - 1]);
}

function ordered(a: number, b: number): [number, number] {
  return a < b ? [a, b] : [b, a];
}
