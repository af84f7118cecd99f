/**
 * Twin of fold-pieces.wgsl, same formula and order. The first piece of a run sets its row or is added to it, the others
 * are added: table[row] = (accumulate ? table[row] : 0) + Σ_k table[overflow + k].
 */

/** target = (adds ? target : 0) + part, `width` values. */
function fold(target: usize, part: usize, width: u32, adds: bool): void {
  const bytes: usize = <usize>width << 2;
  const whole = bytes & ~15;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const value = v128.load(part + at);
    v128.store(target + at, adds ? f32x4.add(v128.load(target + at), value) : value);
  }
  for (; at < bytes; at += 4) {
    const value = load<f32>(part + at);
    store<f32>(target + at, adds ? load<f32>(target + at) + value : value);
  }
}

export function run(pieces: usize, table: usize, first: u32, count: u32, overflow: u32, width: u32, accumulate: u32): void {
  const row = <usize>width << 2;
  let previous: u32 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const target = load<u32>(pieces + (<usize>(first + k) << 3));
    const continues = k > 0 && target == previous;
    fold(table + target * row, table + (overflow + k) * row, width, continues || accumulate == 1);
    previous = target;
  }
}
