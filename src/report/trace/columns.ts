/** Text in columns: the first to the left, the others to the right. */

/** A row a line. Cells of a column are padded to its widest. */
export function inColumns(rows: readonly (readonly string[])[], leftColumns = 1): string[] {
  const widths = rows.reduce<number[]>((widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)), []);
  return rows.map((row) => row.map((cell, i) => (i < leftColumns ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ').trimEnd());
}
