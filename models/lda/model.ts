/**
 * A topic model in memory, loaded from a folder or from the workers that trained it. It keeps the counts that are not 0, by word; the
 * distributions of topics over words are made of them when they are asked for.
 */
import type { Ids } from '../../src/data/ids.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import type { LdaContent } from './files.js';
import type { FoldModel } from './fold-in.js';
import { probabilityOf } from './phi.js';
import { rowsByWord } from './rows-by-word.js';
import { openSavedLda } from './saved.js';
import type { Priors } from './schedule/learning.js';
import type { LdaSummary } from './summary.js';
import { describeTopic, type TopicDescription } from './topic-description.js';
import type { TopicTile } from './topic-tiles.js';
import { TopWords, TOP_WORDS } from './top-words.js';

export class LdaModel implements LdaContent {
  readonly summary: LdaSummary;
  readonly words: Ids;
  readonly priors: Priors;
  readonly totals: Float64Array;
  readonly coherences: Float64Array;
  /** What documents are folded in under: row w has the topics of word w, ascending, and how many tokens of w each has. */
  readonly fold: FoldModel;

  private constructor({ summary, words, priors, totals, coherences }: Omit<LdaContent, 'tiles'>, rows: Pick<FoldModel, 'rowStarts' | 'rowTopics' | 'rowCounts'>) {
    this.summary = summary;
    this.words = words;
    this.priors = priors;
    this.totals = totals;
    this.coherences = coherences;
    this.fold = { ...rows, ...priors, totals, words: words.count, topicCount: totals.length, vocabulary: words.count };
  }

  /** Takes in all topics of a model. */
  static async from(content: LdaContent): Promise<LdaModel> {
    return new LdaModel(content, await rowsByWord(content));
  }

  /** Reads a folder that `writeLdaModel` wrote. Throws DataError that names the file and what is wrong with it. */
  static async load(folder: string): Promise<LdaModel> {
    const saved = await openSavedLda(folder);
    try {
      return await LdaModel.from(saved);
    } finally {
      await saved.close();
    }
  }

  /** All topics in order, each with its `words` most probable words. UsageError unless `words` is a whole number from 1. */
  topics(words = TOP_WORDS): TopicDescription[] {
    if (!(Number.isInteger(words) && words > 0)) throw new UsageError(`words is ${words}, expected how many words of a topic are wanted: 1 or more`);
    const top = new TopWords(this.totals.length, Math.min(words, this.words.count));
    this.#visit((word, topic, tokens) => top.add(topic, word, tokens));
    return Array.from(this.totals, (_, topic) => describeTopic(this, topic, top.of(topic)));
  }

  /**
   * phi of topics first … first + count - 1, row by row [count × vocabulary]: p(word | topic) = (n + beta) / (s + V·beta). All topics
   * unless told. UsageError for topics that there are not, and for more numbers than an array holds.
   */
  topicWord(first = 0, count = this.totals.length - first): Float32Array {
    const topics = this.totals.length;
    if (!(Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0 && first + count <= topics)) {
      throw new UsageError(`topicWord: found ${count} topics from ${first} on, expected some of topics 0 to ${topics - 1}`);
    }
    const { words: { count: vocabulary }, priors: { beta }, totals } = this;
    if (count * vocabulary > MOST_NUMBERS) throw new UsageError(`topicWord: ${count} topics of ${vocabulary} words are ${count * vocabulary} numbers, and one array has ${MOST_NUMBERS} at most: ask for some topics at a time, topicWord(first, count)`);
    const phi = new Float32Array(count * vocabulary);
    for (let t = 0; t < count; t++) phi.fill(probabilityOf(0, totals[first + t], { beta, vocabulary }), t * vocabulary, (t + 1) * vocabulary);
    this.#visit((word, topic, tokens) => {
      if (topic >= first && topic < first + count) phi[(topic - first) * vocabulary + word] = probabilityOf(tokens, totals[topic], { beta, vocabulary });
    });
    return phi;
  }

  /** In tiles of about a million words; a pass over the rows for each. */
  async *tiles(): AsyncGenerator<TopicTile> {
    const lengths = new Uint32Array(this.totals.length);
    for (const topic of this.fold.rowTopics) lengths[topic]++;
    for (let first = 0; first < lengths.length; ) {
      const starts = [0];
      let end = first;
      do starts.push(starts[end - first] + lengths[end++]);
      while (end < lengths.length && starts[end - first] + lengths[end] <= TILE);
      yield this.#tile(first, Uint32Array.from(starts));
      first = end;
    }
  }

  #tile(first: number, starts: Uint32Array): TopicTile {
    const topics = starts.length - 1;
    const ends = starts.slice();
    const words = new Uint32Array(starts[topics]);
    const tokens = new Float64Array(starts[topics]);
    this.#visit((word, topic, count) => {
      if (topic < first || topic >= first + topics) return;
      const place = ends[topic - first]++;
      words[place] = word;
      tokens[place] = count;
    });
    return { first, starts, words, tokens };
  }

  #visit(visit: (word: number, topic: number, tokens: number) => void): void {
    const { words, rowStarts, rowTopics, rowCounts } = this.fold;
    for (let word = 0; word < words; word++) for (let at = rowStarts[word]; at < rowStarts[word + 1]; at++) visit(word, rowTopics[at], rowCounts[at]);
  }
}

/** Words of a tile, where a topic does not have more. */
const TILE = 2 ** 20;

/** 4 GiB of them. */
const MOST_NUMBERS = 2 ** 30;
