/**
 * The arrays of a .npz archive, by name and in any order. In: a source that is a zip file (zip64 too), members stored
 * or deflated. Out: their headers, and their bytes as streams whose checksums are compared at the end.
 */
import { fromFdPromise, type Entry, type ZipFile } from 'yauzl';
import { Crc32 } from './crc32.js';
import { DataError } from './dataset.js';
import { ExactBytes } from './exact-bytes.js';
import { NpyArray, type NpyContent } from './npy-array.js';
import { readNpyHeader, type NpyHeader } from './npy-header.js';
import { quoted, shown } from './number.js';
import type { Source } from './source.js';

const EXTENSION = '.npy';

export class NpzArchive {
  private constructor(
    readonly file: string,
    private readonly zip: ZipFile,
    private readonly members: ReadonlyMap<string, Entry>,
  ) {}

  /** Reads the directory. The archive lives as long as the source. */
  static async open({ file, stored, compressed }: Source): Promise<NpzArchive> {
    if (stored === null) {
      const found = compressed ? 'a zip archive inside gzip' : 'a zip archive that is no regular file';
      throw new DataError(`${file}: found ${found}, expected one whose members can be read in any order. ${compressed ? 'Decompress it with gunzip' : 'Save it to a file'}`);
    }
    try {
      // Closing the zip file would close the descriptor, which is the source's.
      const zip = await fromFdPromise(stored.descriptor, { autoClose: false });
      const members = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) if (entry.fileName.endsWith(EXTENSION)) members.set(entry.fileName.slice(0, -EXTENSION.length), entry);
      return new NpzArchive(file, zip, members);
    } catch (error) {
      const [reason] = (error as Error).message.split('. ');
      throw new DataError(`${file}: found no readable directory of a zip archive (${shown(reason)}), expected one at the end of the file. It is truncated, damaged or no zip file: copy or save it again`, { cause: error });
    }
  }

  /** Names of the arrays, as numpy.load would give them. */
  get names(): string[] {
    return [...this.members.keys()];
  }

  has(name: string): boolean {
    return this.members.has(name);
  }

  /** How messages call an array. */
  label(name: string): string {
    return `${this.file}, array ${quoted(name)}`;
  }

  /** The array at its first element; whoever opens it closes it. */
  array(name: string): Promise<NpyArray> {
    return NpyArray.open(this.label(name), this.content(name));
  }

  async header(name: string): Promise<NpyHeader> {
    const bytes = new ExactBytes(this.content(name).bytes);
    try {
      return await readNpyHeader(this.label(name), bytes);
    } finally {
      await bytes.close();
    }
  }

  /** The text in an array of one element of type S (ASCII) or U (UCS-4 of either byte order). */
  async text(name: string): Promise<string> {
    const bytes = new ExactBytes(this.content(name).bytes);
    try {
      const { descr, shape } = await readNpyHeader(this.label(name), bytes);
      const type = /^[<>|]?([SU])(\d{1,3})$/.exec(descr ?? '');
      if (type === null || shape.some((size) => size !== 1)) throw new DataError(`${this.label(name)}: found something else than one text, expected the name of a sparse format. Save the matrix with scipy.sparse.save_npz`);
      const data = await bytes.take(Number(type[2]) * (type[1] === 'S' ? 1 : 4));
      // The texts are ASCII: in UCS-4 three bytes of four are 0, wherever the fourth stands.
      return data.toString('latin1').replaceAll('\0', '');
    } finally {
      await bytes.close();
    }
  }

  private content(name: string): NpyContent {
    const entry = this.members.get(name);
    if (entry === undefined) throw new DataError(`${this.file}: there is no array ${quoted(name)}, found ${this.listed()}. Save the matrix with scipy.sparse.save_npz`);
    return { bytes: this.checkedBytes(name, entry), length: entry.uncompressedSize };
  }

  listed(): string {
    const shown = this.names.slice(0, 5).map(quoted).join(', ');
    return this.names.length > 5 ? `${shown}, …` : shown;
  }

  private async *checkedBytes(name: string, entry: Entry): AsyncGenerator<Buffer> {
    const checksum = new Crc32();
    try {
      for await (const bytes of await this.zip.openReadStreamPromise(entry)) {
        checksum.update(bytes as Buffer);
        yield bytes as Buffer;
      }
    } catch (error) {
      throw new DataError(`${this.label(name)}: the zip data cannot be read (${shown((error as Error).message)}). Copy the file again, or save it again with numpy.savez`, { cause: error });
    }
    if (checksum.value !== entry.crc32) {
      throw new DataError(`${this.label(name)}: the data do not match their checksum, so the file is damaged. Copy or save it again`);
    }
  }
}
