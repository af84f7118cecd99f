/**
 * The words that say most about each topic. In: the entries of all topics, in any order. Out: for each topic the words of highest
 * probability; a word without tokens in a topic is none of its words, as all such words are equally probable there.
 */

/** Words that a topic is described by unless somebody asks for more. */
export const TOP_WORDS = 10;

export interface TopWord {
  /** Index in the vocabulary. */
  readonly word: number;
  /** Of this topic; of a topic's words the one with more tokens is the more probable. */
  readonly tokens: number;
}

/** A heap a topic (Williams 1964), whose root is the first to give way: `places` × 8 bytes for each topic. */
export class TopWords {
  readonly #places: number;
  readonly #lengths: Uint32Array;
  readonly #words: Uint32Array;
  readonly #tokens: Float32Array;

  constructor(topics: number, places: number) {
    this.#places = places;
    this.#lengths = new Uint32Array(topics);
    this.#words = new Uint32Array(topics * places);
    this.#tokens = new Float32Array(topics * places);
  }

  /** A word of a topic, each once. */
  add(topic: number, word: number, tokens: number): void {
    const base = topic * this.#places;
    const length = this.#lengths[topic];
    const value = Math.fround(tokens);
    if (length < this.#places) {
      this.#lengths[topic]++;
      this.#rise(base, length, word, value);
    } else if (length > 0 && isBetter(value, word, this.#tokens[base], this.#words[base])) {
      this.#sink(base, word, value);
    }
  }

  /** Best first; of equally probable words the one of lower index. As many as there are places, or fewer. */
  of(topic: number): TopWord[] {
    const base = topic * this.#places;
    return Array.from({ length: this.#lengths[topic] }, (_, at) => ({ word: this.#words[base + at], tokens: this.#tokens[base + at] })).sort((a, b) => b.tokens - a.tokens || a.word - b.word);
  }

  /** Puts a word at the end of a heap, and moves it up until what is above it is worse. */
  #rise(base: number, at: number, word: number, tokens: number): void {
    while (at > 0) {
      const above = (at - 1) >>> 1;
      if (!isBetter(this.#tokens[base + above], this.#words[base + above], tokens, word)) break;
      this.#put(base + at, this.#words[base + above], this.#tokens[base + above]);
      at = above;
    }
    this.#put(base + at, word, tokens);
  }

  /** Puts a word in place of the root, and moves it down until what is below it is better. */
  #sink(base: number, word: number, tokens: number): void {
    let at = 0;
    for (;;) {
      const below = this.#worseChild(base, at);
      if (below >= this.#places || isBetter(this.#tokens[base + below], this.#words[base + below], tokens, word)) break;
      this.#put(base + at, this.#words[base + below], this.#tokens[base + below]);
      at = below;
    }
    this.#put(base + at, word, tokens);
  }

  /** Beyond the heap where there is none. */
  #worseChild(base: number, at: number): number {
    const left = 2 * at + 1;
    const right = left + 1;
    if (right >= this.#places) return left;
    return isBetter(this.#tokens[base + left], this.#words[base + left], this.#tokens[base + right], this.#words[base + right]) ? right : left;
  }

  #put(place: number, word: number, tokens: number): void {
    this.#words[place] = word;
    this.#tokens[place] = tokens;
  }
}

function isBetter(tokens: number, word: number, otherTokens: number, otherWord: number): boolean {
  return tokens > otherTokens || (tokens === otherTokens && word < otherWord);
}
