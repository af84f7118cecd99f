/**
 * Which cells of a CSV row become the matrix. In: the header (or only the width) and what the user asked for.
 * Out: for every column of the matrix its place in the row, and the place of the target.
 */
import { DataError } from './dataset.js';
import { quoted } from './number.js';

/** A column by name, by index from 0 (from the end when negative), or 'last'. */
export type ColumnRef = string | number;

/** What is known before the first row of numbers. */
export interface CsvHead {
  readonly file: string;
  /** Line of the first row, and its number of cells. */
  readonly line: number;
  readonly width: number;
  /** Null when the file has no header. */
  readonly names: readonly string[] | null;
}

export interface ColumnPlan {
  /** Place in the row of every matrix column. */
  readonly positions: readonly number[];
  readonly target: number | null;
  readonly names: readonly string[] | null;
  /** Columns that are in the file and were not mentioned by anybody. */
  readonly ignored: number;
  /** What to do about a cell that is no number, where leaving out its column is no way. */
  readonly remedy?: string;
}

export type Planner = (head: CsvHead) => ColumnPlan;

export interface ColumnChoice {
  readonly targetColumn?: ColumnRef | undefined;
  readonly ignoreColumns?: readonly ColumnRef[] | undefined;
}

/** Every column but the target and the ignored ones. */
export function trainingPlan({ targetColumn, ignoreColumns = [] }: ColumnChoice): Planner {
  return (head) => {
    const target = targetColumn === undefined ? null : targetPosition(head, targetColumn);
    const ignored = new Set(ignoreColumns.flatMap((ref) => positionsOf(head, ref)));
    if (target !== null && ignored.has(target)) {
      throw new DataError(`${head.file}: ${columnLabel(head, target)} is the target and is to be ignored as well. Leave it out of --ignore-columns`);
    }
    const positions = range(head.width).filter((at) => at !== target && !ignored.has(at));
    if (positions.length === 0) {
      throw new DataError(`${head.file}: of ${counted(head.width, 'column')} none is left for the matrix, expected at least one. Check the delimiter and --ignore-columns`);
    }
    return { positions, target, names: namesAt(head, positions), ignored: 0 };
  };
}

/** The only column; `what` it holds. */
export function vectorPlan(what: string): Planner {
  return ({ file, width, names }) => {
    if (width !== 1) throw new DataError(`${file}: found a CSV of ${width} columns, expected one column. Give a file with the ${what} alone`);
    return { positions: [0], target: null, names, ignored: 0, remedy: 'Correct the value' };
  };
}

/**
 * The columns a model was trained on: by name where model and file have names, else by place. The columns of the
 * training's target and ignored columns may be there or not.
 */
export function predictionPlan(features: number, columns: readonly string[] | null, choice: ColumnChoice): Planner {
  return (head) => (columns !== null && head.names !== null ? planByName(head, columns, choice) : planByPlace(head, features, choice));
}

function planByName(head: CsvHead, columns: readonly string[], choice: ColumnChoice): ColumnPlan {
  const places = placesByName(head.names!);
  const missing: string[] = [];
  const positions = columns.map((name) => {
    const at = places.get(name)?.shift();
    if (at === undefined) missing.push(name);
    return at ?? -1;
  });
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more that the model was trained on` : '';
    throw new DataError(`${head.file}, line ${head.line}: found ${counted(head.width, 'column')} but none named ${quoted(missing[0])}${more}, expected all ${columns.length} of the model. Add what is missing or correct the header`);
  }
  const named = new Set([...positions, ...mentioned(head, choice)]);
  return { positions, target: null, names: columns, ignored: head.width - named.size };
}

function planByPlace(head: CsvHead, features: number, choice: ColumnChoice): ColumnPlan {
  const without = mentioned(head, choice);
  const rest = range(head.width).filter((at) => !without.has(at));
  const positions = rest.length === features ? rest : range(head.width);
  if (positions.length !== features) {
    throw new DataError(`${head.file}: found ${counted(head.width, 'column')}, expected the ${features} that the model was trained on, in the same order. Give the same columns; those with other roles go to --ignore-columns`);
  }
  return { positions, target: null, names: namesAt(head, positions), ignored: 0 };
}

/** Columns with a role of their own in training, where this file has them. */
function mentioned(head: CsvHead, { targetColumn, ignoreColumns = [] }: ColumnChoice): Set<number> {
  const refs = targetColumn === undefined ? ignoreColumns : [targetColumn, ...ignoreColumns];
  return new Set(refs.flatMap((ref) => findPositions(head, ref)));
}

function targetPosition(head: CsvHead, ref: ColumnRef): number {
  const positions = positionsOf(head, ref);
  if (positions.length > 1) {
    throw new DataError(`${head.file}, line ${head.line}: ${positions.length} columns are named ${quoted(String(ref))} (indices ${positions.join(', ')}), expected one target. Give --target-column its index`);
  }
  return positions[0];
}

function positionsOf(head: CsvHead, ref: ColumnRef): number[] {
  const positions = findPositions(head, ref);
  if (positions.length > 0) return positions;
  const known = head.names === null ? `${counted(head.width, 'column')} without a header` : `${counted(head.width, 'column')}: ${listed(head.names)}`;
  throw new DataError(`${head.file}, line ${head.line}: there is no column ${quoted(String(ref))}; found ${known}. Give a name from the header, an index from 0 to ${head.width - 1} (negative: from the end) or "last"`);
}

/** A name in the header wins over an index, an index over 'last'. */
function findPositions(head: CsvHead, ref: ColumnRef): number[] {
  if (typeof ref === 'string') {
    const named = range(head.width).filter((at) => head.names?.[at] === ref);
    if (named.length > 0) return named;
    if (ref === 'last') return [head.width - 1];
    if (!/^-?\d+$/.test(ref)) return [];
  }
  const index = Number(ref);
  const position = index < 0 ? head.width + index : index;
  return Number.isInteger(position) && position >= 0 && position < head.width ? [position] : [];
}

/** Equal names are told apart by their order: the model's second "x" is the file's second "x". */
function placesByName(names: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [at, name] of names.entries()) {
    const same = places.get(name);
    if (same === undefined) places.set(name, [at]);
    else same.push(at);
  }
  return places;
}

/** How a message calls a column. */
export function columnLabel(head: CsvHead, at: number): string {
  return head.names === null ? `column index ${at}` : `column ${quoted(head.names[at])} (index ${at})`;
}

function namesAt(head: CsvHead, positions: readonly number[]): string[] | null {
  return head.names === null ? null : positions.map((at) => head.names![at]);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(quoted).join(', ');
  return names.length > 5 ? `${shown}, …` : shown;
}
