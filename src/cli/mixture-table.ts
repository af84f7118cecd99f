/**
 * Topic weights of documents as CSV. In: mixtures, batch by batch. Out: a line a document, in their order: the weights of all topics, or the
 * largest as topic:weight; before them the document's name where it has one.
 */
import type { InferredBatch } from '../../models/lda/infer.js';
import { quoteCsv } from '../data/csv-out.js';
import type { PredictionLines, PredictionTable } from './prediction-file.js';

export interface MixtureFormat {
  readonly topics: number;
  /** Largest topics to tell; all weights where it is not given. */
  readonly top: number | undefined;
  readonly names: readonly string[] | null;
}

/** float32 weights are good to this many digits. */
const DIGITS = 6;

export function mixtureTable(batches: AsyncIterable<InferredBatch>, { topics, top, names }: MixtureFormat): PredictionTable {
  const columns = top === undefined ? Array.from({ length: topics }, (_, k) => `topic_${k}`) : Array.from({ length: Math.min(top, topics) }, (_, at) => `top_${at + 1}`);
  const cells = top === undefined ? allWeights : (mixture: Float32Array) => largestWeights(mixture, top);
  return { columns: [...(names === null ? [] : ['document']), ...columns].join(','), blocks: blocksOf(batches, topics, cells, names) };
}

async function* blocksOf(batches: AsyncIterable<InferredBatch>, topics: number, cells: (mixture: Float32Array) => string, names: readonly string[] | null): AsyncGenerator<PredictionLines> {
  for await (const { first, count, mixtures } of batches) {
    let text = '';
    for (let d = 0; d < count; d++) {
      const name = names === null ? '' : `${quoteCsv(names[first + d])},`;
      text += `${name}${cells(mixtures.subarray(d * topics, (d + 1) * topics))}\n`;
    }
    yield { text, count };
  }
}

function allWeights(mixture: Float32Array): string {
  return Array.from(mixture, weightText).join(',');
}

/** Largest first, of equal ones the lower topic. */
function largestWeights(mixture: Float32Array, top: number): string {
  const order = Array.from(mixture, (_, topic) => topic).sort((a, b) => mixture[b] - mixture[a] || a - b);
  return order.slice(0, top).map((topic) => `${topic}:${weightText(mixture[topic])}`).join(',');
}

/** 0.1 in place of 0.10000000149011612. */
function weightText(weight: number): string {
  return String(Number(weight.toPrecision(DIGITS)));
}
