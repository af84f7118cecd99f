/** The table as a whole only where an update is implicit, else one number a row. Needs no counts. */
import type { CostFunction } from '../../src/engine/profiler.js';

export const cost: CostFunction = ({ rows, stride, implicit, update }) => {
  const whole = implicit && update;
  return {
    bytes: 4 * (rows * (whole ? stride : 1) + (whole ? stride : implicit) + 14 * rows),
    flops: rows * (6 + 2 * update + implicit + (whole ? 2 * stride + 1 : 0)),
  };
};
