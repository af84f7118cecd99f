/**
 * The folder of a topic model. In: a model as it comes, some topics at a time, so that one larger than memory can be written. Out:
 *   model.json           what is known of the training (summary.ts)
 *   phi.safetensors      `phi` f32 [topics × vocabulary], `alpha` f64 [topics], `beta` f64 [1]: all that other programs need
 *   counts.safetensors   the counts that phi comes from, which is what strads itself reads: `totals` f64 [topics]; `lengths` u32 [topics],
 *                        how many words a topic has; `words` u32 and `counts` f32, topic by topic, words ascending
 *   vocabulary.txt       the words, a line each: line i is column i of phi (from 0); one with a comma or a quote is quoted
 *   topics.tsv           for people and spreadsheets: topic, alpha, tokens, coherence, most probable words
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArrayFile } from '../../src/data/array-file.js';
import { writeIds } from '../../src/data/ids-file.js';
import type { Ids } from '../../src/data/ids.js';
import { tensorHead, type TensorEntry } from '../../src/data/safetensors-header.js';
import { Spool } from '../../src/data/spool.js';
import { fillPhi } from './phi.js';
import type { Priors } from './schedule/learning.js';
import type { LdaSummary } from './summary.js';
import { describeTopic, type TopicDescription } from './topic-description.js';
import type { TopicTile } from './topic-tiles.js';
import { TopWords, TOP_WORDS } from './top-words.js';

/** A topic model as it is written. */
export interface LdaContent {
  readonly summary: LdaSummary;
  readonly words: Ids;
  readonly priors: Priors;
  /** Tokens of each topic. */
  readonly totals: Float64Array;
  /** Coherence of each topic (coherence.ts); NaN for a topic of fewer than two words. */
  readonly coherences: Float64Array;
  /** All topics, in order, any number of times. */
  tiles(): AsyncIterable<TopicTile>;
}

export const FILES = {
  summary: 'model.json',
  phi: 'phi.safetensors',
  counts: 'counts.safetensors',
  vocabulary: 'vocabulary.txt',
  topics: 'topics.tsv',
} as const;

/** What to do about a folder whose files don't say the same. */
export const REPAIR = 'The folder is damaged or mixes two models: copy all of it again, or train again';

export type TensorDescription = readonly [name: string, Pick<TensorEntry, 'dtype' | 'shape'>];

export function describePhi({ topics, vocabulary }: Pick<LdaSummary, 'topics' | 'vocabulary'>): TensorDescription[] {
  return [
    ['alpha', { dtype: 'F64', shape: [topics] }],
    ['beta', { dtype: 'F64', shape: [1] }],
    ['phi', { dtype: 'F32', shape: [topics, vocabulary] }],
  ];
}

/** `entries`: words of all topics. */
export function describeCounts({ topics }: Pick<LdaSummary, 'topics'>, entries: number): TensorDescription[] {
  return [
    ['totals', { dtype: 'F64', shape: [topics] }],
    ['lengths', { dtype: 'U32', shape: [topics] }],
    ['words', { dtype: 'U32', shape: [entries] }],
    ['counts', { dtype: 'F32', shape: [entries] }],
  ];
}

/** Writes all files into a folder that exists or not. Memory: a tile, a slab of phi, and what `content` itself holds. */
export async function writeLdaModel(folder: string, content: LdaContent): Promise<void> {
  await mkdir(folder, { recursive: true });
  const topWords = await writeTopics(folder, content);
  await writeIds(join(folder, FILES.vocabulary), content.words);
  await writeFile(join(folder, FILES.topics), topicLines(content, topWords));
  await writeFile(join(folder, FILES.summary), `${JSON.stringify(content.summary, null, 2)}\n`);
}

/** In one pass over the topics: how many words there are in all is known at its end, so what lies behind that number waits. */
async function writeTopics(folder: string, content: LdaContent): Promise<TopWords> {
  const { summary, priors, totals } = content;
  const topWords = new TopWords(summary.topics, TOP_WORDS);
  const lengths = new Uint32Array(summary.topics);
  const waiting = new Spool();
  try {
    const entriesOf: number[] = [];
    await writeArrays(join(folder, FILES.phi), describePhi(summary), async (tensors) => {
      await tensors.append(priors.alpha);
      await tensors.append(Float64Array.of(priors.beta));
      for await (const tile of content.tiles()) {
        const counts = Float32Array.from(tile.tokens);
        await appendPhi(tensors, content, { ...tile, counts });
        note(tile, counts, lengths, topWords);
        waiting.append(new Uint8Array(tile.words.slice().buffer));
        waiting.append(new Uint8Array(counts.buffer));
        entriesOf.push(counts.length);
      }
    });
    const entries = lengths.reduce((sum, length) => sum + length, 0);
    await writeArrays(join(folder, FILES.counts), describeCounts(summary, entries), async (tensors) => {
      await tensors.append(totals);
      await tensors.append(lengths);
      for (const [tile, count] of entriesOf.entries()) await tensors.append(new Uint32Array(waiting.read(2 * tile, 0, 4 * count)));
      for (const [tile, count] of entriesOf.entries()) await tensors.append(new Float32Array(waiting.read(2 * tile + 1, 0, 4 * count)));
    });
    return topWords;
  } finally {
    waiting.close();
  }
}

/** What a tile adds to the lengths and the top words. */
function note({ first, starts, words }: TopicTile, counts: Float32Array, lengths: Uint32Array, topWords: TopWords): void {
  for (let t = 0; t + 1 < starts.length; t++) {
    lengths[first + t] = starts[t + 1] - starts[t];
    for (let e = starts[t]; e < starts[t + 1]; e++) topWords.add(first + t, words[e], counts[e]);
  }
}

/** Numbers of phi that are written at a time, where a topic does not have more. */
const SLAB = 2 ** 20;

async function appendPhi(tensors: ArrayFile, { words: { count: vocabulary }, priors: { beta }, totals }: LdaContent, { first, starts, words, counts }: Omit<TopicTile, 'tokens'> & { readonly counts: Float32Array }): Promise<void> {
  const topics = starts.length - 1;
  const most = Math.max(1, Math.floor(SLAB / vocabulary));
  for (let begin = 0; begin < topics; begin += most) {
    const end = Math.min(topics, begin + most);
    const slab = new Float32Array((end - begin) * vocabulary);
    for (let t = begin; t < end; t++) {
      const row = slab.subarray((t - begin) * vocabulary, (t - begin + 1) * vocabulary);
      const own = { words: words.subarray(starts[t], starts[t + 1]), counts: counts.subarray(starts[t], starts[t + 1]) };
      fillPhi(row, own, totals[first + t], { beta, vocabulary });
    }
    await tensors.append(slab);
  }
}

async function writeArrays(file: string, tensors: readonly TensorDescription[], fill: (array: ArrayFile) => Promise<void>): Promise<void> {
  const array = await ArrayFile.create(file, tensorHead(tensors));
  try {
    await fill(array);
    await array.end();
  } finally {
    await array.close();
  }
}

export const TOPIC_COLUMNS: readonly string[] = ['topic', 'alpha', 'tokens', 'coherence', 'words'];

function topicLines(content: LdaContent, topWords: TopWords): string {
  const lines = Array.from(content.totals, (_, topic) => topicLine(describeTopic(content, topic, topWords.of(topic))));
  return [TOPIC_COLUMNS.join('\t'), ...lines, ''].join('\n');
}

/** Blanks within a word become underscores, so that a blank ends a word and a line a topic. */
function topicLine({ topic, alpha, tokens, coherence, words }: TopicDescription): string {
  return [topic, alpha, tokens, coherence ?? '', words.map(({ word }) => word.replaceAll(/\s/g, '_')).join(' ')].join('\t');
}
