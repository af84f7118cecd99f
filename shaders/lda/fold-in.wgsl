// Topic mixtures of documents under fixed topics, by a fixed point, and how likely every word then is.
//   phi(w, k) = values[w, k] + background[k]                      p(w | topic k); values are 0 where the row has no entry
//   theta_k  <- (alpha_k + Σ_e c_e·theta_k·phi(w_e, k) / q_e) / (Σ_e c_e + Σ alpha),    q_e = Σ_k theta_k·phi(w_e, k)
// `steps` times from theta_k = 1/K, then likelihoods[e] = q_e. It is the EM iteration of a mixture of fixed multinomials, with
// alpha as counts seen before (Asuncion, Welling, Smyth and Teh 2009, "On smoothing and inference for topic models", eq. 8).
// A step costs the entries of the document's rows and K: what all words share is a sum of its own, Σ_k theta_k·background[k].
//
// starts       u32[documentCount + 1]     where each document's entries begin
// entries      u32[2 × entries]           row, c: tokens of that word to fold in; 0 for a word that is only scored
// rowStarts    u32[rows + 1]              where each row begins
// rowTopics    u32[row entries]           topics of a row, none twice; a row of K entries has them in order
// rowValues    f32[row entries]           how far phi lies above the background
// priors       f32[2 × stride]            background, then alpha; 0 beyond K
// thetas       f32[(documentCount + groups) × stride]   written: a mixture a document, 0 beyond K. The last `groups` rows are
//                                         for sums: 0 on entry, and left 0
// likelihoods  f32[entries]               written
//
// K is topicCount, stride is K rounded up to a multiple of 4. A workgroup takes documents g, g + groups, …; workgroups = groups.
// 64 lanes: most rows have fewer than a hundred entries. Eight lanes share the dot of a row, eight rows at a time; the rows then
// are added to the sums one after another, so that no two lanes add to one topic at once and the order is that of the entries.
// Must hold: background > 0; alpha ≥ 0 and alphaSum = Σ alpha > 0; rowTopics < K.

struct Parameters {
  documentCount: u32,
  topicCount: u32,
  steps: u32,
  groups: u32,
  alphaSum: f32,
}

@group(0) @binding(0) var<storage, read> starts: array<u32>;
@group(0) @binding(1) var<storage, read> entries: array<u32>;
@group(0) @binding(2) var<storage, read> rowStarts: array<u32>;
@group(0) @binding(3) var<storage, read> rowTopics: array<u32>;
@group(0) @binding(4) var<storage, read> rowValues: array<f32>;
@group(0) @binding(5) var<storage, read> priors: array<f32>;
@group(0) @binding(6) var<storage, read_write> thetas: array<f32>;
@group(0) @binding(7) var<storage, read_write> likelihoods: array<f32>;
@group(0) @binding(8) var<uniform> parameters: Parameters;

const LANES = 64u;
const TEAM = 8u;
const ROWS = LANES / TEAM;

var<workgroup> partial: array<f32, LANES>;
var<workgroup> eighths: array<f32, ROWS>;
/// c_e / q_e of the rows at hand.
var<workgroup> weights: array<f32, ROWS>;

/// What a workgroup works on: entries begin … end - 1, and where its mixture and its sums lie in `thetas`.
struct Document {
  begin: u32,
  end: u32,
  theta: u32,
  sums: u32,
}

/// Sum over a team's share of `partial`.
fn teamSum(team: u32) -> f32 {
  var sum = 0.0;
  for (var at = team * TEAM; at < (team + 1u) * TEAM; at++) {
    sum += partial[at];
  }
  return sum;
}

/// Sum of `own` over all lanes, for every lane.
fn total(own: f32, lane: u32) -> f32 {
  partial[lane] = own;
  workgroupBarrier();
  if (lane < ROWS) {
    eighths[lane] = teamSum(lane);
  }
  workgroupBarrier();
  return ((eighths[0] + eighths[4]) + (eighths[2] + eighths[6])) + ((eighths[1] + eighths[5]) + (eighths[3] + eighths[7]));
}

/// A lane's share of Σ_k theta_k·values[row, k].
fn rowShare(row: u32, theta: u32, lane: u32) -> f32 {
  var sum = 0.0;
  for (var at = rowStarts[row] + lane % TEAM; at < rowStarts[row + 1u]; at += TEAM) {
    sum += thetas[theta + rowTopics[at]] * rowValues[at];
  }
  return sum;
}

/// Mixture and sums as a document starts; returns Σ_k theta_k·background[k].
fn startUniform(document: Document, stride: u32, lane: u32) -> f32 {
  var own = 0.0;
  for (var k = lane; k < stride; k += LANES) {
    let theta = select(0.0, 1.0 / f32(parameters.topicCount), k < parameters.topicCount);
    thetas[document.theta + k] = theta;
    own += theta * priors[k];
  }
  storageBarrier();
  return total(own, lane);
}

/// Folded tokens of a document.
fn tokensOf(document: Document, lane: u32) -> f32 {
  var own = 0.0;
  for (var e = document.begin + lane; e < document.end; e += LANES) {
    own += f32(entries[2u * e + 1u]);
  }
  return total(own, lane);
}

/// Adds c_e/q_e · values of every row to the sums; returns Σ_e c_e/q_e.
fn addRows(document: Document, background: f32, lane: u32) -> f32 {
  var own = 0.0;
  for (var first = document.begin; first < document.end; first += ROWS) {
    let e = first + lane / TEAM;
    partial[lane] = 0.0;
    if (e < document.end && entries[2u * e + 1u] > 0u) {
      partial[lane] = rowShare(entries[2u * e], document.theta, lane);
    }
    workgroupBarrier();
    if (lane < ROWS && first + lane < document.end) {
      let weight = f32(entries[2u * (first + lane) + 1u]) / (teamSum(lane) + background);
      weights[lane] = weight;
      own += weight;
    }
    workgroupBarrier();
    for (var e = first; e < min(first + ROWS, document.end); e++) {
      if (entries[2u * e + 1u] > 0u) {
        addRow(entries[2u * e], document.sums, weights[e - first], lane);
        storageBarrier();
      }
    }
  }
  return total(own, lane);
}

fn addRow(row: u32, sums: u32, weight: f32, lane: u32) {
  for (var at = rowStarts[row] + lane; at < rowStarts[row + 1u]; at += LANES) {
    thetas[sums + rowTopics[at]] += weight * rowValues[at];
  }
}

/// The next mixture from the sums, which become 0; returns its Σ_k theta_k·background[k].
fn advance(document: Document, stride: u32, weight: f32, scale: f32, lane: u32) -> f32 {
  var own = 0.0;
  for (var k = lane; k < stride; k += LANES) {
    let share = thetas[document.sums + k] + priors[k] * weight;
    let theta = (priors[stride + k] + thetas[document.theta + k] * share) * scale;
    thetas[document.theta + k] = theta;
    thetas[document.sums + k] = 0.0;
    own += theta * priors[k];
  }
  storageBarrier();
  return total(own, lane);
}

fn score(document: Document, background: f32, lane: u32) {
  for (var first = document.begin; first < document.end; first += ROWS) {
    let e = first + lane / TEAM;
    partial[lane] = 0.0;
    if (e < document.end) {
      partial[lane] = rowShare(entries[2u * e], document.theta, lane);
    }
    workgroupBarrier();
    if (lane < ROWS && first + lane < document.end) {
      likelihoods[first + lane] = teamSum(lane) + background;
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group.y * groups.x + group.x;
  if (g >= parameters.groups) {
    return;
  }
  let stride = (parameters.topicCount + 3u) / 4u * 4u;
  let sums = (parameters.documentCount + g) * stride;
  for (var d = g; d < parameters.documentCount; d += parameters.groups) {
    let document = Document(starts[d], starts[d + 1u], d * stride, sums);
    let scale = 1.0 / (tokensOf(document, lane) + parameters.alphaSum);
    var background = startUniform(document, stride, lane);
    for (var step = 0u; step < parameters.steps; step++) {
      let weight = addRows(document, background, lane);
      background = advance(document, stride, weight, scale, lane);
    }
    score(document, background, lane);
  }
}
