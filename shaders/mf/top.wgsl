// The best columns of listed users: merges the scores of a block of columns into each user's running best list.
//   score(k, j) = Σ_r rows[users[k]·stride + r] · columns[j·stride + r],  id = firstId + j,  j not excluded for k
//   the list of k becomes the n best of what it held and of these: higher scores first, equal scores by ascending id
//
// users           u32[count]          rows of the listed users, repeats allowed
// rows            f32[rows × stride]  row-major, biases included
// columns         f32[cols × stride]  row-major, biases included
// excludedStarts  u32[count + 1]      where each listed user's excluded columns begin
// excludedIds     u32[excluded]       columns of this block, ascending for each user
// scores          f32[count × n]      the lists, best first; an empty place is -3.4028235e38, the lowest f32
// ids             u32[count × n]      their ids; an empty place is 0xFFFFFFFF
//
// An empty place is worse than any finite score, by its id even than the lowest f32; WGSL promises nothing of infinities.
//
// One workgroup a user, so workgroups = count. 256 lanes, one column each a turn: a lane walks its column in order, four
// sums side by side, so a score does not depend on how columns were cut into blocks. The list lies in workgroup memory,
// up to 4 places a lane (10 KiB with the turn's scores). Columns that beat the last of the list enter: each entry's new
// place is the number of entries, of the list and of the turn, that are better; no two are equal, since ids differ.
// Must hold: stride is a positive multiple of 4; 1 ≤ n ≤ 1024; firstId + cols < 0xFFFFFFFF; no column comes twice to a
// list; the lists are sorted on entry; scores are finite.

struct Parameters {
  count: u32,
  cols: u32,
  stride: u32,
  n: u32,
  firstId: u32,
}

@group(0) @binding(0) var<storage, read> users: array<u32>;
@group(0) @binding(1) var<storage, read> rows: array<vec4f>;
@group(0) @binding(2) var<storage, read> columns: array<vec4f>;
@group(0) @binding(3) var<storage, read> excludedStarts: array<u32>;
@group(0) @binding(4) var<storage, read> excludedIds: array<u32>;
@group(0) @binding(5) var<storage, read_write> scores: array<f32>;
@group(0) @binding(6) var<storage, read_write> ids: array<u32>;
@group(0) @binding(7) var<uniform> parameters: Parameters;

const LANES = 256u;
const GROUPS = 16u;
const PLACES = 4u;
const MOST = 1024u;
const NONE = 0xFFFFFFFFu;

/// The lists' entries are pairs of score and id.
struct Entry {
  score: f32,
  id: u32,
}
var<workgroup> list: array<Entry, MOST>;
/// A column of this turn for each lane; id NONE where it does not enter.
var<workgroup> turn: array<Entry, LANES>;
/// How many columns of 16 lanes enter.
var<workgroup> entering: array<u32, GROUPS>;

fn better(a: Entry, b: Entry) -> bool {
  return a.score > b.score || (a.score == b.score && a.id < b.id);
}

fn isExcluded(k: u32, column: u32) -> bool {
  var low = excludedStarts[k];
  var high = excludedStarts[k + 1u];
  while (low < high) {
    let middle = low + (high - low) / 2u;
    if (excludedIds[middle] < column) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low < excludedStarts[k + 1u] && excludedIds[low] == column;
}

fn score(user: u32, column: u32) -> f32 {
  let fours = parameters.stride / 4u;
  let x = user * fours;
  let y = column * fours;
  var sum = vec4f();
  for (var r = 0u; r < fours; r++) {
    sum += rows[x + r] * columns[y + r];
  }
  return (sum.x + sum.z) + (sum.y + sum.w);
}

/// The entry of listed user k and a column; one of id NONE where the column does not enter his list.
fn entrant(k: u32, column: u32) -> Entry {
  if (column >= parameters.cols) {
    return Entry(0.0, NONE);
  }
  let entry = Entry(score(users[k], column), parameters.firstId + column);
  if (!better(entry, list[parameters.n - 1u]) || isExcluded(k, column)) {
    return Entry(0.0, NONE);
  }
  return entry;
}

fn countEntering(sixteen: u32) -> u32 {
  var count = 0u;
  for (var other = 0u; other < LANES / GROUPS; other++) {
    count += u32(turn[sixteen * (LANES / GROUPS) + other].id != NONE);
  }
  return count;
}

fn anyEnters() -> bool {
  var count = 0u;
  for (var sixteen = 0u; sixteen < GROUPS; sixteen++) {
    count += entering[sixteen];
  }
  return count > 0u;
}

/// How many columns of the turn enter and are better.
fn betterInTurn(entry: Entry) -> u32 {
  var count = 0u;
  for (var other = 0u; other < LANES; other++) {
    let rival = turn[other];
    count += u32(rival.id != NONE && better(rival, entry));
  }
  return count;
}

/// How many entries of the list are better: they come first.
fn betterInList(entry: Entry) -> u32 {
  var low = 0u;
  var high = parameters.n;
  while (low < high) {
    let middle = low + (high - low) / 2u;
    if (better(list[middle], entry)) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low;
}

/// The entries a lane answers for, at most PLACES of the list and one of the turn, and where they go; n where nowhere.
struct Moves {
  entries: array<Entry, PLACES + 1u>,
  places: array<u32, PLACES + 1u>,
}

fn newPlaces(lane: u32, own: Entry) -> Moves {
  var moves: Moves;
  for (var m = 0u; m < PLACES; m++) {
    let at = lane + m * LANES;
    moves.places[m] = parameters.n;
    if (at < parameters.n) {
      moves.entries[m] = list[at];
      moves.places[m] = at + betterInTurn(list[at]);
    }
  }
  moves.entries[PLACES] = own;
  moves.places[PLACES] = parameters.n;
  if (own.id != NONE) {
    moves.places[PLACES] = betterInList(own) + betterInTurn(own);
  }
  return moves;
}

fn place(moves: ptr<function, Moves>) {
  for (var m = 0u; m <= PLACES; m++) {
    if ((*moves).places[m] < parameters.n) {
      list[(*moves).places[m]] = (*moves).entries[m];
    }
  }
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = group.y * groups.x + group.x;
  if (k >= parameters.count) {
    return;
  }
  let n = parameters.n;
  for (var at = lane; at < n; at += LANES) {
    list[at] = Entry(scores[k * n + at], ids[k * n + at]);
  }
  workgroupBarrier();
  for (var first = 0u; first < parameters.cols; first += LANES) {
    let own = entrant(k, first + lane);
    turn[lane] = own;
    workgroupBarrier();
    if (lane < GROUPS) {
      entering[lane] = countEntering(lane);
    }
    workgroupBarrier();
    let merging = anyEnters();
    var moves: Moves;
    if (merging) {
      moves = newPlaces(lane, own);
    }
    workgroupBarrier();
    if (merging) {
      place(&moves);
    }
    workgroupBarrier();
  }
  for (var at = lane; at < n; at += LANES) {
    scores[k * n + at] = list[at].score;
    ids[k * n + at] = list[at].id;
  }
}
