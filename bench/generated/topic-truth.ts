/**
 * A true topic model to generate documents from. In: how many words and topics. Out: phi, and draws from it.
 *
 * Words have Zipf–Mandelbrot shares b_w ∝ (w + 1 + q)^-s. A topic draws a word from all of them with probability BACKGROUND, else one of
 * its own 256 words, which it has by b, so that the words of a corpus are skewed by about b; among them a topic's shares are skewed again:
 *   phi_kw = BACKGROUND b_w + (1 - BACKGROUND) Σ own_a over the places a at which topic k has w
 */
import { drawn, hash, UNIT } from './hash.js';
import { AliasTable, shares, type Skew } from './shares.js';

export interface TruthShape {
  readonly words: number;
  readonly topics: number;
  readonly seed: number;
}

export const OWN_WORDS = 256;
const BACKGROUND = 0.2;
const WORDS: Skew = { q: 50, s: 1.2 };
const OWN: Skew = { q: 2, s: 1.1 };

const Draw = { own: 11 } as const;

export class TopicTruth {
  readonly shape: TruthShape;
  readonly #background: Float64Array;
  readonly #own = shares(OWN_WORDS, OWN);
  readonly #drawBackground: AliasTable;
  readonly #drawOwn: AliasTable;
  /** Words of topic k: those from k · OWN_WORDS on. */
  readonly #wordsOf: Uint32Array;
  /** Of each word, the sum over all topics of their own shares of it. */
  readonly #ownOfWord: Float64Array;
  /** Own share by topic and word, where it is not 0. */
  readonly #ownShares = new Map<number, number>();

  constructor(shape: TruthShape) {
    const { words, topics, seed } = shape;
    this.shape = shape;
    this.#background = shares(words, WORDS);
    this.#drawBackground = new AliasTable(this.#background);
    this.#drawOwn = new AliasTable(this.#own);
    this.#wordsOf = new Uint32Array(topics * OWN_WORDS);
    this.#ownOfWord = new Float64Array(words);
    for (let at = 0; at < this.#wordsOf.length; at++) {
      hash(seed, at, 0, Draw.own);
      const word = this.#drawBackground.at(drawn[0] * UNIT, drawn[1]);
      const share = this.#own[at % OWN_WORDS];
      const key = Math.floor(at / OWN_WORDS) * words + word;
      this.#wordsOf[at] = word;
      this.#ownOfWord[word] += share;
      this.#ownShares.set(key, (this.#ownShares.get(key) ?? 0) + share);
    }
  }

  /** A word of the topic, by three random numbers. */
  word(topic: number, kind: number, place: number, bits: number): number {
    if (kind * UNIT < BACKGROUND) return this.#drawBackground.at(place * UNIT, bits);
    return this.#wordsOf[topic * OWN_WORDS + this.#drawOwn.at(place * UNIT, bits)];
  }

  phi(topic: number, word: number): number {
    return BACKGROUND * this.#background[word] + (1 - BACKGROUND) * (this.#ownShares.get(topic * this.shape.words + word) ?? 0);
  }

  /** Σ_k phi_kw */
  phiOfAllTopics(word: number): number {
    return this.shape.topics * BACKGROUND * this.#background[word] + (1 - BACKGROUND) * this.#ownOfWord[word];
  }
}
