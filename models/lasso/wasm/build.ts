/** How a shard's columns come about: parts of rows, or of entries, are split into high and low and put in their places. */

const MOST_FLOAT32: f64 = 3.4028234663852886e38;
/** What the functions here return where all is well, or where a value needs a low part and there is no room for one. */
const DONE: i32 = -1;
const LOW_NEEDED: i32 = -2;

/** Splits a value; false when float32 can't hold it. `lost` gets what float32 loses. */
let lost: f32 = 0;

// @ts-ignore: decorator
@inline
function split(value: f64, high: usize): bool {
  const rounded = <f32>value;
  // A value just above the largest float32 may round down to it.
  if (!(Math.abs(<f64>rounded) <= MOST_FLOAT32)) return false;
  store<f32>(high, rounded);
  lost = <f32>(value - <f64>rounded);
  return true;
}

/** Columns handled together while rows are turned: a cache line of a row at a time. */
const COLUMN_TILE: u32 = 8;

/**
 * Turns `count` rows of `columns` numbers, row-major at `part`, into rows firstRow … of columns of `rows` rows. Returns
 * the position in the part of a value that float32 can't hold.
 */
export function turn(part: usize, firstRow: u32, count: u32, rows: u32, columns: u32, high: usize, low: usize): i32 {
  for (let tile: u32 = 0; tile < columns; tile += COLUMN_TILE) {
    const end = tile + COLUMN_TILE < columns ? tile + COLUMN_TILE : columns;
    for (let i: u32 = 0; i < count; i++) {
      let from = part + ((<usize>i * columns + tile) << 3);
      let at = (<usize>tile * rows + firstRow + i) << 2;
      for (let j = tile; j < end; j++, from += 8, at += <usize>rows << 2) {
        if (!split(load<f64>(from), high + at)) return i * columns + j;
        if (low !== 0) store<f32>(low + at, lost);
        else if (lost !== 0) return LOW_NEEDED;
      }
    }
  }
  return DONE;
}

/**
 * Counts entries by column into starts[column + 1]; columns are numbered from `firstColumn` on. Returns the position of an
 * entry that is outside the shard.
 */
export function countEntries(rowsAt: usize, columnsAt: usize, count: u32, rows: u32, firstColumn: u32, columns: u32, starts: usize): i32 {
  for (let e: u32 = 0; e < count; e++) {
    const j = load<u32>(columnsAt + (<usize>e << 2)) - firstColumn;
    if (j >= columns || load<u32>(rowsAt + (<usize>e << 2)) >= rows) return e;
    const counter = starts + ((<usize>j + 1) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  return DONE;
}

/** starts ← where the columns begin, from their lengths in starts[column + 1]; next ← the same. */
export function beginColumns(columns: u32, starts: usize, next: usize): void {
  store<u32>(starts, 0);
  let total: u32 = 0;
  for (let j: u32 = 0; j < columns; j++) {
    store<u32>(next + (<usize>j << 2), total);
    total += load<u32>(starts + ((<usize>j + 1) << 2));
    store<u32>(starts + ((<usize>j + 1) << 2), total);
  }
}

/** Puts entries behind those of their column that are there, from the `from`-th on. Returns the position of one that does not fit float32, or needs a low part. */
export function placeEntries(rowsAt: usize, columnsAt: usize, valuesAt: usize, from: u32, count: u32, firstColumn: u32, next: usize, rowIds: usize, high: usize, low: usize): i32 {
  for (let e = from; e < count; e++) {
    const counter = next + (<usize>(load<u32>(columnsAt + (<usize>e << 2)) - firstColumn) << 2);
    const at = <usize>load<u32>(counter) << 2;
    if (!split(load<f64>(valuesAt + (<usize>e << 3)), high + at)) return e;
    if (low !== 0) store<f32>(low + at, lost);
    else if (lost !== 0) return e;
    store<u32>(rowIds + at, load<u32>(rowsAt + (<usize>e << 2)));
    store<u32>(counter, load<u32>(counter) + 1);
  }
  return DONE;
}

/** The first column from `first` on whose rows do not strictly ascend; `columns` where all do. */
export function firstUnordered(first: u32, columns: u32, starts: usize, rowIds: usize): u32 {
  for (let j = first; j < columns; j++) {
    let e = load<u32>(starts + (<usize>j << 2)) + 1;
    const end = load<u32>(starts + ((<usize>j + 1) << 2));
    for (; e < end; e++) if (load<u32>(rowIds + (<usize>e << 2)) <= load<u32>(rowIds + (<usize>(e - 1) << 2))) return j;
  }
  return columns;
}
