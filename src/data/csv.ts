/**
 * CSV files. In: a source and a plan of its columns. Out: a dense reader; every cell that the plan names must be a
 * finite number, every row as long as the first.
 */
import { DenseChunks, drain, type ParsedChunk } from './chunks.js';
import { columnLabel, type ColumnPlan, type CsvHead, type Planner } from './csv-columns.js';
import { csvRecords } from './csv-records.js';
import { DataError } from './dataset.js';
import { parseNumber, quoted } from './number.js';
import type { Reader } from './reader.js';
import type { Source } from './source.js';

/** Texts that stand for a value nobody knows. */
const MISSING = /^\s*(\?|na|n\/a|#n\/a|nan|null|none|-|\.)?\s*$/i;
const INFINITE = /^\s*[-+]?inf(inity)?\s*$/i;

/** Reads as far as the columns are known. `header`: whether the first row names them; undefined to recognize it. */
export async function openCsv(source: Source, header: boolean | undefined, plan: Planner): Promise<Reader> {
  const reader = new CsvReader(source, header, plan);
  await reader.begin();
  return reader;
}

/** Line on which a row of the matrix (from 0) ends; null when there is no such row. */
export async function lineOfRow(source: Source, header: boolean | undefined, row: number): Promise<number | null> {
  let found: number | null = null;
  let next: number | null = null;
  const steps = csvRecords(source, (cells, line) => {
    next ??= isHeader(cells, header) ? -1 : 0;
    if (next++ === row) found = line;
  });
  while (found === null && !(await steps.next()).done);
  await steps.return();
  return found;
}

/** A first row with a cell that is neither a number nor a missing one names the columns. */
function isHeader(cells: readonly string[], header: boolean | undefined): boolean {
  return header ?? cells.some((cell) => Number.isNaN(parseNumber(cell)) && !MISSING.test(cell) && !INFINITE.test(cell));
}

class CsvReader implements Reader {
  readonly kind = 'dense';
  readonly ignoredEntries = 0;
  private readonly steps: AsyncGenerator<void>;
  private head!: CsvHead;
  private plan!: ColumnPlan;
  private collected!: DenseChunks;
  private headLine = 0;

  constructor(
    private readonly source: Source,
    private readonly header: boolean | undefined,
    private readonly planner: Planner,
  ) {
    this.steps = csvRecords(source, (cells, line) => this.take(cells, line));
  }

  get rows(): number {
    return this.collected.rows;
  }

  get columns(): number {
    return this.plan.positions.length;
  }

  get columnNames(): readonly string[] | null {
    return this.plan.names;
  }

  get ignoredColumns(): number {
    return this.plan.ignored;
  }

  async begin(): Promise<void> {
    while (this.headLine === 0) {
      if ((await this.steps.next()).done) throw new DataError(`${this.source.file}: no line holds data; expected rows of numbers. Check that the file was written completely`);
    }
  }

  async *chunks(): AsyncGenerator<ParsedChunk> {
    do yield* drain(this.collected.ready);
    while (!(await this.steps.next()).done);
    if (this.rows === 0) {
      throw new DataError(`${this.source.file}: nothing follows the header on line ${this.headLine}; expected rows of numbers. Add --no-header if that line is data`);
    }
    this.collected.flush();
    yield* drain(this.collected.ready);
  }

  private take(cells: readonly string[], line: number): void {
    if (this.headLine === 0) {
      this.headLine = line;
      if (this.takeHead(cells)) return;
    }
    if (cells.length !== this.head.width) throw this.ragged(cells.length, line);
    this.collected.append((values, offset) => this.parseRow(cells, line, values, offset));
  }

  /** Returns whether the row was a header. */
  private takeHead(cells: readonly string[]): boolean {
    const named = isHeader(cells, this.header);
    this.head = { file: this.source.file, width: cells.length, names: named ? cells.map((cell) => cell.trim()) : null };
    this.plan = this.planner(this.head);
    this.collected = new DenseChunks(this.plan.positions.length, this.plan.target !== null);
    return named;
  }

  private parseRow(cells: readonly string[], line: number, values: Float64Array, offset: number): number {
    const { positions, target } = this.plan;
    for (let j = 0; j < positions.length; j++) {
      const value = parseNumber(cells[positions[j]]);
      if (value !== value) throw this.badCell(cells, line, positions[j]);
      values[offset + j] = value;
    }
    if (target === null) return 0;
    const value = parseNumber(cells[target]);
    if (value !== value) throw this.badTarget(cells[target], line, target);
    return value;
  }

  private ragged(found: number, line: number): DataError {
    const first = this.head.names === null ? 'the first row' : 'the header';
    return new DataError(`${this.source.file}, line ${line}: found ${found} cell${found === 1 ? '' : 's'}, expected ${this.head.width} as in ${first} (line ${this.headLine}). Correct the line`);
  }

  private badCell(cells: readonly string[], line: number, at: number): DataError {
    const bad = this.plan.positions.filter((position) => Number.isNaN(parseNumber(cells[position])));
    const others = bad.length > 1 ? `; ${bad.length - 1} more such cell${bad.length > 2 ? 's' : ''} on this line` : '';
    return new DataError(`${this.cellFault(cells[at], line, at)}${others}. Fill in or remove the row, or leave out the column${bad.length > 1 ? 's' : ''} with --ignore-columns ${bad.join(',')}`);
  }

  private badTarget(cell: string, line: number, at: number): DataError {
    return new DataError(`${this.cellFault(cell, line, at)} for the target. Fill in or remove the row, or choose another --target-column`);
  }

  private cellFault(cell: string, line: number, at: number): string {
    const found = cell.trim() === '' ? 'an empty cell' : `${quoted(cell)}${MISSING.test(cell) ? ' (a missing value)' : ''}`;
    return `${this.source.file}, line ${line}, ${columnLabel(this.head, at)}: found ${found}, expected a finite number`;
  }
}
