/** A shard on its way in. In: its parts, pushed as they come. Out: the parts as an async iterable for who opens it. */
import type { ShardPart } from '../program.js';

export class ShardIntake implements AsyncIterable<ShardPart> {
  readonly #parts: (ShardPart | null)[] = [];
  #wake: (() => void) | null = null;
  #taken: (() => void) | null = null;
  #closed = false;

  /** Null ends the shard. */
  push(part: ShardPart | null): void {
    if (this.#closed) return;
    this.#parts.push(part);
    this.#wake?.();
  }

  /** Resolves once every part was taken, or nobody will take any. */
  async drained(): Promise<void> {
    while (this.#parts.length > 0) await new Promise<void>((resolve) => (this.#taken = resolve));
  }

  /** Whoever opened the shard is done with it: what is left, and what still comes, is dropped. */
  close(): void {
    this.#closed = true;
    this.#parts.length = 0;
    this.#taken?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ShardPart> {
    for (;;) {
      while (this.#parts.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      const part = this.#parts.shift()!;
      this.#taken?.();
      if (part === null) return;
      yield part;
    }
  }
}
