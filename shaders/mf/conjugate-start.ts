/**
 * Twin of conjugate-start.wgsl, same formula: residuals[i] = directions[i] = products[i] - penalties[i] · factors[i], 0 in
 * column `fixed`, and products[i] = 0.
 */
export function run(
  factors: usize, penalties: usize, products: usize, residuals: usize, directions: usize,
  rows: u32, stride: u32, fixed: u32,
): void {
  const bytes: usize = stride << 2;
  for (let row: u32 = 0; row < rows; row++) {
    const begin = row * bytes;
    const penalty = v128.load32_splat(penalties + (row << 2));
    for (let at = begin; at < begin + bytes; at += 16) {
      const residual = f32x4.sub(v128.load(products + at), f32x4.mul(penalty, v128.load(factors + at)));
      v128.store(residuals + at, residual);
      v128.store(directions + at, residual);
    }
    if (fixed < stride) {
      store<f32>(residuals + begin + (fixed << 2), 0);
      store<f32>(directions + begin + (fixed << 2), 0);
    }
  }
  memory.fill(products, 0, rows * bytes);
}
