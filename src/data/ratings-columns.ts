/**
 * Which fields of a record are the user, the item, the rating and the time. In: the first record. Out: the place of
 * each, by the names of a header or by their order: user, item, rating, time.
 */
import { DataError } from './dataset.js';
import { parseNumber, quoted } from './number.js';

/** Places from 0; null for what a file does not have. Without ratings every one is 1. */
export interface RatingColumns {
  readonly user: number;
  readonly item: number;
  readonly rating: number | null;
  readonly time: number | null;
  /** Names of all columns where the first record is a header. */
  readonly names: readonly string[] | null;
}

export interface FirstRecord {
  readonly file: string;
  readonly line: number;
  readonly cells: readonly string[];
}

type Role = 'user' | 'item' | 'rating' | 'time';

/** What each role is called, in lower case and without blanks, "_", "-" and ".". */
const NAMES: readonly (readonly [Role, RegExp])[] = [
  ['user', /^(u|user|customer|reviewer)(id)?$/],
  ['item', /^((i|item|movie|product|book|track|song|artist)(id)?|asin|isbn)$/],
  ['rating', /^(.*rating|ratings|score|value|count|counts|stars|plays|playcount)$/],
  ['time', /^(timestamp|time|date|datetime)$/],
];
const IN_ORDER: readonly Role[] = ['user', 'item', 'rating', 'time'];

const NO_RATING = /^(\?|na|n\/a|nan|null|none|-|\.|[-+]?inf(inity)?)?$/i;

/** DataError when the columns cannot be told. */
export function columnsOf(first: FirstRecord): RatingColumns {
  const { cells } = first;
  if (cells.length < 2) throw fault(first, `found 1 column (${quoted(cells[0])})`, 'Separate user, item and rating by commas, tabs, semicolons, "::" or blanks');
  const roles = cells.map(roleOf);
  if (roles.includes('user') && roles.includes('item')) return columnsByName(first, roles);
  if (!isHeader(cells, roles)) return columnsInOrder(first, null);
  const misplaced = roles.findIndex((role, at) => role !== null && role !== IN_ORDER[at]);
  if (misplaced >= 0) {
    throw fault(first, `found a header that names the ${roles[misplaced]} (${quoted(cells[misplaced])}) but not both user and item`, 'Name the columns user, item, rating and timestamp');
  }
  return columnsInOrder(first, cells);
}

function roleOf(cell: string): Role | null {
  const name = cell.toLowerCase().replace(/[\s_.-]/g, '');
  return NAMES.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}

/** Names hold no numbers; and where a rating should be there is none, or a column is called what columns are called. */
function isHeader(cells: readonly string[], roles: readonly (Role | null)[]): boolean {
  if (cells.some((cell) => !Number.isNaN(parseNumber(cell)))) return false;
  return cells.length > 2 ? !NO_RATING.test(cells[2]) : roles.some((role, at) => role !== null && role === IN_ORDER[at]);
}

function columnsInOrder(first: FirstRecord, names: readonly string[] | null): RatingColumns {
  const width = first.cells.length;
  if (width > IN_ORDER.length) throw fault(first, `found ${width} columns, and no header that names user and item`, 'Add such a header, or leave out the other columns');
  return { user: 0, item: 1, rating: width > 2 ? 2 : null, time: width > 3 ? 3 : null, names };
}

/** A column without a known name is the rating where it is the only one and no other is. */
function columnsByName(first: FirstRecord, roles: readonly (Role | null)[]): RatingColumns {
  const [user, item, rating, time] = IN_ORDER.map((role) => placeOf(first, roles, role));
  const unnamed = roles.flatMap((role, at) => (role === null ? [at] : []));
  if (rating === null && unnamed.length > 1) {
    throw fault(first, `found columns ${unnamed.map((at) => quoted(first.cells[at])).join(', ')} beside user and item, and none named rating`, 'Name the column of the ratings so');
  }
  return { user: user!, item: item!, rating: rating ?? unnamed[0] ?? null, time, names: first.cells };
}

function placeOf({ file, line, cells }: FirstRecord, roles: readonly (Role | null)[], role: Role): number | null {
  const places = roles.flatMap((found, at) => (found === role ? [at] : []));
  if (places.length > 1) {
    throw new DataError(`${file}, line ${line}: found ${places.map((at) => quoted(cells[at])).join(' and ')} in the header, expected one column for the ${role}. Rename the others`);
  }
  return places[0] ?? null;
}

function fault({ file, line }: FirstRecord, found: string, remedy: string): DataError {
  return new DataError(`${file}, line ${line}: ${found}, expected user, item and, where there are any, rating and timestamp. ${remedy}`);
}
