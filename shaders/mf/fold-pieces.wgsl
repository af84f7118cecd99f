// Adds up the parts of cut rows: every maximal run of pieces of the same row.
//   table[row] = (accumulate ? table[row] : 0) + Σ_k table[overflow + k],  k over the run, ascending
//
// pieces  u32[2·(pieces + 1)]  pairs (row, begin); the begins are not read
// table   f32[slots × width]   row-major: rows, and from `overflow` on the part of each piece first … first + count - 1
//
// A workgroup a piece, so workgroups = count; those that are not the first of their run end at once. 64 lanes share
// the columns of the table, and each walks the run in order: a fixed order.
// Must hold: first + count ≤ pieces, the pieces of a row are consecutive, row < overflow for every piece.

struct Parameters {
  first: u32,
  count: u32,
  overflow: u32,
  width: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read> pieces: array<vec2u>;
@group(0) @binding(1) var<storage, read_write> table: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const LANES = 64u;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let begin = group.y * groups.x + group.x;
  if (begin >= parameters.count) {
    return;
  }
  let row = pieces[parameters.first + begin].x;
  if (begin > 0u && pieces[parameters.first + begin - 1u].x == row) {
    return;
  }
  let width = parameters.width;
  for (var column = lane; column < width; column += LANES) {
    var sum = 0.0;
    if (parameters.accumulate == 1u) {
      sum = table[row * width + column];
    }
    for (var k = begin; k < parameters.count && pieces[parameters.first + k].x == row; k++) {
      sum += table[(parameters.overflow + k) * width + column];
    }
    table[row * width + column] = sum;
  }
}
