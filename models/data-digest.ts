/** What tells the data of one fit from those of another, for checkpoints: the SHA-256 of their numbers. */
import { createHash } from 'node:crypto';
import type { DocumentBatch } from '../src/data/corpus.js';
import type { MatrixChunk } from '../src/data/dataset.js';
import type { RatingArrays } from '../src/data/ratings-store.js';

/** SHA-256 of numbers in the order in which they come. */
export class DataDigest {
  readonly #hash = createHash('sha256');

  add(...arrays: readonly (Uint32Array | Float64Array | Float32Array | null)[]): this {
    for (const array of arrays) {
      this.#hash.update(`${array === null ? 'none' : array.length}\n`);
      if (array !== null) this.#hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    }
    return this;
  }

  addChunk(chunk: MatrixChunk): this {
    return chunk.kind === 'dense' ? this.add(chunk.values) : this.add(chunk.rows, chunk.columns, chunk.values);
  }

  addRatings(ratings: RatingArrays | null): this {
    return ratings === null ? this.add(null) : this.add(ratings.userOf, ratings.itemOf, ratings.values);
  }

  addDocuments(corpus: { batches(): Iterable<DocumentBatch> } | null): this {
    if (corpus === null) return this.add(null);
    for (const { starts, words, counts } of corpus.batches()) this.add(starts, words, counts);
    return this;
  }

  get value(): string {
    return this.#hash.copy().digest('hex');
  }
}
