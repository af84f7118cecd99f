/**
 * Bytes set aside for later. In: blocks, appended once. Out: the same blocks or parts of them, read any number of
 * times. They stay in memory up to a budget; what exceeds it goes to a temporary file whose name is removed as
 * soon as it is open, so that nothing stays behind even when the process is killed.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from './dataset.js';

const SPOOL_BYTES = 8 << 20;

type Block = { readonly memory: Uint8Array } | { readonly at: number; readonly bytes: number };

export class Spool {
  private readonly blocks: Block[] = [];
  private memoryBytes = 0;
  private fileBytes = 0;
  private descriptor: number | null = null;

  constructor(private readonly budget: number = SPOOL_BYTES) {}

  /** Takes a block; the caller leaves its memory alone from then on. Returns the block's number, 0, 1, … */
  append(block: Uint8Array): number {
    if (this.memoryBytes + block.byteLength <= this.budget) {
      this.memoryBytes += block.byteLength;
      this.blocks.push({ memory: block });
    } else {
      this.blocks.push({ at: this.fileBytes, bytes: block.byteLength });
      this.write(block);
    }
    return this.blocks.length - 1;
  }

  /** Copies `bytes` bytes from `offset` of a block into memory of their own. */
  read(block: number, offset: number, bytes: number): ArrayBuffer {
    const stored = this.blocks[block];
    const copy = new Uint8Array(bytes);
    if ('memory' in stored) copy.set(stored.memory.subarray(offset, offset + bytes));
    else this.readFile(copy, stored.at + offset);
    return copy.buffer;
  }

  /** Bytes that went to the file. */
  get spilledBytes(): number {
    return this.fileBytes;
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
    this.blocks.length = 0;
  }

  private write(block: Uint8Array): void {
    this.descriptor ??= openUnlinked();
    try {
      for (let done = 0; done < block.byteLength; ) {
        done += writeSync(this.descriptor, block, done, block.byteLength - done, this.fileBytes + done);
      }
    } catch (error) {
      throw new DataError(`${tmpdir()}: parsed data cannot be written there (${(error as Error).message}). Free space or point TMPDIR to a larger disk`, { cause: error });
    }
    this.fileBytes += block.byteLength;
  }

  private readFile(into: Uint8Array, position: number): void {
    if (this.descriptor === null) throw new Error('the spool was read after it was closed');
    for (let done = 0; done < into.byteLength; ) {
      const read = readSync(this.descriptor, into, done, into.byteLength - done, position + done);
      if (read === 0) throw new DataError(`${tmpdir()}: the temporary file of parsed data became shorter. Check the disk and start again`);
      done += read;
    }
  }
}

function openUnlinked(): number {
  const path = join(tmpdir(), `strads-${randomUUID()}`);
  try {
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return descriptor;
  } catch (error) {
    throw new DataError(`${tmpdir()}: no temporary file can be made there (${(error as Error).message}). Point TMPDIR to a writable directory`, { cause: error });
  }
}
