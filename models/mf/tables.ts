/** The rows of a model in host memory. In: a model's tiles, or its folder. Out: a table a side, a newcomer's row behind the others. */
import type { MfContent } from './files.js';
import { SavedFactors } from './saved.js';
import type { Table } from './scorer.js';
import { fixedColumn, NO_COLUMN, shapeOf, SIDES, type Side } from './shape.js';
import type { MfSummary } from './summary.js';

export type Tables = Readonly<Record<Side, Table>>;

/** Rows of zeros; that of a newcomer has the constant that faces the other side's bias. */
function emptyTables(summary: MfSummary): Tables {
  return { user: emptyTable(summary, 'user'), item: emptyTable(summary, 'item') };
}

function emptyTable({ rank, biases, users, items }: MfSummary, side: Side): Table {
  const shape = shapeOf(rank, biases);
  const count = side === 'user' ? users : items;
  const rows = new Float32Array((count + 1) * shape.stride);
  const fixed = fixedColumn(shape, side);
  if (fixed !== NO_COLUMN) rows[count * shape.stride + fixed] = 1;
  return { rows, stride: shape.stride };
}

export async function tablesOf(content: MfContent): Promise<Tables> {
  const tables = emptyTables(content.summary);
  for (const side of SIDES) {
    let at = 0;
    for await (const tile of content.tiles(side)) {
      tables[side].rows.set(tile, at);
      at += tile.length;
    }
  }
  return tables;
}

/** Bytes that are read from disk at a time. */
const TILE_BYTES = 2 ** 24;

/** DataError when the file of the factors is not what the summary says. */
export async function readTables(folder: string, summary: MfSummary): Promise<Tables> {
  const factors = await SavedFactors.open(folder, summary);
  try {
    // The file is of the size that the summary says, so there is as much to fill.
    const tables = emptyTables(summary);
    for (const side of SIDES) {
      const { rows, stride } = tables[side];
      const count = side === 'user' ? summary.users : summary.items;
      const most = Math.max(1, Math.floor(TILE_BYTES / (4 * stride)));
      for (let first = 0; first < count; first += most) await factors.read(side, { first, count: Math.min(most, count - first) }, rows.subarray(first * stride));
    }
    return tables;
  } finally {
    await factors.close();
  }
}
