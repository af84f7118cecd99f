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
      let sum = matrix[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[rowI + k]! * matrix[rowJ + k]!;
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
