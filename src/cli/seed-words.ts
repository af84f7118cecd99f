/** Words that keep a topic. In: a file with a word and a topic a line, separated by blanks or a comma. Out: topic by word. */
import { DataError } from '../data/dataset.js';
import { linesOf, textBlocks } from '../data/lines.js';
import { quoted } from '../data/number.js';
import { openSource } from '../data/source.js';

const LINE = /^(\S.*?)(?:\s*,\s*|\s+)(\S+)$/;
const NEXT = 'Write a word and the number of its topic, as in: gene 0';

/** Empty lines are passed over. DataError with file and line for anything else that is no word and topic, and for a word with two topics. */
export async function readSeedWords(file: string, topics: number): Promise<ReadonlyMap<string, number>> {
  const source = await openSource(file);
  try {
    const seeds = new Seeds(file, topics);
    let line = 0;
    for await (const block of textBlocks(source.bytes())) {
      for (const text of linesOf(block)) seeds.add(text.trim(), ++line);
    }
    if (seeds.topicOf.size === 0) throw new DataError(`${file}: found no word, expected a word and a topic a line. ${NEXT}`);
    return seeds.topicOf;
  } finally {
    await source.close();
  }
}

class Seeds {
  readonly topicOf = new Map<string, number>();
  readonly #file: string;
  readonly #topics: number;
  readonly #lineOf = new Map<string, number>();

  constructor(file: string, topics: number) {
    this.#file = file;
    this.#topics = topics;
  }

  add(text: string, line: number): void {
    if (text === '') return;
    const [, word, number] = LINE.exec(text) ?? [];
    if (word === undefined) throw new DataError(`${this.#file}, line ${line}: found ${quoted(text)}, expected a word and a topic. ${NEXT}`);
    const topic = this.#topic(number, line);
    const earlier = this.topicOf.get(word);
    if (earlier !== undefined && earlier !== topic) throw new DataError(`${this.#file}, lines ${this.#lineOf.get(word)} and ${line}: found topics ${earlier} and ${topic} for the word ${quoted(word)}, expected one. Keep one of these lines`);
    this.topicOf.set(word, topic);
    this.#lineOf.set(word, line);
  }

  #topic(text: string, line: number): number {
    const topic = Number(text);
    if (/^\d+$/.test(text) && topic < this.#topics) return topic;
    throw new DataError(`${this.#file}, line ${line}: found ${quoted(text)} in place of a topic, expected a whole number from 0 to ${this.#topics - 1}. Correct it, or ask for more --topics`);
  }
}
