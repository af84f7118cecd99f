/** Fields of the table of cells that a dispatch of LDA serves: u32[6] a cell, in order of their first workgroups. */

export const CELL_BYTES: usize = 24;

/** The workgroup that comes after a cell's last one, where `count` workgroups serve all of `cellCount` cells. */
// @ts-ignore: decorator
@inline
export function endOfCell(cells: usize, cell: u32, cellCount: u32, count: u32): u32 {
  return cell + 1 < cellCount ? load<u32>(cells + (cell + 1) * CELL_BYTES) : count;
}
