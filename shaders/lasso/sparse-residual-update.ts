/**
 * Twin of sparse-residual-update.wgsl, same formula: residual[rowIds[e]] -= x[e] · deltas[k] over the entries of column
 * ids[k], k ascending. One thread walks the entries in order; there is no SIMD scatter.
 */
export function run(
  starts: usize, rowIds: usize, x: usize, ids: usize, deltas: usize, residual: usize, rows: u32, count: u32,
): void {
  for (let k: u32 = 0; k < count; k++) {
    const column = starts + (load<u32>(ids + (k << 2)) << 2);
    const delta = load<f32>(deltas + (k << 2));
    const end = load<u32>(column, 4);
    for (let e = load<u32>(column); e < end; e++) {
      const at = residual + (load<u32>(rowIds + (e << 2)) << 2);
      store<f32>(at, load<f32>(at) - load<f32>(x + (e << 2)) * delta);
    }
  }
}
