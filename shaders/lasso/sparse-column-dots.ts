/**
 * Twin of sparse-column-dots.wgsl, same formula: dots[k] = Σ_e x[e] · residual[rowIds[e]] over the entries of column
 * ids[k]. There is no SIMD gather, so four scalar accumulators keep the additions from waiting for each other. `lanes` is for the GPU.
 */

// @ts-ignore: decorator
@inline
function term(x: usize, rowIds: usize, residual: usize, e: u32): f32 {
  return load<f32>(x + (e << 2)) * load<f32>(residual + (load<u32>(rowIds + (e << 2)) << 2));
}

export function run(starts: usize, rowIds: usize, x: usize, residual: usize, ids: usize, dots: usize, count: u32, lanes: u32): void {
  for (let k: u32 = 0; k < count; k++) {
    const column = starts + (load<u32>(ids + (k << 2)) << 2);
    const end = load<u32>(column, 4);
    let e = load<u32>(column);
    let s0: f32 = 0;
    let s1: f32 = 0;
    let s2: f32 = 0;
    let s3: f32 = 0;
    for (; e + 4 <= end; e += 4) {
      s0 += term(x, rowIds, residual, e);
      s1 += term(x, rowIds, residual, e + 1);
      s2 += term(x, rowIds, residual, e + 2);
      s3 += term(x, rowIds, residual, e + 3);
    }
    for (; e < end; e++) s0 += term(x, rowIds, residual, e);
    store<f32>(dots + (k << 2), s0 + s1 + (s2 + s3));
  }
}
