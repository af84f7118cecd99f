/** A user who was not there at training: predictions and recommendations from the row his ratings give him. */
import type { Id } from '../../src/data/ratings.js';
import type { MfModel, RecommendOptions } from './model.js';
import type { FoldedRow } from './fold-in.js';
import type { RankedItem } from './ranking.js';
import { biasColumn, fixedColumn } from './shape.js';

export class FoldedUser {
  /** One a rank, as solved for. */
  readonly factors: Float64Array;
  /** 0 in a model without biases. */
  readonly bias: number;
  readonly #model: MfModel;
  readonly #row: Float32Array;
  readonly #rated: Uint32Array;

  constructor(
    model: MfModel,
    { factors, bias }: FoldedRow,
    /** Item rows of his ratings. */
    rated: Uint32Array,
    /** Items among his ratings that the model doesn't know. */
    readonly unknownItems: number,
  ) {
    this.factors = factors;
    this.bias = bias;
    this.#model = model;
    this.#rated = rated;
    this.#row = new Float32Array(model.shape.stride);
    this.#row.set(factors);
    if (!model.shape.biases) return;
    this.#row[biasColumn(model.shape, 'user')] = bias;
    this.#row[fixedColumn(model.shape, 'user')] = 1;
  }

  /** His rating of each item; mean + his bias for items that the model doesn't know. */
  predict(items: ArrayLike<Id>): Float64Array {
    return this.#model.predictFor(this.#row, items);
  }

  /** The items that are predicted highest, best first; those he has rated only if asked for. */
  recommend({ includeRated = false, ...options }: RecommendOptions = {}): RankedItem[] {
    return this.#model.recommendFor(this.#row, includeRated ? [] : this.#rated, options);
  }
}
