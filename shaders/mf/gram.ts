/**
 * Twin of gram.wgsl, same formula: gram[i·stride + j] += Σ_r factors[r·stride + i] · factors[r·stride + j]. Blocks of 4 × 4
 * pairs stay in registers over 256 rows, which stay in the caches, and are added to gram as a whole; the upper triangle is a
 * copy of the lower one.
 */

const CHUNK: u32 = 256;

// @ts-ignore: decorator
@inline
function addTo(at: usize, even: v128, odd: v128): void {
  v128.store(at, f32x4.add(v128.load(at), f32x4.add(even, odd)));
}

/** 4 × 4 pairs over `height` rows; even and odd rows have sums of their own. */
function block(a: usize, b: usize, gram: usize, bytes: usize, height: u32): void {
  let e0 = f32x4.splat(0);
  let e1 = e0;
  let e2 = e0;
  let e3 = e0;
  let o0 = e0;
  let o1 = e0;
  let o2 = e0;
  let o3 = e0;
  let row: u32 = 0;
  for (; row + 2 <= height; row += 2) {
    const even = v128.load(b);
    e0 = f32x4.add(e0, f32x4.mul(v128.load32_splat(a), even));
    e1 = f32x4.add(e1, f32x4.mul(v128.load32_splat(a, 4), even));
    e2 = f32x4.add(e2, f32x4.mul(v128.load32_splat(a, 8), even));
    e3 = f32x4.add(e3, f32x4.mul(v128.load32_splat(a, 12), even));
    a += bytes;
    b += bytes;
    const odd = v128.load(b);
    o0 = f32x4.add(o0, f32x4.mul(v128.load32_splat(a), odd));
    o1 = f32x4.add(o1, f32x4.mul(v128.load32_splat(a, 4), odd));
    o2 = f32x4.add(o2, f32x4.mul(v128.load32_splat(a, 8), odd));
    o3 = f32x4.add(o3, f32x4.mul(v128.load32_splat(a, 12), odd));
    a += bytes;
    b += bytes;
  }
  if (row < height) {
    const last = v128.load(b);
    e0 = f32x4.add(e0, f32x4.mul(v128.load32_splat(a), last));
    e1 = f32x4.add(e1, f32x4.mul(v128.load32_splat(a, 4), last));
    e2 = f32x4.add(e2, f32x4.mul(v128.load32_splat(a, 8), last));
    e3 = f32x4.add(e3, f32x4.mul(v128.load32_splat(a, 12), last));
  }
  addTo(gram, e0, o0);
  addTo(gram + bytes, e1, o1);
  addTo(gram + 2 * bytes, e2, o2);
  addTo(gram + 3 * bytes, e3, o3);
}

/** The blocks on and below the diagonal, over `height` rows. */
function lowerTriangle(factors: usize, gram: usize, bytes: usize, height: u32): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    for (let j: usize = 0; j <= i; j += 16) block(factors + i, factors + j, gram + (i >> 2) * bytes + j, bytes, height);
  }
}

/** Makes the upper triangle the mirror of the lower one. */
function mirror(gram: usize, stride: u32): void {
  for (let i: u32 = 1; i < stride; i++) {
    for (let j: u32 = 0; j < i; j++) store<f32>(gram + ((j * stride + i) << 2), load<f32>(gram + ((i * stride + j) << 2)));
  }
}

export function run(factors: usize, gram: usize, rows: u32, stride: u32): void {
  const bytes: usize = stride << 2;
  for (let row: u32 = 0; row < rows; row += CHUNK) lowerTriangle(factors + row * bytes, gram, bytes, min(CHUNK, rows - row));
  mirror(gram, stride);
}
