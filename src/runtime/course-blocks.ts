/**
 * The bytes of a record that grows at its end and is cut back at its marks, as immutable blocks. Items go in whole, each at a
 * multiple of 8 bytes; a block is a few items, about 256 KiB, and what a checkpoint has made durable need not stay in memory.
 */

/** Where a new block begins although nothing asks for one. */
export const BLOCK_BYTES = 1 << 18;

/** A part of the record that does not change any more. The same part is the same object from one checkpoint to the next. */
export class Segment<Ref> {
  #content: Uint8Array | null;
  #ref: Ref | null;
  /** Bytes of it. */
  readonly bytes: number;

  constructor(content: Uint8Array, ref: Ref | null) {
    this.#content = content;
    this.#ref = ref;
    this.bytes = content.byteLength;
  }

  /** Null once it is kept elsewhere: then there is a `ref`. */
  get content(): Uint8Array | null {
    return this.#content;
  }

  /** Where it is kept for good; null before it is. */
  get ref(): Ref | null {
    return this.#ref;
  }

  /** It lies at `ref` for good, and its content leaves memory. */
  keep(ref: Ref): void {
    this.#ref = ref;
    this.#content = null;
  }
}

export class Blocks<Ref> {
  readonly #sealed: Segment<Ref>[];
  /** Bytes of the sealed blocks before each, and of all. */
  readonly #offsets: number[] = [0];
  /** Memory of the tail, in two views; what was written is not written again. */
  words = new Uint32Array(0);
  doubles = new Float64Array(0);
  /** The tail is [begin, end) of it, in bytes. */
  #begin = 0;
  #end = 0;

  constructor(saved: readonly Segment<Ref>[]) {
    this.#sealed = [...saved];
    for (const { bytes } of saved) this.#offsets.push(this.#offsets.at(-1)! + bytes);
  }

  /** Of the whole record. */
  get bytes(): number {
    return this.#offsets[this.#sealed.length]! + this.#end - this.#begin;
  }

  /** Blocks before the tail. */
  get sealed(): number {
    return this.#sealed.length;
  }

  /** Bytes before a block. */
  offsetOf(block: number): number {
    return this.#offsets[block]!;
  }

  /** Room for an item at the end of the record: where its words begin in `words`, and its numbers at half of that in `doubles`. */
  take(bytes: number): number {
    if (this.#end + bytes > this.words.byteLength || (this.#end > this.#begin && this.#end + bytes - this.#begin > BLOCK_BYTES)) this.seal();
    if (this.#end + bytes > this.words.byteLength) {
      const memory = new ArrayBuffer(Math.max(BLOCK_BYTES, bytes));
      this.words = new Uint32Array(memory);
      this.doubles = new Float64Array(memory);
      this.#begin = this.#end = 0;
    }
    const at = this.#end >> 2;
    this.#end += bytes;
    return at;
  }

  /** What is appended next begins a block. */
  seal(): void {
    if (this.#end === this.#begin) return;
    this.#push(this.#tail());
    this.#begin = this.#end;
  }

  /** Appends what becomes blocks of its own. */
  append(content: Uint8Array): void {
    this.seal();
    for (let at = 0; at < content.byteLength; at += BLOCK_BYTES) this.#push(content.subarray(at, at + BLOCK_BYTES));
  }

  /** Takes away the block of this number and all that follows. */
  cut(block: number): void {
    this.#sealed.length = block;
    this.#offsets.length = block + 1;
    this.#begin = this.#end;
  }

  /** All of the record; the last segment may be the tail as it is now, which the next call has in another. */
  segments(): Segment<Ref>[] {
    return this.#end === this.#begin ? [...this.#sealed] : [...this.#sealed, new Segment<Ref>(this.#tail(), null)];
  }

  #tail(): Uint8Array {
    return new Uint8Array(this.words.buffer, this.#begin, this.#end - this.#begin);
  }

  #push(content: Uint8Array): void {
    this.#offsets.push(this.#offsets.at(-1)! + content.byteLength);
    this.#sealed.push(new Segment<Ref>(content, null));
  }
}
