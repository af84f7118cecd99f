/**
 * The head of a MatrixMarket file. In: its text, block by block. Out: what banner and size line say, checked.
 */
import { DataError } from './dataset.js';
import { quoted } from './number.js';

export type Symmetry = 'general' | 'symmetric' | 'skew-symmetric';

interface Banner {
  readonly layout: 'coordinate' | 'array';
  readonly field: 'real' | 'integer' | 'pattern';
  readonly symmetry: Symmetry;
}

/** Banner and size line. */
export interface MarketHeader extends Banner {
  readonly rows: number;
  readonly columns: number;
  /** Data lines the file must have. */
  readonly entries: number;
}

const MOST_IDS = 0xffff_ffff;

const FIELDS: ReadonlyMap<string, Banner['field']> = new Map([['real', 'real'], ['double', 'real'], ['integer', 'integer'], ['pattern', 'pattern']]);

/** The banner, the comments and the size line, taken block by block until the size line is there. */
export class HeaderLines {
  header: MarketHeader | null = null;
  count = 0;
  private banner: Banner | null = null;

  constructor(private readonly file: string) {}

  /** Returns how many characters of the block belong to the header. */
  take(block: string): number {
    let used = 0;
    while (used < block.length && this.header === null) {
      const newline = block.indexOf('\n', used);
      const stop = newline === -1 ? block.length : newline + 1;
      this.count++;
      this.takeLine(block.slice(used, stop).trim());
      used = stop;
    }
    return used;
  }

  private takeLine(text: string): void {
    if (this.banner === null) this.banner = this.readBanner(text);
    else if (text !== '' && !text.startsWith('%')) this.header = this.readSize(this.banner, text);
  }

  private readBanner(text: string): Banner {
    const [banner, object, layout, field, symmetry, ...more] = text.toLowerCase().split(/\s+/);
    if (banner !== '%%matrixmarket') {
      throw this.fault(`found ${quoted(text)}, expected a banner "%%MatrixMarket matrix …"`, 'Choose another --format if this is not a MatrixMarket file');
    }
    if (object !== 'matrix' || symmetry === undefined || more.length > 0) {
      throw this.fault(`found banner ${quoted(text)}, expected "%%MatrixMarket matrix <layout> <field> <symmetry>"`, 'Correct the banner');
    }
    if (layout !== 'coordinate' && layout !== 'array') {
      throw this.fault(`found layout ${quoted(layout)}, expected "coordinate" or "array"`, 'Correct the banner');
    }
    const known = FIELDS.get(field);
    if (known === undefined || (known === 'pattern' && layout === 'array')) {
      throw this.fault(`found field ${quoted(field)} in ${layout} layout, expected "real", "double"${layout === 'array' ? ' or "integer"' : ', "integer" or "pattern"'}`, 'Convert the matrix to real values');
    }
    if (symmetry !== 'general' && symmetry !== 'symmetric' && symmetry !== 'skew-symmetric') {
      throw this.fault(`found symmetry ${quoted(symmetry)}, expected "general", "symmetric" or "skew-symmetric"`, 'Convert the matrix to one of them');
    }
    return { layout, field: known, symmetry };
  }

  private readSize(banner: Banner, text: string): MarketHeader {
    const numbers = text.split(/\s+/).map((token) => (/^\d+$/.test(token) ? Number(token) : NaN));
    const width = banner.layout === 'coordinate' ? 3 : 2;
    if (numbers.length !== width || numbers.some(Number.isNaN)) {
      throw this.fault(`found size line ${quoted(text)}, expected ${width === 3 ? '"rows columns entries"' : '"rows columns"'}`, 'Correct the size line');
    }
    const [rows, columns] = numbers;
    if (rows < 1 || columns < 1 || rows > MOST_IDS || columns > MOST_IDS) {
      throw this.fault(`found a matrix of ${rows} rows and ${columns} columns, expected from 1 to ${MOST_IDS} of each`, 'Correct the size line');
    }
    if (banner.symmetry !== 'general' && rows !== columns) {
      throw this.fault(`found a ${banner.symmetry} matrix of ${rows} rows and ${columns} columns, expected a square one`, 'Correct the size line or the banner');
    }
    return { ...banner, rows, columns, entries: width === 3 ? numbers[2] : arrayLength(banner.symmetry, rows, columns) };
  }

  private fault(found: string, fix: string): DataError {
    return new DataError(`${this.file}, line ${this.count}: ${found}. ${fix}`);
  }
}

function arrayLength(symmetry: Symmetry, rows: number, columns: number): number {
  if (symmetry === 'general') return rows * columns;
  return symmetry === 'symmetric' ? (rows * (rows + 1)) / 2 : (rows * (rows - 1)) / 2;
}
