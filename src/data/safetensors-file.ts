/**
 * A safetensors file too large to take in at once. In: its path. Out: what tensors it has, and elements of one at any place.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { DataError } from './dataset.js';
import type { TensorData } from './safetensors.js';
import { headerLength, LENGTH_BYTES, tensorEntries, TYPES, type TensorEntry } from './safetensors-header.js';

/** Most bytes asked of the system in one call. */
const READ_BYTES = 1 << 26;

export class TensorFile {
  private constructor(
    readonly file: string,
    readonly tensors: ReadonlyMap<string, TensorEntry>,
    private readonly handle: FileHandle,
    private readonly dataStart: number,
  ) {}

  /** DataError when the file is missing, or its header and its size do not belong together. */
  static async open(file: string): Promise<TensorFile> {
    const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
      throw new DataError(error.code === 'ENOENT' ? `${file}: there is no such file. The model's folder is damaged: copy all of it again, or train again` : `${file}: cannot be opened (${error.message})`, { cause: error });
    });
    try {
      const { size } = await handle.stat();
      const dataStart = LENGTH_BYTES + headerLength(await bytesAt(handle, file, 0, Math.min(LENGTH_BYTES, size)), size, file);
      const json = await bytesAt(handle, file, LENGTH_BYTES, dataStart - LENGTH_BYTES);
      return new TensorFile(file, tensorEntries(json, size - dataStart, file), handle, dataStart);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Elements first … first + count - 1 of a tensor that the file has. */
  async read(name: string, first: number, count: number): Promise<TensorData> {
    const { dtype, data_offsets: [begin] } = this.tensors.get(name)!;
    const { BYTES_PER_ELEMENT: width } = TYPES[dtype];
    return new TYPES[dtype]((await bytesAt(this.handle, this.file, this.dataStart + begin + first * width, count * width)).buffer);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

async function bytesAt(handle: FileHandle, file: string, position: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; ) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(READ_BYTES, count - at), position + at);
    if (bytesRead === 0) throw new DataError(`${file}: ends at byte ${position + at}, expected ${position + count}: it became shorter while it was read. The model's folder is damaged: copy all of it again, or train again`);
    at += bytesRead;
  }
  return bytes;
}
