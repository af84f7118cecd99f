/** What the two halves of the program agree on. */

/** Numbers of the operations; `values` of a task is empty in both. */
export const Operation = {
  /** ids B → channel 0: X_B'r, a number for each id; channel 1: X_B'X_B, row by row. float32, on gpu.js. */
  Update: 0,
  /** ids B → channel 0: X_B'r in float64. */
  Gradient: 1,
};
