/** The columns of a shard on its host: passes over them in float64, in WebAssembly. Columns are numbered within the shard. */
import type { ColumnEntries, Roots } from './columns.js';
import { callRanges, type HostFunctions } from './host-module.js';
import type { ShardArray, ShardMemory } from './shard-memory.js';

/** Columns in memory; of dense ones column j has the entries j · rows … (j + 1) · rows - 1. */
export interface HeldColumns {
  readonly rows: number;
  readonly columns: number;
  /** Of sparse columns: entries starts[j] … starts[j + 1] - 1, and the row of each, ascending. */
  readonly sparse: { readonly starts: ShardArray<Uint32Array>; readonly rowIds: ShardArray<Uint32Array> } | null;
  readonly high: ShardArray<Float32Array>;
  /** Null where float32 loses nothing. */
  readonly low: ShardArray<Float32Array> | null;
}

export class HostColumns {
  readonly rows: number;
  readonly columns: number;
  readonly memory: ShardMemory;
  readonly #held: HeldColumns;
  #low: ShardArray<Float32Array> | null;

  constructor(memory: ShardMemory, held: HeldColumns) {
    this.memory = memory;
    this.rows = held.rows;
    this.columns = held.columns;
    this.#held = held;
    this.#low = held.low;
  }

  /** The functions, with these columns attached. */
  functions(): HostFunctions {
    const { rows, sparse, high } = this.#held;
    const { functions } = this.memory;
    functions.attachShard(rows, sparse === null, sparse?.starts.address ?? 0, sparse?.rowIds.address ?? 0, high.address, this.#low?.address ?? 0);
    return functions;
  }

  /** Number of entries of column j that are stored. */
  stored(j: number): number {
    const { sparse, rows } = this.#held;
    if (sparse === null) return rows;
    const starts = sparse.starts.view;
    return starts[j + 1]! - starts[j]!;
  }

  /** Whether some column has an entry for every row: it has no zeros to keep. */
  hasFullColumn(): boolean {
    const { sparse, rows } = this.#held;
    if (sparse === null) return true;
    const starts = sparse.starts.view;
    for (let j = 0; j < this.columns; j++) if (starts[j + 1]! - starts[j]! === rows) return true;
    return false;
  }

  /** A copy of a column's entries, rows ascending. */
  entries(j: number): ColumnEntries {
    const count = this.stored(j);
    const values = this.memory.scratch('column', Float64Array, this.rows);
    this.functions().expand(j, values.address);
    const begin = this.#held.sparse?.starts.view[j];
    return { rowIds: begin === undefined ? null : this.#held.sparse!.rowIds.view.slice(begin, begin + count), values: new Float64Array(values.view.subarray(0, count)) };
  }

  /** Σ u_i x_ij of the columns [begin, end). */
  sums(begin: number, end: number, roots: Roots | null): Float64Array {
    const u = this.placedRoots(roots);
    return this.#perColumn(begin, end, (functions, from, count, into) => functions.sums(from, count, u, into));
  }

  /** Σ (x_ij - u_i centers[j - begin])² of the columns [begin, end). */
  spreads(begin: number, end: number, centers: Float64Array, roots: Roots | null): Float64Array {
    const u = this.placedRoots(roots);
    const at = this.memory.placed('centers', centers);
    return this.#perColumn(begin, end, (functions, from, count, into) => functions.spreads(from, count, at + (from - begin) * Float64Array.BYTES_PER_ELEMENT, u, roots?.squares ?? this.rows, into));
  }

  /** Σ x_ij vector_i of the columns [begin, end). */
  dots(begin: number, end: number, vector: Float64Array): Float64Array {
    const at = this.memory.placed('vector', vector);
    return this.#perColumn(begin, end, (functions, from, count, into) => functions.dots(from, count, at, into));
  }

  #perColumn(begin: number, end: number, pass: (functions: HostFunctions, from: number, count: number, into: number) => void): Float64Array {
    const into = this.memory.scratch('per column', Float64Array, end - begin);
    const functions = this.functions();
    for (const [from, to] of this.ranges(begin, end)) pass(functions, from, to - from, into.address + (from - begin) * Float64Array.BYTES_PER_ELEMENT);
    return new Float64Array(into.view.subarray(0, end - begin));
  }

  /** Columns of one call of a function. */
  ranges(begin: number, end: number): Iterable<readonly [number, number]> {
    return callRanges(begin, end, this.#held.high.length / this.columns);
  }

  /** vector -= Σ_k factors[k] x_{ids[k]}. */
  subtract(ids: Uint32Array, factors: Float64Array, vector: Float64Array): void {
    const { memory } = this;
    const [idsAt, factorsAt, at] = [memory.placed('ids', ids), memory.placed('factors', factors), memory.placed('vector', vector)];
    this.functions().subtractColumns(idsAt, ids.length, factorsAt, at);
    vector.set(memory.scratch('vector', Float64Array, vector.length).view.subarray(0, vector.length));
  }

  /** Stored x_ij ← (x_ij - u_i means[k]) / scales[k] of the columns j = begin + k. */
  standardize(begin: number, means: Float64Array, scales: Float64Array, roots: Roots | null): void {
    const { memory } = this;
    this.makeLow();
    const [meansAt, scalesAt, u] = [memory.placed('centers', means), memory.placed('factors', scales), this.placedRoots(roots)];
    const functions = this.functions();
    for (const [from, to] of this.ranges(0, means.length)) functions.standardize(begin + from, to - from, meansAt + from * Float64Array.BYTES_PER_ELEMENT, scalesAt + from * Float64Array.BYTES_PER_ELEMENT, u);
  }

  /** Room for what float32 loses, all 0 at first. */
  makeLow(): void {
    this.#low ??= this.memory.array('x low', Float32Array, this.#held.high.length);
  }

  /** Address of u in scratch memory; 0, which stands for all ones, without weights. */
  placedRoots(roots: Roots | null): number {
    return roots === null ? 0 : this.memory.placed('roots', roots.values);
  }
}
