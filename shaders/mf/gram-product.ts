/**
 * Twin of gram-product.wgsl, same formula: products[i] += scale · vectors[i] · gram. A column of gram is also a row of it, so
 * every number is a dot of two rows: blocks of 2 rows × 4 rows of gram in registers, with the four rows of gram in the
 * first-level cache while 64 rows stream past from the second level.
 */
import { fourSums } from '../common/four-sums';

const CHUNK: u32 = 64;

/** Four products of each of two rows, which may be the same row, with the rows g, g + bytes, … of gram. */
function block(row: usize, other: usize, g: usize, product: usize, otherProduct: usize, bytes: usize, scale: f32): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  const g1 = g + bytes;
  const g2 = g1 + bytes;
  const g3 = g2 + bytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    const a = v128.load(row + at);
    const b = v128.load(other + at);
    const u0 = v128.load(g + at);
    a0 = f32x4.add(a0, f32x4.mul(a, u0));
    b0 = f32x4.add(b0, f32x4.mul(b, u0));
    const u1 = v128.load(g1 + at);
    a1 = f32x4.add(a1, f32x4.mul(a, u1));
    b1 = f32x4.add(b1, f32x4.mul(b, u1));
    const u2 = v128.load(g2 + at);
    a2 = f32x4.add(a2, f32x4.mul(a, u2));
    b2 = f32x4.add(b2, f32x4.mul(b, u2));
    const u3 = v128.load(g3 + at);
    a3 = f32x4.add(a3, f32x4.mul(a, u3));
    b3 = f32x4.add(b3, f32x4.mul(b, u3));
  }
  const multiple = f32x4.splat(scale);
  const sum = f32x4.add(v128.load(product), f32x4.mul(multiple, fourSums(a0, a1, a2, a3)));
  const otherSum = f32x4.add(v128.load(otherProduct), f32x4.mul(multiple, fourSums(b0, b1, b2, b3)));
  v128.store(product, sum);
  v128.store(otherProduct, otherSum);
}

/** All products of `height` rows. An odd last row is its own partner. */
function strip(vectors: usize, gram: usize, products: usize, bytes: usize, height: u32, scale: f32): void {
  for (let j: usize = 0; j < bytes; j += 16) {
    const g = gram + (j >> 2) * bytes;
    for (let i: u32 = 0; i < height; i += 2) {
      const row = i * bytes;
      const other = min(i + 1, height - 1) * bytes;
      block(vectors + row, vectors + other, g, products + row + j, products + other + j, bytes, scale);
    }
  }
}

export function run(vectors: usize, gram: usize, products: usize, rows: u32, stride: u32, scale: f32): void {
  const bytes: usize = stride << 2;
  for (let row: u32 = 0; row < rows; row += CHUNK) {
    strip(vectors + row * bytes, gram, products + row * bytes, bytes, min(CHUNK, rows - row), scale);
  }
}
