/** Twin of copy.wgsl: four vectors at a time, then one by one. */
export function run(source: usize, target_: usize, count: u32): void {
  const end = source + (<usize>count << 4);
  const far = source + (<usize>(count & ~3) << 4);
  for (; source < far; source += 64, target_ += 64) {
    const first = v128.load(source);
    const second = v128.load(source, 16);
    const third = v128.load(source, 32);
    const fourth = v128.load(source, 48);
    v128.store(target_, first);
    v128.store(target_, second, 16);
    v128.store(target_, third, 32);
    v128.store(target_, fourth, 48);
  }
  for (; source < end; source += 16, target_ += 16) v128.store(target_, v128.load(source));
}
