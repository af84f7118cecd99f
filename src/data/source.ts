/**
 * A file as a stream of bytes. In: a path, plain or gzipped (known by its first two bytes, not its name).
 * Out: the decompressed bytes, once, and their first 64 KiB ahead of time for whoever must recognize the format.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from './dataset.js';

export interface Source {
  readonly file: string;
  readonly compressed: boolean;
  /** The content as it lies in a file, for reading at any position; null when it is compressed or comes from a pipe. */
  readonly stored: StoredContent | null;
  /** The first bytes of the content, at most about 64 KiB; shorter only when the file is. */
  readonly head: Buffer;
  /** The whole content, `head` included. Can be read once. */
  bytes(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export interface StoredContent {
  /** Open for reading until the source is closed. */
  readonly descriptor: number;
  readonly bytes: number;
}

const READ_BYTES = 1 << 16;
const HEAD_BYTES = 1 << 16;
const INFLATED_BYTES = 1 << 18;

/** Opens `file`; DataError when it is missing, a directory, unreadable, empty, or not whole. */
export async function openSource(file: string): Promise<Source> {
  if (file === '') throw new DataError('the name of a data file is empty, expected a path. Name the file; a shell variable in its place may not be set');
  const handle = await openFile(file);
  try {
    return await readSource(file, handle);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readSource(file: string, handle: FileHandle): Promise<Source> {
  const stored = await peeked(storedBytes(file, handle), READ_BYTES);
  if (stored.head.length === 0) {
    throw new DataError(`${file}: the file is empty; expected rows of data. Check that it was written or copied completely`);
  }
  const compressed = stored.head[0] === 0x1f && stored.head[1] === 0x8b;
  const content = compressed ? await peeked(inflated(file, stored.bytes), HEAD_BYTES) : stored;
  if (content.head.length === 0) {
    throw new DataError(`${file}: the gzip file holds nothing; expected rows of data. Check how it was made`);
  }
  return { file, compressed, stored: compressed ? null : await storedContent(handle), head: content.head, bytes: () => content.bytes, close: () => handle.close() };
}

async function storedContent(handle: FileHandle): Promise<StoredContent | null> {
  const status = await handle.stat();
  return status.isFile() ? { descriptor: handle.fd, bytes: status.size } : null;
}

async function openFile(file: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw new DataError(`${file}: ${reasonNotOpened(error)}`, { cause: error });
  }
  if ((await handle.stat()).isDirectory()) {
    await handle.close();
    throw new DataError(`${file}: is a directory; expected a file. Name the data file inside it`);
  }
  return handle;
}

function reasonNotOpened(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file. Check the path and the directory it is relative to';
  if (code === 'EACCES' || code === 'EPERM') return 'permission to read the file is denied. Make it readable for the user who runs strads';
  return `cannot be opened (${(error as Error).message})`;
}

async function* storedBytes(file: string, handle: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    let read: { bytesRead: number; buffer: Buffer };
    try {
      read = await handle.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, null);
    } catch (error) {
      throw new DataError(`${file}: cannot be read (${(error as Error).message})`, { cause: error });
    }
    if (read.bytesRead === 0) return;
    yield read.buffer.subarray(0, read.bytesRead);
  }
}

async function* inflated(file: string, stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: INFLATED_BYTES });
  let taken = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    for await (const bytes of stored) {
      taken += bytes.length;
      yield bytes;
    }
  };
  pipeline(Readable.from(counted()), gunzip, () => undefined);
  try {
    for await (const bytes of gunzip) yield bytes as Buffer;
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${file}: ${gzipFault(error as NodeJS.ErrnoException, gunzip.bytesWritten, taken)}`, { cause: error });
  }
}

/** zlib tells how far it was before the piece that it failed in, at most READ_BYTES long, and not where in it. */
function gzipFault({ code, message }: NodeJS.ErrnoException, before: number, taken: number): string {
  if (code === 'Z_BUF_ERROR') return `the gzip data stop at byte ${taken}, before their end; the file is truncated. Download or copy the file again`;
  const where = `between byte ${before} and byte ${Math.min(taken, before + READ_BYTES)}`;
  // The file begins as gzip, so another header can only be missing where gzip data have ended.
  if (message === 'incorrect header check') return `found bytes after the end of the gzip data, ${where}, that are no gzip data. Remove them, or download or copy the file again`;
  return `the gzip data are corrupt ${where} (${message}). Download or copy the file again`;
}

/** Reads ahead at least `count` bytes, where there are as many, and gives them back in front of the rest. */
async function peeked(bytes: AsyncGenerator<Buffer>, count: number): Promise<{ head: Buffer; bytes: AsyncIterable<Buffer> }> {
  const pieces: Buffer[] = [];
  let length = 0;
  while (length < count) {
    const next = await bytes.next();
    if (next.done) break;
    pieces.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(pieces);
  return { head, bytes: withHead(head, bytes) };
}

async function* withHead(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}
