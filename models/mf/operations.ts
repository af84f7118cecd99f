/** What a factorization's scheduler and workers say to each other: operations, channels, descriptions of shards. */
import type { Algorithm } from './options.js';
import type { Shape } from './shape.js';

export const MF_PROGRAM = 'mf';

/** Operations of a task. Those of a turn go round the blocks of items, one step a task; their ids begin with the step. */
export const Operation = {
  /** A turn. ids: step. Gradient descent over the ratings of each shard with its block. */
  Descend: 0,
  /** A turn. ids: step, turn. Normal equations of the users: residuals in turn 0, products in the others; a solver's step ends each turn. */
  SolveUsers: 1,
  /** A turn. ids: step, turn. The same for the items, whose directions and products travel. */
  SolveItems: 2,
  /** The last solver's step for the items, at home. */
  EndItems: 3,
  /** ids: rank, rank before, span, 1 to step and 0 to bring the residuals up to date only. values: the span's columns, then (implicit) the items' Gram column, as float32 (packed.ts). Users' steps at one rank. */
  UserRank: 4,
  /** ids: rank, next rank, span. values: the same unless they are there, with the users' Gram column. Numerators and denominators of the items. */
  ItemRank: 5,
  /** ids: span. values: the span's columns unless they are there. After UserRank without steps: nothing is pending any more. */
  SettleItems: 6,
  /** ids: rank, span. A column of the items' factors, for the scheduler to send round, and their penalties. */
  FetchRank: 7,
  /** ids: rank. What the users have at this rank is pending: a settling takes it off the residuals. */
  RecallRank: 8,
  /** A turn. ids: step. Errors of all sets of ratings. */
  Errors: 9,
  /** A turn. ids: step, n. Best n items of the users that have held-out ratings, and how good they are. */
  Rank: 10,
  /** ids: 0 users or 1 items, first row, rows. Rows of the Gram matrix of their factors; from row 0 to the last, slice by slice. */
  Gram: 11,
  /** ids: first row. values: rows of the Gram matrix of the other side, for the solves to come. */
  SetGram: 12,
  /** Penalty of the objective, both sides. */
  Penalty: 13,
  /** ids: 0 users or 1 items, first position, count. Their rows. */
  ReadRows: 14,
  /** ids: 0 users or 1 items, positions. values: their rows. */
  WriteRows: 15,
  /** Keeps the factors as they are, beside those in training. */
  Keep: 16,
  /** Puts the kept factors back. */
  Restore: 17,
  /** Done when the engines have done all that came before. */
  Finish: 18,
  /** The most bytes each worker held. */
  Memory: 19,
} as const;
export type Operation = (typeof Operation)[keyof typeof Operation];

/** The columns of a span that go with a task: newest and older values at the rank before, values at this rank. */
export const SPAN_COLUMNS = 3;

export const ItemRankChannel = {
  /** By position: value at the next rank, and with implicit feedback the product of the row and the users' Gram column. */
  Columns: 0,
  /** By column: Gram column of the items at the next rank. */
  Gram: 1,
  /** By position: penalty. With FetchRank alone. */
  Penalties: 2,
  /** By position: numerator and denominator, summed over the shards below node n of their tree (shard-tree.ts) on channel Sums + n. */
  Sums: 2,
} as const;
export const SUMS_WIDTH = 2;

export const UserRankChannel = {
  /** By column: Gram column of the users at this rank. */
  Gram: 0,
  /** Key 0: how much the objective fell. */
  Decrease: 1,
} as const;

export const ErrorsChannel = {
  /** By set: sum of squares (implicit: of the observed part of the objective), sum of sizes, count. */
  Errors: 0,
  /** By held-out set: sums of NDCG and recall, users. */
  Ranking: 1,
} as const;
export const ERRORS_WIDTH = 3;

/** Sets of ratings, in the order of their keys. */
export const SETS = ['train', 'validation', 'test'] as const;
export type SetName = (typeof SETS)[number];
export type HeldOutName = Exclude<SetName, 'train'>;

/** What a shard needs to know before its arrays arrive. */
export interface MfShardDescription {
  readonly algorithm: Algorithm;
  readonly shape: Shape;
  readonly implicit: boolean;
  readonly nonNegative: boolean;
  readonly lambda: number;
  readonly penaltyPer: 'ratings' | 'rows';
  readonly rate: number;
  readonly seed: number;
  /** ccd: whether the users' part of what a visit gains is asked for. */
  readonly tellsDecrease: boolean;
  /** Blocks of items a shard holds at a time. */
  readonly blocksAShard: number;
  /** First position of every block, and the number of items. */
  readonly blockStarts: readonly number[];
  /** ccd: first block of every span of items that goes with a task, and the number of blocks. */
  readonly spanStarts: readonly number[];
  /** First position and number of its users. */
  readonly firstUser: number;
  readonly users: number;
  /** Most parts of cut rows in any cell: rows of scratch behind a table. */
  readonly mostCut: number;
  /** Held-out sets that come with the shard. */
  readonly heldOut: readonly HeldOutName[];
}

/**
 * The arrays of a shard. They come in parts [(array, offset, length), data], offset and length in elements; `host` ones stay
 * outside the engine.
 */
export const ARRAYS = [
  'userCounts', 'itemCounts', 'itemIndices',
  'userCells', 'userPieces', 'userIds', 'userValues', 'userConfidence',
  'itemCells', 'itemPieces', 'itemIds', 'itemValues', 'itemConfidence',
  'descentCells', 'descentStarts', 'descentRows', 'descentColumns', 'descentValues',
  'validationCells', 'validationPieces', 'validationIds', 'validationValues',
  'testCells', 'testPieces', 'testIds', 'testValues',
  'validationUsers', 'validationRelevantStarts', 'validationRelevant', 'validationExcludedStarts', 'validationExcluded',
  'testUsers', 'testRelevantStarts', 'testRelevant', 'testExcludedStarts', 'testExcluded',
] as const;
export type ArrayName = (typeof ARRAYS)[number];

/** Numbers of a cell's record in the `…Cells` arrays: the fields of CellIndex. */
export const CELL_FIELDS = 5;
