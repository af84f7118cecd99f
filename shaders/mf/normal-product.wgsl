// Adds what one tile of columns contributes to the rows' normal equations: the product of the row's matrix with a vector,
// or its residual. For every entry e of a piece of row i, with t = rows[i] · columns[ids[e]] and v = values[e]:
//   products[slot] += Σ_e coefficient · columns[ids[e]]
//   coefficient     = weight · t            (residual = 0)    weight = v, or 1 where implicit = 0
//                   = target - weight · t   (residual = 1)    target = 1 + v, or v where implicit = 0
//
// pieces    u32[2·(pieces + 1)]    pairs (row, begin); piece k has the entries from its begin to the next one's
// ids       u32[entries]           row of `columns` that each entry meets
// values    f32[entries]           rating, or confidence beyond 1 where implicit = 1
// columns   f32[columns × stride]  a tile of the other side's factors, row-major
// rows      f32[rows × stride]     the vectors to multiply, one a row
// products  f32[slots × stride]    slot of piece first + k: its row, added to; or overflow + k, overwritten
//
// One workgroup a piece, so workgroups = count. 64 lanes: eight share the dot of an entry, so that they read 128 bytes in
// a row, and a factor of up to 256 numbers is added in one step. Entries go in tiles of 64: their dots, then their
// coefficients, then every lane adds the tile up for its own columns of the product. Lanes and entries keep one order.
// Must hold: stride a multiple of 4, first + count ≤ pieces, ids[e] < columns; with overflow = 0 every row at most once in
// the dispatch, else the rows lie before `overflow`. (Hu, Koren and Volinsky 2008 for implicit; Takács et al. 2011.)

struct Parameters {
  first: u32,
  count: u32,
  overflow: u32,
  stride: u32,
  residual: u32,
  implicit: u32,
}

@group(0) @binding(0) var<storage, read> pieces: array<vec2u>;
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> columns: array<vec4f>;
@group(0) @binding(4) var<storage, read> rows: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> products: array<vec4f>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

const LANES = 64u;
/// Lanes that share an entry's dot.
const SHARERS = 8u;
const TILE = 64u;
const TILE_PARTS = 512u;
/// Of each entry of the tile: its column's place in `columns`, its sharers' parts of the dot, its coefficient.
var<workgroup> places: array<u32, TILE>;
var<workgroup> parts: array<f32, TILE_PARTS>;
var<workgroup> coefficients: array<f32, TILE>;

fn coefficient(v: f32, t: f32) -> f32 {
  let implicit = parameters.implicit != 0u;
  let weighted = select(t, v * t, implicit);
  return select(weighted, select(v, 1.0 + v, implicit) - weighted, parameters.residual != 0u);
}

/// The dots of `height` entries with the row at `row`, in parts.
fn shareDots(row: u32, width: u32, height: u32, lane: u32) {
  let sharer = lane % SHARERS;
  for (var e = lane / SHARERS; e < height; e += LANES / SHARERS) {
    var sum = vec4f();
    for (var k = sharer; k < width; k += SHARERS) {
      sum += rows[row + k] * columns[places[e] + k];
    }
    parts[e * SHARERS + sharer] = (sum.x + sum.z) + (sum.y + sum.w);
  }
}

fn dotOf(e: u32) -> f32 {
  let at = e * SHARERS;
  return ((parts[at] + parts[at + 1u]) + (parts[at + 2u] + parts[at + 3u]))
    + ((parts[at + 4u] + parts[at + 5u]) + (parts[at + 6u] + parts[at + 7u]));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = group.y * groups.x + group.x;
  if (number >= parameters.count) {
    return;
  }
  let piece = pieces[parameters.first + number];
  let end = pieces[parameters.first + number + 1u].y;
  let width = parameters.stride / 4u;
  let row = piece.x * width;
  var product = row;
  if (parameters.overflow != 0u) {
    product = (parameters.overflow + number) * width;
    for (var k = lane; k < width; k += LANES) {
      products[product + k] = vec4f();
    }
  }
  for (var begin = piece.y; begin < end; begin += TILE) {
    let height = min(TILE, end - begin);
    if (lane < height) {
      places[lane] = ids[begin + lane] * width;
    }
    workgroupBarrier();
    shareDots(row, width, height, lane);
    workgroupBarrier();
    if (lane < height) {
      coefficients[lane] = coefficient(values[begin + lane], dotOf(lane));
    }
    workgroupBarrier();
    for (var k = lane; k < width; k += LANES) {
      var sum = vec4f();
      for (var e = 0u; e < height; e++) {
        sum += coefficients[e] * columns[places[e] + k];
      }
      products[product + k] += sum;
    }
    workgroupBarrier();
  }
}
