/** Solves a symmetric positive definite system by Cholesky's factorization, in float64. */

/**
 * Factors A = L L' in place: `matrix` is size × size, row by row, and only its lower triangle is read and written.
 * Returns false, with the triangle spoilt, when A is not positive definite to working precision.
 */
export function factorize(matrix: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    const rowI = i * size;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * size;
      const sum = matrix[rowI + j]! - dot(matrix, rowI, rowJ, j);
      if (j < i) matrix[rowI + j] = sum / matrix[rowJ + j]!;
      else if (sum > 0) matrix[rowI + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Solves L L' x = b in place of b. */
export function solveFactored(factor: Float64Array, size: number, b: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= factor[i * size + k]! * b[k]!;
    b[i] = sum / factor[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    const value = b[i]! / factor[i * size + i]!;
    b[i] = value;
    for (let k = 0; k < i; k++) b[k]! -= factor[i * size + k]! * value;
  }
}

/** Σ_k m[a + k] m[b + k], k < count; four sums side by side, since one would wait for each of its own additions. */
function dot(m: Float64Array, a: number, b: number, count: number): number {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  let k = 0;
  for (; k + 3 < count; k += 4) {
    sum0 += m[a + k]! * m[b + k]!;
    sum1 += m[a + k + 1]! * m[b + k + 1]!;
    sum2 += m[a + k + 2]! * m[b + k + 2]!;
    sum3 += m[a + k + 3]! * m[b + k + 3]!;
  }
  for (; k < count; k++) sum0 += m[a + k]! * m[b + k]!;
  return sum0 + sum1 + (sum2 + sum3);
}
