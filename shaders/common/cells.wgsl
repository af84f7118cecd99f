// The table of cells that a dispatch serves: six numbers a cell, the first of them its first workgroup, ascending from 0.
// Needs of its kernel: cells: array<u32>; parameters.cellCount.

const CELL = 6u;

/// The cell of workgroup `number`, the last whose first workgroup is not behind it: where it stands in `cells`.
fn cellOf(number: u32) -> u32 {
  var low = 0u;
  var high = parameters.cellCount;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (cells[middle * CELL] <= number) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low * CELL;
}
