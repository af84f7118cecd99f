/** How many lanes of a GPU share a sparse column. In: entries of a column on average. Out: 4, 8, 16, 32 or 64. */
const FEWEST = 4;
const MOST = 64;
/** Entries that a lane has on average, at least: two are under way at a time. */
const ENTRIES_A_LANE = 3;

export function lanesFor(entriesAColumn: number): number {
  let lanes = FEWEST;
  while (lanes < MOST && 2 * lanes * ENTRIES_A_LANE <= entriesAColumn) lanes *= 2;
  return lanes;
}
