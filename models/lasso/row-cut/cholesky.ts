/** Solves a symmetric positive definite system by Cholesky's factorization, in float64. */

/**
 * Factors A = L L' in place: `matrix` is size × size, row by row, and only its lower triangle is read and written.
 * Two rows are worked out against two columns at a time: four sums share four loads, and none waits for itself.
 * Returns false, with the triangle spoilt, when A is not positive definite to working precision.
 */
export function factorize(matrix: Float64Array, size: number): boolean {
  for (let i = 0; i + 1 < size; i += 2) {
    for (let j = 0; j < i; j += 2) fillPair(matrix, size, i, j);
    if (!finishRow(matrix, size, i, i) || !finishRow(matrix, size, i + 1, i)) return false;
  }
  return size % 2 === 0 || finishRow(matrix, size, size - 1, 0);
}

/** L of rows i, i + 1 and columns j, j + 1, all columns before j being there; j + 1 < i. */
function fillPair(m: Float64Array, size: number, i: number, j: number): void {
  const a = i * size;
  const b = a + size;
  const c = j * size;
  const d = c + size;
  let ac = m[a + j]!;
  let ad = m[a + j + 1]!;
  let bc = m[b + j]!;
  let bd = m[b + j + 1]!;
  for (let k = 0; k < j; k++) {
    const ak = m[a + k]!;
    const bk = m[b + k]!;
    const ck = m[c + k]!;
    const dk = m[d + k]!;
    ac -= ak * ck;
    ad -= ak * dk;
    bc -= bk * ck;
    bd -= bk * dk;
  }
  const pivot = m[c + j]!;
  const below = m[d + j]!;
  const next = m[d + j + 1]!;
  m[a + j] = ac /= pivot;
  m[b + j] = bc /= pivot;
  m[a + j + 1] = (ad - ac * below) / next;
  m[b + j + 1] = (bd - bc * below) / next;
}

/** L of row i from column `from` to the diagonal; false when the pivot is not positive. */
function finishRow(m: Float64Array, size: number, i: number, from: number): boolean {
  const row = i * size;
  for (let j = from; j <= i; j++) {
    let sum = m[row + j]!;
    for (let k = 0, other = j * size; k < j; k++) sum -= m[row + k]! * m[other + k]!;
    if (j < i) m[row + j] = sum / m[j * size + j]!;
    else if (sum > 0) m[row + i] = Math.sqrt(sum);
    else return false;
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
