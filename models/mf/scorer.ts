/**
 * Predictions and rankings on a wasm engine of this process. In: rows of factors in host memory. Out: dots of listed pairs, or the
 * columns of highest dot with one row. Rows pass through the engine in tiles, so a model may be larger than its memory.
 */
import { mf } from '#kernels';
import { cpuName } from '../../src/engine/choose-engine.js';
import type { Engine, EngineBuffer } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/wasm.js';
import { EMPTY_ID, EMPTY_SCORE } from './ranking-lists.js';

/** Rows of a side: row i is numbers i·stride … (i + 1)·stride - 1. */
export interface Table {
  readonly rows: Float32Array;
  readonly stride: number;
}

/** A column of a ranking and its dot. */
export interface Ranked {
  readonly column: number;
  readonly score: number;
}

/** Columns to rank: `fill` writes those from `first` on into a tile of whole rows. */
export interface Columns {
  readonly count: number;
  readonly stride: number;
  fill(first: number, tile: Float32Array): void;
}

const TILE_BYTES = 2 ** 24;
/** Two tiles, the lists of a ranking, and rows of the highest rank that there is. */
const MEMORY_BYTES = 2 ** 27;
/** Most places of a list that the kernel ranks at once. */
const MOST_PLACES = 1024;

export class Scorer {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get engine(): Engine {
    return this.#engine;
  }

  /** Dots of row rowIds[e] of `rows` with row columnIds[e] of `columns`, each a float32. */
  dots(rows: Table, rowIds: Uint32Array, columns: Table, columnIds: Uint32Array): Float32Array {
    const dots = new Float32Array(rowIds.length);
    const most = rowsOfTile(rows.stride);
    for (let first = 0; first < rowIds.length; first += most) {
      const end = Math.min(first + most, rowIds.length);
      dots.set(this.#dotsOfTile(gathered(rows, rowIds.subarray(first, end)), gathered(columns, columnIds.subarray(first, end)), rows.stride), first);
    }
    return dots;
  }

  #dotsOfTile(rows: Gathered, columns: Gathered, stride: number): Float32Array {
    const count = rows.places.length;
    return this.#within((make) => {
      const predictions = make('predictions', new Float32Array(count));
      const buffers = { rowIds: make('rows of pairs', rows.places), columnIds: make('columns of pairs', columns.places), rows: make('rows', rows.tile), columns: make('columns', columns.tile), predictions };
      this.#engine.dispatch({ kernel: mf.predict, buffers, parameters: { first: 0, count, stride }, workgroups: Math.ceil(count / 4), counts: () => ({ rows: rows.tile.length / stride, columns: columns.tile.length / stride }) });
      return new Float32Array(this.#contents(predictions));
    });
  }

  /** The `n` columns of highest dot with `row`, best first, of equal ones the earlier; `excluded` ones, ascending, are left out. */
  top(row: Float32Array, columns: Columns, excluded: Uint32Array, n: number): Ranked[] {
    const found: Ranked[] = [];
    let barred = excluded;
    while (found.length < n) {
      const places = Math.min(MOST_PLACES, n - found.length);
      const next = this.#topOnce(row, columns, barred, places);
      found.push(...next);
      if (next.length < places) break;
      barred = Uint32Array.from([...barred, ...next.map(({ column }) => column)]).sort();
    }
    return found;
  }

  #topOnce(row: Float32Array, { count, stride, fill }: Columns, excluded: Uint32Array, n: number): Ranked[] {
    return this.#within((make) => {
      const lists = { scores: make('scores', new Float32Array(n).fill(EMPTY_SCORE)), ids: make('ranked columns', new Uint32Array(n).fill(EMPTY_ID)) };
      const most = rowsOfTile(stride);
      const fixed = { users: make('listed rows', Uint32Array.of(0)), rows: make('row', row), ...lists };
      const tile = new Float32Array(Math.min(most, count) * stride);
      for (let first = 0; first < count; first += most) {
        const cols = Math.min(most, count - first);
        fill(first, tile.subarray(0, cols * stride));
        const barred = excluded.filter((column) => column >= first && column < first + cols).map((column) => column - first);
        this.#within((makeHere) => {
          const buffers = { ...fixed, columns: makeHere('columns', tile.subarray(0, cols * stride)), excludedStarts: makeHere('excluded starts', Uint32Array.of(0, barred.length)), excludedIds: makeHere('excluded columns', barred) };
          this.#engine.dispatch({ kernel: mf.top, buffers, parameters: { count: 1, cols, stride, n, firstId: first }, workgroups: 1, counts: () => ({ excluded: barred.length }) });
        });
      }
      const scores = new Float32Array(this.#contents(lists.scores));
      const ranked = Array.from(new Uint32Array(this.#contents(lists.ids)), (column, at): Ranked => ({ column, score: scores[at] }));
      return ranked.filter(({ column }) => column !== EMPTY_ID);
    });
  }

  /** Gives `use` a way to make buffers, which live until it returns. */
  #within<Result>(use: (make: (label: string, data: Float32Array | Uint32Array) => EngineBuffer) => Result): Result {
    const made: EngineBuffer[] = [];
    try {
      return use((label, data) => {
        const buffer = this.#engine.createBuffer(`mf ${label}`, data.byteLength);
        made.push(buffer);
        this.#engine.write(buffer, data);
        return buffer;
      });
    } finally {
      for (const buffer of made) buffer.destroy();
    }
  }

  /** A copy; a dispatch of the wasm engine has run when it returns. */
  #contents(buffer: EngineBuffer): ArrayBuffer {
    return Uint8Array.from(this.#engine.hostView(buffer)!).buffer;
  }
}

function rowsOfTile(stride: number): number {
  return Math.max(1, Math.floor(TILE_BYTES / (4 * stride)));
}

/** The different rows that a list names, and where each of the list's lies among them. */
interface Gathered {
  readonly tile: Float32Array;
  readonly places: Uint32Array;
}

function gathered({ rows, stride }: Table, ids: Uint32Array): Gathered {
  // The place of each row, counted from 1.
  const placeOf = new Uint32Array(rows.length / stride);
  const found: number[] = [];
  const places = ids.map((id) => {
    if (placeOf[id] === 0) placeOf[id] = found.push(id);
    return placeOf[id] - 1;
  });
  const tile = new Float32Array(found.length * stride);
  for (const [place, id] of found.entries()) tile.set(rows.subarray(id * stride, (id + 1) * stride), place * stride);
  return { tile, places };
}

let shared: Promise<Scorer> | null = null;

/** The engine of the scorer, to profile it. */
export async function scorerEngine(): Promise<Engine> {
  return (await sharedScorer()).engine;
}

/** The one scorer of this process, which all models use: it keeps nothing between calls. */
export function sharedScorer(): Promise<Scorer> {
  shared ??= createWasmEngine({ adapter: cpuName(), memoryBytes: MEMORY_BYTES }).then((engine) => new Scorer(engine));
  return shared;
}
