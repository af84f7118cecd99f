/** Sum of the four lanes, in a fixed order: (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function laneSum(v: v128): f32 {
  const halves = f32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}
