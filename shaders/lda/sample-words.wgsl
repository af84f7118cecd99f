// Metropolis–Hastings over words with delayed counts, then the proposals for the next pass over documents (Chen, Li, Zhu and
// Chen 2016, "WarpLDA", VLDB 9(10), section 3.2). With B the counts of the word as listed, o the topic under which the
// token is counted, and k the one it has come to, starting with its current one:
//   weight(k) = (B_k + beta)·scale_k,   weight(o) = (B_o - 1 + beta)·scale_o / (1 - scale_o),   scale_k = 1 / S_k
//   the jth proposal k' is taken where unit(jth random number) · weight(k) < weight(k')
// With n the sum of B, K topics and x = unit(random number 2j) · (n - 1 + K·beta), the jth new proposal is
//   the topic under which another token of the word is counted, number ⌊x⌋ of the n - 1 others      where x < n - 1
//   a topic of all K, drawn evenly with random number 2j + 1                                         elsewhere
// which is a draw from (B_k + beta) / (n - 1 + K·beta). Here too the token itself is left out of B: proposals that counted
// it would pull it back to where it was, and the two passes would not have its conditional as their common target.
// Tokens in the order of the list: the last of topic o is the token itself, whose place the last of all takes.
//
// cells      u32[6 × cellCount]      first workgroup of the cell, its first piece in `work`, base of its block's region in `rows`, its shard's
//                                    row in `priors` and `deltas`, what makes a position a token's number, lists of the region
// work       u32[3 × …]              pairs: document (not read here), first token, tokens; and among them pieces: word as a list of the
//                                    region, first pair, pairs (1 … 256)
// rows       u32                     regions of count lists: starts, lengths, entries topic | count << bits
// priors     f32[rows × 3K]          of a shard: scale_k, and 2K numbers that are not read here
// topics     u32[tokens]             counted | current << 16; current is written
// proposals  u32[tokens × draws/2]   proposed topics, two in a word, the lower half first: read, then written anew
// deltas     i32[rows × K]           of a shard: less 1 at the topic a token leaves, counted, and 1 more at its current one
// scratch    f32[K], then u32[32,785 + 5 × entries of the longest list]   zeros before and after in the first K; only the twin uses it
//
// One workgroup a piece, so workgroups = count. 64 lanes take a pair each: a pair has 2 tokens or so, whose accesses to
// the list are binary searches. A draw searches the running counts of at most 2,048 chunks of the list in workgroup
// memory (8 KiB), then walks its chunk, which has 1 entry up to 2,048 topics and 32 at most. All counts are integers.
// Random number j of a token is component j mod 4 of pcg4d(seed, sweep, number of the token, stream + ⌊j / 4⌋); stream 24
// is that of the decisions, 32 that of the new proposals.
// Must hold: each token's `counted` is in its word's list; topics ascend in a list, equal topics add up; proposed topics
// < topicCount < 2^16; draws is 2 or 4; n < 2^24, beyond which not every token can be hit; beta > 0; cellCount > 0.

// use ../common/cells.wgsl
// use ../common/pcg4d.wgsl
// use ../common/product.wgsl

struct Parameters {
  cellCount: u32,
  count: u32,
  topicCount: u32,
  bits: u32,
  draws: u32,
  beta: f32,
  seed: u32,
  sweep: u32,
}

@group(0) @binding(0) var<storage, read> cells: array<u32>;
@group(0) @binding(1) var<storage, read> work: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read> priors: array<f32>;
@group(0) @binding(4) var<storage, read_write> topics: array<u32>;
@group(0) @binding(5) var<storage, read_write> proposals: array<u32>;
@group(0) @binding(6) var<storage, read_write> deltas: array<atomic<i32>>;
@group(0) @binding(7) var<storage, read_write> scratch: array<u32>;
@group(0) @binding(8) var<uniform> parameters: Parameters;

const LANES = 64u;
const CHUNKS = 2048u;
const ACCEPT_STREAM = 24u;
const PROPOSE_STREAM = 32u;
/// Running counts by the end of each chunk of the list; those of a lane's chunks alone until the lanes before are added.
var<workgroup> ends: array<u32, CHUNKS>;
var<workgroup> laneSums: array<u32, LANES>;

/// A word's list: its entries from `first`, cut into chunks; and where its shard's tables are.
struct Row {
  first: u32,
  length: u32,
  chunk: u32,
  chunks: u32,
  scales: u32,
  changes: u32,
}

fn rowOf(cell: u32, list: u32) -> Row {
  let base = cells[cell + 2u];
  let length = rows[base + cells[cell + 5u] + 1u + list];
  let chunk = max((length + CHUNKS - 1u) / CHUNKS, 1u);
  let shardRow = cells[cell + 3u] * parameters.topicCount;
  return Row(base + rows[base + list], length, chunk, (length + chunk - 1u) / chunk, 3u * shardRow, shardRow);
}

fn topicAt(row: Row, e: u32) -> u32 {
  return rows[row.first + e] & ((1u << parameters.bits) - 1u);
}

fn countAt(row: Row, e: u32) -> u32 {
  return rows[row.first + e] >> parameters.bits;
}

/// Fills `ends`: lanes take equal stretches of chunks.
fn sumChunks(row: Row, lane: u32) {
  let stretch = (row.chunks + LANES - 1u) / LANES;
  let begin = min(lane * stretch, row.chunks);
  let end = min(begin + stretch, row.chunks);
  var sum = 0u;
  for (var c = begin; c < end; c++) {
    for (var e = c * row.chunk; e < min((c + 1u) * row.chunk, row.length); e++) {
      sum += countAt(row, e);
    }
    ends[c] = sum;
  }
  laneSums[lane] = sum;
  workgroupBarrier();
  var before = 0u;
  for (var other = 0u; other < lane; other++) {
    before += laneSums[other];
  }
  for (var c = begin; c < end; c++) {
    ends[c] += before;
  }
  workgroupBarrier();
}

/// B_k.
fn countOf(row: Row, topic: u32) -> f32 {
  var low = 0u;
  var high = row.length;
  while (low < high) {
    let middle = low + (high - low) / 2u;
    if (topicAt(row, middle) < topic) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  var count = 0u;
  for (var e = low; e < row.length && topicAt(row, e) == topic; e++) {
    count += countAt(row, e);
  }
  return f32(count);
}

fn weightOf(row: Row, own: u32, topic: u32) -> f32 {
  let scale = priors[row.scales + topic];
  if (topic == own) {
    return (countOf(row, topic) - 1.0 + parameters.beta) * scale / (1.0 - scale);
  }
  return (countOf(row, topic) + parameters.beta) * scale;
}

/// The topic of a token after its proposals.
fn decide(row: Row, token: u32, word: u32, random: vec4u) -> u32 {
  let own = word & 0xffffu;
  var topic = word >> 16u;
  var weight = weightOf(row, own, topic);
  for (var j = 0u; j < parameters.draws; j++) {
    let proposed = (proposals[(token * parameters.draws + j) / 2u] >> (16u * (j & 1u))) & 0xffffu;
    let other = weightOf(row, own, proposed);
    if (proposed != topic && unit(random[j]) * weight < other) {
      topic = proposed;
      weight = other;
    }
  }
  return topic;
}

/// The first chunk whose running count exceeds `place`.
fn chunkOf(row: Row, place: u32) -> u32 {
  var low = 0u;
  var high = row.chunks - 1u;
  while (low < high) {
    let middle = low + (high - low) / 2u;
    if (ends[middle] <= place) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low;
}

/// The topic of the token at `place` in the order of the list, or of the last of all where that is the token itself.
fn topicOf(row: Row, own: u32, place: u32) -> u32 {
  let c = chunkOf(row, place);
  var e = c * row.chunk;
  var end = countAt(row, e);
  if (c > 0u) {
    end += ends[c - 1u];
  }
  while (end <= place) {
    e++;
    end += countAt(row, e);
  }
  let topic = topicAt(row, e);
  let lastOfTopic = place + 1u == end && (e + 1u == row.length || topicAt(row, e + 1u) != topic);
  if (topic == own && lastOfTopic) {
    return topicAt(row, row.length - 1u);
  }
  return topic;
}

fn propose(row: Row, own: u32, random: vec2u) -> u32 {
  let others = f32(ends[row.chunks - 1u] - 1u);
  let x = unit(random.x) * (others + f32(parameters.topicCount) * parameters.beta);
  if (x >= others) {
    return product(random.y).x;
  }
  return topicOf(row, own, u32(x));
}

fn takeToken(row: Row, token: u32, number: u32) {
  let word = topics[token];
  let own = word & 0xffffu;
  let topic = decide(row, token, word, pcg4d(vec4u(parameters.seed, parameters.sweep, number, ACCEPT_STREAM)));
  topics[token] = own | (topic << 16u);
  if (topic != own) {
    atomicSub(&deltas[row.changes + own], 1);
    atomicAdd(&deltas[row.changes + topic], 1);
  }
  for (var j = 0u; j < parameters.draws; j += 2u) {
    let random = pcg4d(vec4u(parameters.seed, parameters.sweep, number, PROPOSE_STREAM + j / 2u));
    let low = propose(row, own, random.xy);
    let high = propose(row, own, random.zw);
    proposals[(token * parameters.draws + j) / 2u] = low | (high << 16u);
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group.y * groups.x + group.x;
  if (g >= parameters.count) {
    return;
  }
  let cell = cellOf(g);
  let piece = 3u * (cells[cell + 1u] + g - cells[cell]);
  let row = rowOf(cell, work[piece]);
  sumChunks(row, lane);
  for (var p = lane; p < work[piece + 2u]; p += LANES) {
    let pair = 3u * (work[piece + 1u] + p);
    let first = work[pair + 1u];
    for (var token = first; token < first + work[pair + 2u]; token++) {
      takeToken(row, token, cells[cell + 4u] + token);
    }
  }
}
