/** Pairs of users and items to predict for. In: tuples or two lists. Out: rows of the model; for ids it does not know, the row of a newcomer. */
import { DataError } from '../../src/data/dataset.js';
import type { Ids } from '../../src/data/ids.js';
import type { Id } from '../../src/data/ratings.js';

/** Two lists of equal length, or tuples. */
export type PairInput = { readonly users: ArrayLike<Id>; readonly items: ArrayLike<Id> } | Iterable<readonly [user: Id, item: Id]>;

export interface PairRows {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
  /** Pairs whose user, or item, is not in the model. */
  readonly unknownUsers: number;
  readonly unknownItems: number;
}

/** The newcomer's row lies behind those of the ids. DataError for lists of unequal length. */
export function pairRows(input: PairInput, users: Ids, items: Ids): PairRows {
  const lists = listsOf(input);
  const own = rowsOf(lists.users, users);
  const theirs = rowsOf(lists.items, items);
  return { users: own.rows, items: theirs.rows, unknownUsers: own.unknown, unknownItems: theirs.unknown };
}

function listsOf(input: PairInput): { readonly users: ArrayLike<Id>; readonly items: ArrayLike<Id> } {
  if (!(Symbol.iterator in input)) {
    if (input.users.length === input.items.length) return input;
    throw new DataError(`pairs: found ${input.users.length} users and ${input.items.length} items, expected as many of each`);
  }
  const pairs = [...input];
  return { users: pairs.map(([user]) => user), items: pairs.map(([, item]) => item) };
}

/** Rows of a list of ids, and how many of them are not known. */
export function rowsOf(list: ArrayLike<Id>, ids: Ids): { readonly rows: Uint32Array; readonly unknown: number } {
  const rows = Uint32Array.from(list, (id) => {
    const row = ids.indexOf(id);
    return row < 0 ? ids.count : row;
  });
  return { rows, unknown: rows.reduce((count, row) => count + Number(row === ids.count), 0) };
}
