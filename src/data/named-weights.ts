/**
 * Feature weights by name. In: a CSV whose header is feature,weight, and the names of a matrix's columns. Out: a weight
 * for each column; 1 for those that the file does not name.
 */
import { csvRecords } from './csv-records.js';
import { DataError } from './dataset.js';
import { parseNumber, quoted } from './number.js';
import type { Source } from './source.js';

const HEADER = /^\uFEFF?\s*"?feature"?[,;\t]"?weight"?\s*?(\r?\n|$)/i;

/** Whether a file has that header. */
export function namesFeatures(source: Source): boolean {
  return HEADER.test(source.head.toString('utf8'));
}

/** DataError for a name that is unknown, ambiguous or repeated, and for a weight below 0 or that is no number. */
export async function readNamedWeights(source: Source, columns: number, columnNames: readonly string[] | null): Promise<Float64Array> {
  if (columnNames === null) {
    throw new DataError(`${source.file}: names features, but the columns of the data have no names. Give one weight for each of the ${columns} columns, or data with a header`);
  }
  const weights = new NamedWeights(source.file, columnNames);
  const steps = csvRecords(source, (cells, line) => weights.take(cells, line));
  while (!(await steps.next()).done);
  return weights.values;
}

class NamedWeights {
  readonly values: Float64Array;
  private readonly places: ReadonlyMap<string, number[]>;
  /** Line on which each column was named. */
  private readonly lines = new Map<number, number>();
  private header = true;

  constructor(
    private readonly file: string,
    names: readonly string[],
  ) {
    this.values = new Float64Array(names.length).fill(1);
    this.places = placesOf(names);
  }

  take(cells: readonly string[], line: number): void {
    if (this.header) {
      this.header = false;
      return;
    }
    if (cells.length !== 2) throw this.fault(line, `found ${cells.length} cell${cells.length === 1 ? '' : 's'}, expected a feature and its weight`, 'Correct the line');
    const column = this.columnOf(cells[0].trim(), line);
    const weight = parseNumber(cells[1]);
    if (!(weight >= 0)) throw this.fault(line, `found weight ${quoted(cells[1])}, expected a finite number, 0 or more`, 'Correct the weight');
    this.values[column] = weight;
    this.lines.set(column, line);
  }

  private columnOf(name: string, line: number): number {
    const places = this.places.get(name) ?? [];
    if (places.length === 0) throw this.fault(line, `found feature ${quoted(name)}, expected a column of the data`, 'Correct the name or remove the line');
    if (places.length > 1) throw this.fault(line, `found feature ${quoted(name)}, the name of ${places.length} columns of the data, expected a name that only one has`, 'Give one weight for each column instead');
    const earlier = this.lines.get(places[0]);
    if (earlier !== undefined) throw this.fault(line, `found feature ${quoted(name)} again, expected it once (line ${earlier})`, 'Keep one of these lines');
    return places[0];
  }

  private fault(line: number, found: string, fix: string): DataError {
    return new DataError(`${this.file}, line ${line}: ${found}. ${fix}`);
  }
}

function placesOf(names: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [at, name] of names.entries()) places.set(name, [...(places.get(name) ?? []), at]);
  return places;
}
