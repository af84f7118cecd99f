/** The topics' counts by word, as documents are folded in under them. In: a model's topics, some at a time. Out: rows. */
import type { LdaContent } from './files.js';
import type { FoldModel } from './fold-in.js';

/** Two passes over the topics; memory: the rows, and a tile. */
export async function rowsByWord({ words: { count }, tiles }: Pick<LdaContent, 'words' | 'tiles'>): Promise<Pick<FoldModel, 'rowStarts' | 'rowTopics' | 'rowCounts'>> {
  const rowStarts = new Uint32Array(count + 1);
  for await (const { words } of tiles()) for (const word of words) rowStarts[word + 1]++;
  for (let word = 0; word < count; word++) rowStarts[word + 1] += rowStarts[word];
  const rowTopics = new Uint32Array(rowStarts[count]);
  const rowCounts = new Float32Array(rowStarts[count]);
  const ends = rowStarts.slice();
  for await (const { first, starts, words, tokens } of tiles()) {
    for (let t = 0; t + 1 < starts.length; t++) {
      for (let e = starts[t]; e < starts[t + 1]; e++) {
        const place = ends[words[e]]++;
        rowTopics[place] = first + t;
        rowCounts[place] = tokens[e];
      }
    }
  }
  return { rowStarts, rowTopics, rowCounts };
}
