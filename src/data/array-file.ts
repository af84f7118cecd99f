/**
 * A file of arrays written as they come. In: the bytes in front, how many bytes of data follow, and these, part by part.
 * Out: the file; one that got more or less than announced is an error of the caller.
 */
import { open, type FileHandle } from 'node:fs/promises';

export class ArrayFile {
  private written = 0;

  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    private readonly dataBytes: number,
  ) {}

  /** Rejects with the file system's error. */
  static async create(file: string, { head, dataBytes }: { readonly head: Uint8Array; readonly dataBytes: number }): Promise<ArrayFile> {
    const array = new ArrayFile(file, await open(file, 'w'), dataBytes);
    await array.handle.appendFile(head);
    return array;
  }

  async append(data: Float32Array | Float64Array | Uint32Array): Promise<void> {
    await this.handle.appendFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.written += data.byteLength;
  }

  /** All of the data are there. */
  async end(): Promise<void> {
    await this.close();
    if (this.written !== this.dataBytes) throw new TypeError(`${this.file}: ${this.written} bytes of data were written, and ${this.dataBytes} announced`);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
