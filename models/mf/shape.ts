/**
 * How factors lie in memory. A row is `stride` float32: the factors, padded with zeros to a multiple of 4, then with
 * biases (b_i, 1, 0, 0) for a user and (1, c_j, 0, 0) for an item, so that the dot of two rows is the whole prediction
 * less the mean: w_i · h_j + b_i + c_j.
 */

export type Side = 'user' | 'item';
/** In the order in which tasks number them. */
export const SIDES: readonly Side[] = ['user', 'item'];

export interface Shape {
  /** Factors of a row. */
  readonly rank: number;
  /** `rank`, padded to a multiple of 4: the column of the user bias. */
  readonly ranks: number;
  /** Numbers of a row, a multiple of 4. */
  readonly stride: number;
  readonly biases: boolean;
}

/** A column that no row has. */
export const NO_COLUMN = 0xffff_ffff;

const LANES = 4;

export function shapeOf(rank: number, biases: boolean): Shape {
  const ranks = Math.ceil(rank / LANES) * LANES;
  return { rank, ranks, stride: biases ? ranks + LANES : ranks, biases };
}

/** The column of a side's rows that is the constant 1: it faces the other side's bias. */
export function fixedColumn({ ranks, biases }: Shape, side: Side): number {
  if (!biases) return NO_COLUMN;
  return side === 'user' ? ranks + 1 : ranks;
}

/** The column of a side's own bias. */
export function biasColumn({ ranks, biases }: Shape, side: Side): number {
  if (!biases) return NO_COLUMN;
  return side === 'user' ? ranks : ranks + 1;
}

/** The columns that training changes on one side or both, biases first. */
export function trainedColumns({ rank, ranks, biases }: Shape): number[] {
  return [...(biases ? [ranks, ranks + 1] : []), ...Array.from({ length: rank }, (_, column) => column)];
}
