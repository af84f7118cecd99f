/** The (shard, block) cells of a sub-round as a table for the kernels. In: which block is with which shard. Out: the table and its work. */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import type { Place, Tables } from './tables.js';

/** A shard and the block it works on. */
export interface Cell {
  readonly place: Place;
  readonly block: number;
}

/** A dispatch over cells: `cells` of them with `count` pieces, or runs, in all. */
export interface CellWork {
  readonly cells: EngineBuffer;
  readonly cellCount: number;
  readonly count: number;
}

/** u32 of a cell: first work-group, first piece or run, the block's region in the rows, the shard's row, what makes a token's number global, lists of the region. */
const FIELDS = 6;

/** The cells of a step of a turn: every shard with the block that is with it. */
export function cellsOfStep({ places, rotation }: Tables, step: number): Cell[] {
  return places.map((place) => ({ place, block: rotation.blockAt(place.shard.number, step) }));
}

/** The table stays in its buffer until the next one of its kind. */
export function cellTable(engine: Engine, { rows, pieceCells, runCells }: Tables, cells: readonly Cell[], of: 'pieces' | 'runs'): CellWork {
  const table = new Uint32Array(FIELDS * cells.length);
  let count = 0;
  for (const [at, { place, block }] of cells.entries()) {
    const starts = of === 'pieces' ? place.pieceStarts : place.runStarts;
    const first = starts[block];
    table.set([count, first, rows.base(place, block), place.row, place.shard.description.firstToken - place.firstToken, rows.words(place, block)], FIELDS * at);
    count += starts[block + 1] - first;
  }
  const buffer = of === 'pieces' ? pieceCells : runCells;
  engine.write(buffer, table);
  return { cells: buffer, cellCount: cells.length, count };
}
