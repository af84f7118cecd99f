/**
 * Text lines of a byte stream. In: pieces of bytes cut anywhere. Out: blocks of whole lines as text, so that a
 * parser works synchronously on many lines at a time; LF and CRLF both end a line, a byte-order mark is dropped.
 */
const NEWLINE = 10;

/** Blocks that end where a line ends; the last may lack its newline. */
export async function* textBlocks(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let first = true;
  const take = (last: Buffer): string => {
    const text = Buffer.concat([...pending, last]).toString('utf8');
    pending = [];
    const start = first && text.charCodeAt(0) === 0xfeff ? 1 : 0;
    first = false;
    return start === 1 ? text.slice(1) : text;
  };
  for await (const piece of bytes) {
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      pending.push(piece);
      continue;
    }
    yield take(piece.subarray(0, end));
    if (end < piece.length) pending.push(piece.subarray(end));
  }
  if (pending.length > 0) yield take(Buffer.alloc(0));
}

/** The lines of a block, without their line ends. */
export function* linesOf(block: string): Generator<string> {
  for (let start = 0; start < block.length; ) {
    const newline = block.indexOf('\n', start);
    const stop = newline === -1 ? block.length : newline;
    yield block.slice(start, block.charCodeAt(stop - 1) === 13 && stop > start ? stop - 1 : stop);
    start = stop + 1;
  }
}
