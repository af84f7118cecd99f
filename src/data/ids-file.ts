/**
 * Ids in a text file: a CSV of one column without a header, an id a line in the order of their indices. An id with a comma, a
 * quote, a line end or a blank at its ends is quoted. In: ids and a path, out: the file; or in: a path, out: a call for each id.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { quoteCsv } from './csv-out.js';
import { DataError } from './dataset.js';
import type { Ids } from './ids.js';
import { FieldScanner } from './ratings-fields.js';
import { openSource } from './source.js';

const BLOCK_CHARACTERS = 1 << 16;

/** Rejects with the file system's error. */
export async function writeIds(file: string, ids: Ids): Promise<void> {
  await pipeline(Readable.from(blocksOf(ids)), createWriteStream(file));
}

function* blocksOf(ids: Ids): Generator<string> {
  let block = '';
  for (const id of ids) {
    block += `${quoteCsv(id)}\n`;
    if (block.length < BLOCK_CHARACTERS) continue;
    yield block;
    block = '';
  }
  yield block;
}

/** Calls `visit` for every id in order, with the line it begins on. DataError for a file that is missing or empty, and for a line that is no id. */
export async function visitIds(file: string, visit: (id: string, line: number) => void): Promise<void> {
  const source = await openSource(file);
  try {
    const scanner = new FieldScanner(file, { separator: ',', comments: false }, ({ bytes, begins, ends, count, line }) => {
      const id = bytes.toString('utf8', begins[0], ends[0]);
      if (count > 1 || id === '') throw new DataError(`${file}, line ${line}: found ${count > 1 ? `${count} fields` : 'an empty id'}, expected one id. Correct the line; an id with a comma stands in quotes`);
      visit(id, line);
    });
    for await (const piece of source.bytes()) scanner.push(piece);
    scanner.end();
  } finally {
    await source.close();
  }
}
