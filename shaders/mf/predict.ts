/** Twin of predict.wgsl, same formula: predictions[k] = Σ_r rows[rowIds[e]·stride + r] · columns[columnIds[e]·stride + r], e = first + k. */
import { dot } from '../common/dot';

export function run(
  rowIds: usize, columnIds: usize, rows: usize, columns: usize, predictions: usize, first: u32, count: u32, stride: u32,
): void {
  const bytes: usize = stride << 2;
  for (let k: u32 = 0; k < count; k++) {
    const e = first + k;
    const x = rows + <usize>load<u32>(rowIds + (e << 2)) * bytes;
    const y = columns + <usize>load<u32>(columnIds + (e << 2)) * bytes;
    store<f32>(predictions + (k << 2), dot(x, y, bytes));
  }
}
