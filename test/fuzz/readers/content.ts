/** What readers give, written out so that two readings can be compared. */
import type { Corpus, Documents } from '../../../src/data/corpus.js';
import type { MatrixChunk } from '../../../src/data/dataset.js';
import type { Ratings } from '../../../src/data/ratings.js';

export interface MatrixContent {
  readonly kind: 'dense' | 'sparse';
  readonly rows: number;
  readonly columns: number;
  readonly names: readonly string[] | null;
  /** Values in row-major order; of a sparse matrix row, column, value of each entry in the order of the file. */
  readonly values: readonly number[];
  readonly target: readonly number[] | null;
}

export async function valuesOf(kind: 'dense' | 'sparse', chunks: AsyncIterable<MatrixChunk>): Promise<number[]> {
  const values: number[] = [];
  for await (const chunk of chunks) {
    if (chunk.kind !== kind) throw new TypeError(`a ${chunk.kind} chunk in a ${kind} matrix`);
    if (chunk.kind === 'dense') for (const value of chunk.values) values.push(value);
    else for (let e = 0; e < chunk.values.length; e++) values.push(chunk.rows[e]!, chunk.columns[e]!, chunk.values[e]!);
  }
  return values;
}

export function ratingsContent({ users, items, userOf, itemOf, values, times, count, duplicates }: Ratings): unknown {
  return { users: [...users], items: [...items], userOf, itemOf, values, times, count, duplicates };
}

export function documentsContent(documents: Documents): unknown {
  const batches = [...documents.batches()].map(({ first, starts, words, counts }) => ({ first, starts, words, counts }));
  const { count, tokens, words, hasVocabulary, replacedBytes, skippedFiles } = documents;
  const nameless = documents.names?.length ?? null;
  documents.close();
  return { count, tokens, words: [...words], hasVocabulary, replacedBytes, skippedFiles, files: nameless, batches };
}

export function corpusContent(corpus: Corpus): unknown {
  return { count: corpus.count, tokens: corpus.tokens, words: [...corpus.words], batches: [...corpus.batches()] };
}
