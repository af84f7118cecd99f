/** Dispatches over a cell's pieces, bin by bin, cut rows into scratch rows that are added up afterwards. */
import { mf } from '#kernels';
import type { Engine, EngineBuffer, Kernel } from '../../../src/engine/engine.js';
import type { CellIndex } from '../cells.js';
import { entriesOfPieces, rowsOfPieces } from './counts.js';

/** A kernel over pieces, with the buffers and parameters that don't depend on the bin. */
export interface PieceWork {
  readonly kernel: Kernel;
  readonly buffers: Readonly<Record<string, EngineBuffer>>;
  readonly parameters: Readonly<Record<string, number>>;
  /** Rows of the table that the entries meet. */
  readonly columns: number;
  /** Where results go: a table of `rows` rows and scratch rows behind them, `width` numbers each. */
  readonly table: EngineBuffer;
  readonly rows: number;
  readonly width: number;
  /** Whether results are added to what is in the table. */
  readonly accumulate: boolean;
  /** Whether lanes can share pieces, as many as the length of a bin's pieces suggests; where there are no lanes all go at once. */
  readonly binned: boolean;
}

const WORKGROUP = 64;

export function overPieces(engine: Engine, { first, cut, long, middle, count }: CellIndex, work: PieceWork): void {
  const { kernel, buffers, parameters, columns, table, rows, width, accumulate, binned } = work;
  const run = (begin: number, end: number, lanes: number, overflow: number) => {
    if (begin === end) return;
    const lane = binned ? { lanes } : {};
    engine.dispatch({ kernel, buffers, parameters: { ...parameters, ...lane, first: first + begin, count: end - begin, overflow }, workgroups: Math.ceil((end - begin) / (binned ? WORKGROUP / lanes : 1)), ...entriesOfPieces(buffers['pieces'], first + begin, end - begin, columns) });
  };
  run(0, cut, WORKGROUP, rows);
  if (cut > 0) engine.dispatch({ kernel: mf.foldPieces, buffers: { pieces: buffers['pieces'], table }, parameters: { first, count: cut, overflow: rows, width, accumulate: Number(accumulate) }, workgroups: cut, ...rowsOfPieces(buffers['pieces'], first, cut) });
  if (!binned || engine.kind === 'wasm') return run(cut, count, WORKGROUP, 0);
  run(cut, long, WORKGROUP, 0);
  run(long, middle, 16, 0);
  run(middle, count, 4, 0);
}
