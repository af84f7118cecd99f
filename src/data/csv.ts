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
  await steps.return(undefined);
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
  private head: CsvHead | null = null;
  private plan!: ColumnPlan;
  private collected!: DenseChunks;

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
    while (this.head === null) {
      if ((await this.steps.next()).done) throw new DataError(`${this.source.file}: no line holds data; expected rows of numbers. Check that the file was written completely`);
    }
  }

  async *chunks(): AsyncGenerator<ParsedChunk> {
    do yield* drain(this.collected.ready);
    while (!(await this.steps.next()).done);
    if (this.rows === 0) {
      throw new DataError(`${this.source.file}: nothing follows the header on line ${this.head!.line}; expected rows of numbers. Add --no-header if that line is data`);
    }
    this.collected.flush();
    yield* drain(this.collected.ready);
  }

  private take(cells: readonly string[], line: number): void {
    if (this.head === null) {
      this.head = this.headOf(cells, line);
      this.plan = this.planner(this.head);
      this.collected = new DenseChunks(this.plan.positions.length, this.plan.target !== null);
      if (this.head.names !== null) return;
    }
    const head = this.head;
    if (cells.length !== head.width) throw this.ragged(head, cells.length, line);
    this.collected.append((values, offset) => this.parseRow(head, cells, line, values, offset));
  }

  private headOf(cells: readonly string[], line: number): CsvHead {
    const names = isHeader(cells, this.header) ? cells.map((cell) => cell.trim()) : null;
    return { file: this.source.file, line, width: cells.length, names };
  }

  private parseRow(head: CsvHead, cells: readonly string[], line: number, values: Float64Array, offset: number): number {
    const { positions, target } = this.plan;
    for (let j = 0; j < positions.length; j++) {
      const value = parseNumber(cells[positions[j]]);
      if (value !== value) throw this.badCell(head, cells, line, positions[j]);
      values[offset + j] = value;
    }
    if (target === null) return 0;
    const value = parseNumber(cells[target]);
    if (value !== value) throw this.badTarget(head, cells[target], line, target);
    return value;
  }

  private ragged(head: CsvHead, found: number, line: number): DataError {
    const first = head.names === null ? 'the first row' : 'the header';
    return new DataError(`${this.source.file}, line ${line}: found ${found} cell${found === 1 ? '' : 's'}, expected ${head.width} as in ${first} (line ${head.line}). Correct the line`);
  }

  private badCell(head: CsvHead, cells: readonly string[], line: number, at: number): DataError {
    const bad = this.plan.positions.filter((position) => Number.isNaN(parseNumber(cells[position])));
    const listed = bad.length > 40 ? `${bad.slice(0, 40).join(',')},…` : bad.join(',');
    const others = bad.length > 1 ? `; ${bad.length - 1} more such cell${bad.length > 2 ? 's' : ''} on this line` : '';
    const remedy = this.plan.remedy ?? `Fill in or remove the row, or leave out the column${bad.length > 1 ? 's' : ''} with --ignore-columns ${listed}`;
    return new DataError(`${cellFault(head, cells[at], line, at)}${others}. ${remedy}`);
  }

  private badTarget(head: CsvHead, cell: string, line: number, at: number): DataError {
    return new DataError(`${cellFault(head, cell, line, at)} for the target. Fill in or remove the row, or choose another --target-column`);
  }
}

function cellFault(head: CsvHead, cell: string, line: number, at: number): string {
  const found = cell.trim() === '' ? 'an empty cell' : `${quoted(cell)}${MISSING.test(cell) ? ' (a missing value)' : ''}`;
  return `${head.file}, line ${line}, ${columnLabel(head, at)}: found ${found}, expected a finite number`;
}
