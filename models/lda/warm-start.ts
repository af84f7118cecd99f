/** An earlier model as a start. In: its topics, a bounded number at a time. Out: first topics of all tokens, drawn from them. */
import type { Corpus } from '../../src/data/corpus.js';
import { DataError } from '../../src/data/dataset.js';
import type { Ids } from '../../src/data/ids.js';
import type { Layout } from './layout.js';
import { Operation } from './operations.js';
import type { Priors } from './schedule/learning.js';
import type { Questions } from './schedule/questions.js';
import type { TopicTile } from './topic-tiles.js';

/** Where a training begins. */
export interface WarmStart {
  readonly priors: Priors;
  /** The words of its tiles. */
  readonly words: Ids;
  /** All topics, in order. */
  tiles(): AsyncIterable<TopicTile>;
}

/** Entries that go out at a time. */
const MOST_ENTRIES = 2 ** 16;

/** Every shard gets its copies of the rows. */
export async function shareRows(questions: Questions, { words: { parts } }: Layout): Promise<void> {
  await questions.turn(Operation.Share, parts + 1);
}

/** `hasCopies`: shards draw from copies. Words that the model does not have keep random first topics. */
export async function drawFromModel(questions: Questions, layout: Layout, corpus: Corpus, warm: WarmStart, hasCopies: boolean): Promise<void> {
  const { words: { parts, positionOf } } = layout;
  const positions = Float64Array.from(warm.words, (word) => {
    const index = corpus.words.indexOf(word);
    return index < 0 ? -1 : positionOf[index];
  });
  if (positions.every((position) => position < 0)) throw new DataError(`the model to start from knows none of the words of these documents; its own are like ${JSON.stringify(warm.words.of(0))}. Start without it, or name words alike (--vocab FILE gives the words of ids)`);
  for await (const { first, starts, words, tokens } of warm.tiles()) {
    for (let topic = 0; topic + 1 < starts.length; topic++) {
      const known = Array.from({ length: starts[topic + 1] - starts[topic] }, (_, e) => starts[topic] + e).filter((e) => positions[words[e]] >= 0);
      for (let at = 0; at < known.length; at += MOST_ENTRIES) {
        const entries = known.slice(at, at + MOST_ENTRIES);
        await questions.ask(Operation.WriteTopic, [first + topic, ...entries.map((e) => positions[words[e]])], Float64Array.from(entries, (e) => tokens[e]));
      }
    }
  }
  await questions.ask(Operation.SetRows);
  if (hasCopies) await shareRows(questions, layout);
  await questions.turn(Operation.Draw, parts);
  await questions.ask(Operation.Empty);
}
