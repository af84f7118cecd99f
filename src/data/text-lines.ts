/**
 * Text with a document a line. In: a source. Out: a document in the collector for every line, an empty one for an empty line.
 */
import { linesOf } from './lines.js';
import type { Source } from './source.js';
import { lineBlocks, Utf8Decoder } from './text-bytes.js';
import type { TextCollector } from './text-collector.js';

/** Returns how many sequences of bytes were replaced; DataError when it has to be `strict` and there is one. */
export async function readTextLines(source: Source, strict: boolean, collector: TextCollector): Promise<number> {
  const decoder = new Utf8Decoder(source.file, strict);
  for await (const block of lineBlocks(source)) {
    for (const line of linesOf(decoder.decode(block, collector.count + 1))) collector.appendText(line);
  }
  return decoder.replaced;
}
