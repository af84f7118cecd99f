/**
 * A generated sparse problem with far more columns than rows. Every column is a pure function of its number, so it is written
 * and judged without ever being held. Rows of a column and its values are uniform; y = X β + noise for a sparse β.
 */
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { randomBelow, randomBits } from '../src/schedule/random.js';
import type { Column, Columns } from './columns.js';

const ROWS = 2000;
const COLUMNS = 1_000_000;
const ENTRIES = 25;
/** Columns of β that are not 0. */
const SUPPORT = 200;
const NOISE = 0.1;

/** Seeds of what is drawn: the stream is the column, or 0. */
const Seed = { rows: 1, values: 2, support: 3, effects: 4, noise: 5 } as const;
/** Values and effects are m / SCALE with |m| ≤ SCALE, so that few digits say them exactly. */
const SCALE = 1_000_000;

export const wideColumns: Columns = { rows: ROWS, count: COLUMNS, column };
export const wideEntries = COLUMNS * ENTRIES;

function column(j: number): Column {
  const rowIds = new Set<number>();
  for (let draw = 0; rowIds.size < ENTRIES; draw++) rowIds.add(randomBelow(ROWS, Seed.rows, j, draw));
  const values = new Float64Array(ENTRIES);
  for (let e = 0; e < ENTRIES; e++) values[e] = decimal(Seed.values, j, e);
  return { rowIds: Uint32Array.from(rowIds).sort(), values };
}

/** One of ±1/SCALE … ±1. */
function decimal(seed: number, stream: number, counter: number): number {
  const bits = randomBits(seed, stream, counter);
  const size = 1 + Math.floor(((bits >>> 1) / 2 ** 31) * SCALE);
  return (bits % 2 === 0 ? size : -size) / SCALE;
}

export function wideTarget(): Float64Array {
  const target = Float64Array.from({ length: ROWS }, (_, i) => NOISE * decimal(Seed.noise, 0, i));
  for (let k = 0; k < SUPPORT; k++) {
    const { rowIds, values } = column(randomBelow(COLUMNS, Seed.support, 0, k));
    const effect = decimal(Seed.effects, 0, k);
    for (let e = 0; e < ENTRIES; e++) target[rowIds![e]!]! += effect * values[e]!;
  }
  return target;
}

const COLUMNS_PER_WRITE = 10_000;

/** Writes X and y as MatrixMarket files. */
export async function writeWide(matrixFile: string, targetFile: string): Promise<void> {
  const out = createWriteStream(matrixFile);
  out.write(`%%MatrixMarket matrix coordinate real general\n${ROWS} ${COLUMNS} ${wideEntries}\n`);
  for (let begin = 0; begin < COLUMNS; begin += COLUMNS_PER_WRITE) {
    let text = '';
    for (let j = begin; j < Math.min(COLUMNS, begin + COLUMNS_PER_WRITE); j++) {
      const { rowIds, values } = column(j);
      for (let e = 0; e < ENTRIES; e++) text += `${rowIds![e]! + 1} ${j + 1} ${values[e]}\n`;
    }
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  await writeFile(targetFile, `%%MatrixMarket matrix array real general\n${ROWS} 1\n${wideTarget().join('\n')}\n`);
}
