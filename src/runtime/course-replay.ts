/** Reads a saved record from its beginning, item by item, once all of it has been found whole. */
import type { Segment } from './course-blocks.js';
import { assertSealed, headOf, Item, RecordError, type ItemHead } from './course-items.js';

export class Replay<Ref> {
  readonly #segments: readonly Segment<Ref>[];
  /** Bytes from each block on. */
  readonly #left: number[];
  #block = 0;
  #at = 0;

  /** Throws RecordError when an item is not what was written. */
  constructor(segments: readonly Segment<Ref>[]) {
    this.#segments = segments;
    this.#left = segments.map(({ bytes }) => bytes);
    for (let block = segments.length - 2; block >= 0; block--) this.#left[block]! += this.#left[block + 1]!;
    while (this.next) {
      const where = this.where;
      const head = this.#head();
      assertSealed(this.#take(head), head, where);
    }
    this.#block = this.#at = 0;
  }

  /** Kind of the item that comes next; null at the end. */
  get next(): number | null {
    return this.#block < this.#segments.length ? this.#head().kind : null;
  }

  /** Number of the block with the next item. */
  get block(): number {
    return this.#block;
  }

  get where(): string {
    return `byte ${this.#at} of block ${this.#block}`;
  }

  /** The next item, without going on to the one after it. */
  peek(): Uint32Array {
    const [block, at] = [this.#block, this.#at];
    const words = this.#take(this.#head());
    this.#block = block;
    this.#at = at;
    return words;
  }

  /** Goes on to the item after the next. Blocks that are kept elsewhere leave memory once they have been read. */
  skip(): void {
    const first = this.#block;
    this.#take(this.#head());
    for (const segment of this.#segments.slice(first, this.#block)) if (segment.ref !== null) segment.keep(segment.ref);
  }

  #head(): ItemHead {
    return headOf(this.#content, this.#at, this.#left[this.#block]! - this.#at, this.where);
  }

  get #content(): Uint8Array {
    return this.#segments[this.#block]!.content!;
  }

  /** Words of the item that begins here. Only a state goes on in the next blocks, and it begins and ends with one. */
  #take({ kind, bytes }: ItemHead): Uint32Array {
    const { where } = this;
    const content = this.#content;
    if (kind !== Item.Sums && this.#at > 0) throw new RecordError(where, `an item of kind ${kind} within a block`);
    if (this.#at + bytes <= content.byteLength) {
      const item = content.subarray(this.#at, this.#at + bytes);
      this.#at += bytes;
      if (this.#at === content.byteLength) this.#nextBlock();
      return wordsOf(item);
    }
    if (kind !== Item.State) throw new RecordError(where, `an item of ${bytes} bytes in a block of ${content.byteLength}`);
    const item = new Uint8Array(bytes);
    for (let filled = 0; filled < bytes; this.#nextBlock()) {
      if (filled + this.#content.byteLength > bytes) throw new RecordError(where, 'a state that ends within a block');
      item.set(this.#content, filled);
      filled += this.#content.byteLength;
    }
    return new Uint32Array(item.buffer);
  }

  #nextBlock(): void {
    this.#block++;
    this.#at = 0;
  }
}

function wordsOf(item: Uint8Array): Uint32Array {
  if (item.byteOffset % 4 === 0) return new Uint32Array(item.buffer, item.byteOffset, item.byteLength >> 2);
  return new Uint32Array(item.slice().buffer);
}
