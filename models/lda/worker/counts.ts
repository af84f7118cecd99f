/** What dispatches tell of their tokens and lists to whoever profiles them. In: tables in engine memory. Out: the counts of a dispatch. */
import type { Dispatch, EngineBuffer, ReadRequest } from '../../../src/engine/engine.js';
import type { Cell } from './cells.js';
import type { Proposals } from './proposals.js';
import { PAIR, PIECE } from './shard.js';
import type { Tables } from './tables.js';

export type Counted = Pick<Dispatch, 'counts' | 'countsFrom'>;

/**
 * Of cells: their tokens and pairs, the different words of their pieces or runs and the entries of these words' lists, the different
 * documents of their pairs and the entries of these lists, and `walked`, the entries of its document's list summed over all pairs.
 */
export function countsOfCells(tables: Tables, cells: readonly Cell[], of: 'pieces' | 'runs'): Counted {
  const perCell = cells.flatMap((cell) => partsOfCell(tables, cell, of));
  return {
    countsFrom: [documentLengths(tables), ...perCell],
    counts: ([lengths, ...parts]) => {
      const sums = { tokens: 0, pairs: 0, words: 0, entries: 0, documents: 0, documentEntries: 0, walked: 0 };
      const isMet = new Uint8Array(lengths.length);
      for (const [at, { place, block }] of cells.entries()) {
        const [records, pairs, rowLengths] = parts.slice(3 * at, 3 * at + 3);
        for (let record = 0; record < records.length; record += PIECE) {
          const [word, first, count] = records.subarray(record, record + PIECE);
          if (record === 0 || records[record - PIECE] !== word) {
            sums.words++;
            sums.entries += rowLengths[word];
          }
          for (let pair = PAIR * (first - place.pairStarts[block]); pair < PAIR * (first + count - place.pairStarts[block]); pair += PAIR) {
            const document = pairs[pair];
            sums.pairs++;
            sums.tokens += pairs[pair + 2];
            sums.walked += lengths[document];
            if (isMet[document]) continue;
            isMet[document] = 1;
            sums.documents++;
            sums.documentEntries += lengths[document];
          }
        }
      }
      return sums;
    },
  };
}

/** Pieces or runs, pairs, and lengths of the block's lists. */
function partsOfCell({ work, rows }: Tables, { place, block }: Cell, of: 'pieces' | 'runs'): ReadRequest[] {
  const starts = of === 'pieces' ? place.pieceStarts : place.runStarts;
  const records = (first: number, end: number) => ({ buffer: work, byteOffset: 4 * PIECE * first, bytes: 4 * PIECE * (end - first) });
  const words = rows.words(place, block);
  return [
    records(starts[block], starts[block + 1]),
    records(place.pairStarts[block], place.pairStarts[block + 1]),
    { buffer: rows.buffer, byteOffset: 4 * (rows.base(place, block) + words + 1), bytes: 4 * words },
  ];
}

function documentLengths({ documents, documentCount }: Pick<Tables, 'documents' | 'documentCount'>): ReadRequest {
  return { buffer: documents, byteOffset: 4 * (documentCount + 1), bytes: 4 * documentCount };
}

/** Of a pass over the pieces of documents: its tokens, and the entries of all lists. */
export function countsOfDocumentPieces({ pieces }: Proposals, tables: Tables): Counted {
  const tokensOf = (records: Uint32Array) => records.reduce((sum, value, at) => (at % PIECE === 2 ? sum + value : sum), 0);
  return {
    countsFrom: [{ buffer: pieces }, documentLengths(tables)],
    counts: ([records, lengths]) => ({ tokens: tokensOf(records), entries: sumOf(lengths) }),
  };
}

/** Of the listing of all documents: its tokens, and the entries of the lists that came of it. */
export function countsOfListing(tables: Pick<Tables, 'topics' | 'documents' | 'documentCount'>): Counted {
  return { countsFrom: [documentLengths(tables)], counts: ([lengths]) => ({ tokens: tables.topics.bytes / 4, entries: sumOf(lengths) }) };
}

/** Of changes (list, tokens) to a region that begins at `base` and has `words` lists, a pair for each list. */
export function countsOfLists(rows: EngineBuffer, { base, words }: { base: number; words: number }, changes: Uint32Array): Counted {
  return {
    countsFrom: [{ buffer: rows, byteOffset: 4 * (base + words + 1), bytes: 4 * words }],
    counts: ([lengths]) => {
      const sums = { tokens: 0, pairs: changes.length / 2, words: changes.length / 2, entries: 0 };
      for (let at = 0; at < changes.length; at += 2) {
        sums.entries += lengths[changes[at]];
        sums.tokens += changes[at + 1];
      }
      return sums;
    },
  };
}

function sumOf(numbers: Uint32Array): number {
  return numbers.reduce((sum, value) => sum + value, 0);
}
