/**
 * A byte stream taken in exact amounts. In: pieces of bytes cut anywhere. Out: as many bytes as asked for, in order,
 * and whether any are left.
 */
export class ExactBytes {
  private readonly pieces: AsyncIterator<Buffer>;
  private pending: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Buffer>) {
    this.pieces = bytes[Symbol.asyncIterator]();
  }

  /** The next `count` bytes; fewer when the stream ends before. */
  async take(count: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    for (let missing = count; missing > 0 && (await this.fill()); ) {
      const piece = this.pending.subarray(0, missing);
      this.pending = this.pending.subarray(piece.length);
      taken.push(piece);
      missing -= piece.length;
    }
    return taken.length === 1 ? taken[0] : Buffer.concat(taken);
  }

  async atEnd(): Promise<boolean> {
    return !(await this.fill());
  }

  /** Ends the stream early. */
  async close(): Promise<void> {
    await this.pieces.return?.();
  }

  /** Whether a byte is pending. */
  private async fill(): Promise<boolean> {
    while (this.pending.length === 0) {
      const next = await this.pieces.next();
      if (next.done) return false;
      this.pending = next.value;
    }
    return true;
  }
}
