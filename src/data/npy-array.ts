/**
 * A NumPy array read forward. In: the bytes of a .npy file or of a member of an archive. Out: its elements as finite
 * float64 values in the order in which they are stored, as many at a time as asked for.
 */
import { CHUNK_BYTES } from './chunks.js';
import { DataError } from './dataset.js';
import { ExactBytes } from './exact-bytes.js';
import { elementType, type ElementType } from './npy-elements.js';
import { readNpyHeader, shapeText, type NpyHeader } from './npy-header.js';

export interface NpyContent {
  readonly bytes: AsyncIterable<Buffer>;
  /** How many bytes there are, where that is known ahead. */
  readonly length: number | null;
}

export class NpyArray {
  private readonly type: ElementType;
  private taken = 0;

  private constructor(
    /** How messages call the array. */
    readonly label: string,
    readonly header: NpyHeader,
    /** Number of elements. */
    readonly length: number,
    private readonly bytes: ExactBytes,
  ) {
    this.type = elementType(label, header.descr);
  }

  /** Reads the header; DataError when it, the element type or the length of the content is not right. */
  static async open(label: string, content: NpyContent): Promise<NpyArray> {
    const bytes = new ExactBytes(content.bytes);
    try {
      const header = await readNpyHeader(label, bytes);
      const array = new NpyArray(label, header, elementCount(label, header.shape), bytes);
      if (content.length !== null) array.checkLength(content.length - header.bytes);
      return array;
    } catch (error) {
      await bytes.close();
      throw error;
    }
  }

  /** The next `count` elements; DataError when the content ends before, or one is not a finite number. */
  async take(count: number): Promise<Float64Array> {
    const { type } = this;
    const data = await this.bytes.take(count * type.bytes);
    if (data.length < count * type.bytes) throw this.truncated(this.taken + Math.floor(data.length / type.bytes));
    const values = type.decode(data);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad !== -1) {
      throw new DataError(`${this.label}, ${this.place(this.taken + bad)}: found ${type.text(data, bad)}, expected ${type.expected}. Replace the value, or leave out what it belongs to`);
    }
    this.taken += count;
    return values;
  }

  /** All elements that are left, in pieces of bounded size; then `end`. */
  async *pieces(): AsyncGenerator<Float64Array> {
    while (this.taken < this.length) yield await this.take(Math.min(CHUNK_BYTES / 8, this.length - this.taken));
    await this.end();
  }

  /** DataError when anything follows the last element. */
  async end(): Promise<void> {
    if (!(await this.bytes.atEnd())) throw this.overlong();
  }

  close(): Promise<void> {
    return this.bytes.close();
  }

  /** Where element `at`, counted in storage order, belongs. */
  place(at: number): string {
    const { shape, fortran } = this.header;
    if (shape.length !== 2) return `element ${at} (from 0)`;
    const [rows, columns] = shape;
    const [row, column] = fortran ? [at % rows, Math.floor(at / rows)] : [Math.floor(at / columns), at % columns];
    return `row ${row}, column ${column} (from 0)`;
  }

  private checkLength(dataBytes: number): void {
    const expected = this.length * this.type.bytes;
    if (dataBytes < expected) throw this.truncated(Math.floor(dataBytes / this.type.bytes));
    if (dataBytes > expected) throw this.overlong();
  }

  private truncated(found: number): DataError {
    return new DataError(`${this.label}: the data end after ${found} of the ${this.length} elements that the header announces. The file is truncated: copy or save it again`);
  }

  private overlong(): DataError {
    return new DataError(`${this.label}: found bytes after the ${this.length} elements that the header announces, expected the end. Save one array a file, or copy the file again`);
  }
}

function elementCount(label: string, shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  if (Number.isSafeInteger(count)) return count;
  throw new DataError(`${label}: found an array of shape ${shapeText(shape)}, more elements than a file can hold. The header is damaged: save the array again`);
}
