/**
 * MatrixMarket files. In: a source whose first line is the banner. Out: a sparse reader for `coordinate`, a dense
 * one for `array`; real, double, integer and pattern (1 for every entry); general, symmetric and skew-symmetric
 * (both triangles are given out). Format: math.nist.gov/MatrixMarket/formats.html; ids in the file count from 1.
 */
import { drain, SparseChunks, type ParsedChunk } from './chunks.js';
import { DataError } from './dataset.js';
import { linesOf, textBlocks } from './lines.js';
import { HeaderLines, type MarketHeader } from './matrix-market-header.js';
import { parseNumber, quoted } from './number.js';
import { keptColumns, MOST_COLUMNS, type ColumnLimit, type Reader } from './reader.js';
import type { Source } from './source.js';
import { transposedChunks } from './transpose.js';

/** Called for every entry of a coordinate file: ids from 0, the line it stands on. */
export type EntryVisitor = (row: number, column: number, value: number, line: number) => void;

export async function openMatrixMarket(source: Source, limit: ColumnLimit | null): Promise<Reader> {
  const scan = await MarketScan.open(source);
  return scan.header.layout === 'array' ? new ArrayReader(scan, limit) : new CoordinateReader(scan, limit);
}

/** Reads a coordinate file's entries with the lines they stand on. */
export async function visitEntries(source: Source, visit: EntryVisitor): Promise<void> {
  const scan = await MarketScan.open(source);
  for await (const block of scan.blocks()) scan.entries(block, visit);
}

/** What the size line says of the matrix, less the columns that nobody asked for. */
abstract class MarketReader implements Reader {
  abstract readonly kind: Reader['kind'];
  readonly columnNames = null;
  readonly rows: number;
  readonly columns: number;
  readonly ignoredColumns: number;
  ignoredEntries = 0;

  constructor(
    protected readonly scan: MarketScan,
    limit: ColumnLimit | null,
  ) {
    this.rows = scan.header.rows;
    this.columns = scan.limitedColumns(limit);
    this.ignoredColumns = scan.header.columns - this.columns;
  }

  abstract chunks(): AsyncGenerator<ParsedChunk>;
}

class CoordinateReader extends MarketReader {
  readonly kind = 'sparse';

  async *chunks(): AsyncGenerator<ParsedChunk> {
    const collected = new SparseChunks(false);
    for await (const block of this.scan.blocks()) {
      this.scan.entries(block, (row, column, value) => {
        if (column < this.columns) collected.append(row, column, value);
        else this.ignoredEntries++;
      });
      yield* drain(collected.ready);
    }
    collected.flush();
    yield* drain(collected.ready);
  }
}

class ArrayReader extends MarketReader {
  readonly kind = 'dense';

  chunks(): AsyncGenerator<ParsedChunk> {
    return transposedChunks({ ...this.scan.header, kept: this.columns }, this.scan.values());
  }
}

/** A pass over the file's lines that knows where it is. */
class MarketScan {
  private line = 0;
  private seen = 0;

  private constructor(
    readonly file: string,
    private readonly rest: AsyncGenerator<string>,
    private readonly firstBlock: string,
    readonly header: MarketHeader,
    headerLines: number,
  ) {
    this.line = headerLines;
  }

  /** Reads up to and including the size line. */
  static async open(source: Source): Promise<MarketScan> {
    const blocks = textBlocks(source.bytes());
    const lines = new HeaderLines(source.file);
    for (let block = await blocks.next(); !block.done; block = await blocks.next()) {
      const used = lines.take(block.value);
      if (lines.header !== null) return new MarketScan(source.file, blocks, block.value.slice(used), lines.header, lines.count);
    }
    throw new DataError(`${source.file}: the file ends after line ${lines.count} without a size line; expected "rows columns …" after the banner. The file is truncated: copy it again`);
  }

  /** Columns of the matrix that are given out. Called before the first block, on the size line. */
  limitedColumns(limit: ColumnLimit | null): number {
    const kept = keptColumns(this.file, this.header.columns, limit);
    if (kept > MOST_COLUMNS) throw this.fault(`found a matrix of ${kept} columns, expected at most ${MOST_COLUMNS}`, 'Correct the size line');
    return kept;
  }

  /** Blocks of data lines; afterwards the number of entries is checked. */
  async *blocks(): AsyncGenerator<string> {
    yield this.firstBlock;
    yield* this.rest;
    if (this.seen < this.header.entries) {
      throw new DataError(
        `${this.file}: the file ends after line ${this.line} with ${this.seen} of the ${this.header.entries} entries its size line announces. The file is truncated or its size line wrong: copy it again or correct the size line`,
      );
    }
  }

  entries(block: string, visit: EntryVisitor): void {
    const { field, symmetry } = this.header;
    for (const tokens of this.dataLines(block, field === 'pattern' ? 2 : 3)) {
      const row = this.id(tokens[0], this.header.rows, 'row');
      const column = this.id(tokens[1], this.header.columns, 'column');
      const value = field === 'pattern' ? 1 : this.value(tokens[2]);
      this.checkTriangle(row, column);
      visit(row, column, value, this.line);
      if (symmetry !== 'general' && row !== column) visit(column, row, symmetry === 'symmetric' ? value : -value, this.line);
    }
  }

  /** Values of an array file, in pieces of any length. */
  async *values(): AsyncGenerator<Float64Array> {
    for await (const block of this.blocks()) {
      const values: number[] = [];
      for (const tokens of this.dataLines(block, 1)) values.push(this.value(tokens[0]));
      yield Float64Array.from(values);
    }
  }

  private *dataLines(block: string, width: number): Generator<string[]> {
    for (const line of linesOf(block)) {
      this.line++;
      const text = line.trim();
      if (text === '' || text.startsWith('%')) continue;
      if (++this.seen > this.header.entries) {
        throw this.fault(`found entry number ${this.seen}, the size line announces ${this.header.entries}`, 'Remove what follows or correct the size line');
      }
      const tokens = text.split(/\s+/);
      if (tokens.length !== width) {
        throw this.fault(`found ${tokens.length} values (${quoted(text)}), expected ${width}`, 'Correct the line or copy the file again');
      }
      yield tokens;
    }
  }

  private id(token: string, most: number, what: string): number {
    const id = /^\d+$/.test(token) ? Number(token) : NaN;
    if (!(id >= 1 && id <= most)) {
      throw this.fault(`found ${what} id ${quoted(token)}, expected a whole number from 1 to ${most}`, 'Correct the id or the size line');
    }
    return id - 1;
  }

  private value(token: string): number {
    const value = parseNumber(token);
    if (Number.isNaN(value)) throw this.fault(`found ${quoted(token)}, expected a finite number`, 'Correct the value');
    if (this.header.field === 'integer' && !Number.isInteger(value)) {
      throw this.fault(`found ${quoted(token)}, expected a whole number`, 'Correct the value or write "real" in the banner');
    }
    return value;
  }

  private checkTriangle(row: number, column: number): void {
    const { symmetry } = this.header;
    if (symmetry === 'general' || row > column || (row === column && symmetry === 'symmetric')) return;
    const where = row === column ? 'on the diagonal' : 'above the diagonal';
    throw this.fault(
      `found entry (row ${row + 1}, column ${column + 1}) ${where} of a ${symmetry} matrix, expected the lower triangle only`,
      'Remove the entry or write "general" in the banner',
    );
  }

  private fault(found: string, fix: string): DataError {
    return new DataError(`${this.file}, line ${this.line}: ${found}. ${fix}`);
  }
}
