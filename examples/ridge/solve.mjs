/** A small dense system in float64. */

/**
 * Solves A x = b for a symmetric positive definite A by Cholesky's A = LL'. Neither is changed.
 * @param {Float64Array} A n × n, row by row
 * @param {Float64Array} b n numbers
 */
export function solve(A, b) {
  const n = b.length;
  const L = A.slice();
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = L[i * n + j];
      for (let k = 0; k < j; k++) rest -= L[i * n + k] * L[j * n + k];
      L[i * n + j] = i === j ? Math.sqrt(rest) : rest / L[j * n + j];
    }
    for (let k = 0; k < i; k++) x[i] -= L[i * n + k] * x[k];
    x[i] /= L[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= L[k * n + i] * x[k];
    x[i] /= L[i * n + i];
  }
  return x;
}
