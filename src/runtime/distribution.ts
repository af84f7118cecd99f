/**
 * How a program's data become shards. In: a matrix and a recipe. Out: the shards' parts, each with its shard.
 * The cut is a pure function of the two, so that it can be made wherever the file lies, with the same bits.
 */
import type { Matrix } from '../data/dataset.js';
import type { ShardPart } from '../program.js';

export interface AddressedPart {
  readonly shard: number;
  readonly part: ShardPart;
}

/** What a cut needs beside the matrix: a few numbers a row, which the scheduler sends to whoever cuts. */
export interface Recipe {
  /** JSON-serializable: number of shards, flags. */
  readonly description: unknown;
  /** Target, row weights, fold ids; order and meaning belong to the program. One that is absent is empty. */
  readonly arrays: ShardPart;
}

/** The same matrix and recipe give the same parts in the same order: no clock, no state, nothing of the machine. */
export type Distribution = (matrix: Matrix, recipe: Recipe) => AsyncIterable<AddressedPart>;

/** Distributions by the name of the program that takes in their parts. */
export type Distributions = ReadonlyMap<string, Distribution>;

/** A matrix about to be cut. */
export interface Cut {
  readonly matrix: Matrix;
  readonly recipe: Recipe;
  readonly distribution: Distribution;
}
