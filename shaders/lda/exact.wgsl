// New topics for the tokens of some cells, each drawn exactly from its conditional distribution given all other tokens as they
// are counted: collapsed Gibbs sampling (Griffiths and Steyvers 2004, "Finding scientific topics") in sparse buckets (Yao,
// Mimno and McCallum 2009, "Efficient methods for topic model inference on streaming document collections").
// For a token of word w in document d, counted under o, with counts B of the word, D of the document, S of all tokens:
//   scale_k = 1 / (S_k + V·beta),  phi_k = (B_k + beta) · scale_k
//   own    = (D_o - 1 + alpha_o) · (B_o - 1 + beta) · scale_o / (1 - scale_o)       the token itself is taken off
//   inList = Σ D_k · phi_k,  inRow = Σ alpha_k · scale_k · B_k,  prior = Σ alpha_k · beta · scale_k        over k ≠ o
// A number below own + inList + inRow + prior falls on o, an entry of the document's list, one of the row, or a topic, in
// this order; that topic becomes `current`.
//
// cells      u32[6 × cellCount]    first workgroup, first piece in `work`, base of the block's region in `rows`, shard row, what a token's
//                                  position lacks to its number (mod 2^32), lists of the region
// work       u32[3 × …]            pairs: document, first token, tokens, all of the same word; and among them pieces: word (a list of
//                                  the region), first pair, pairs
// documents  u32[…]                region of count lists at 0: starts[n + 1], lengths[n], then a room a list; an entry is
//                                  topic | count << bits, topics ascending, a topic may come again
// rows       u32[…]                regions of count lists, likewise
// priors     f32[shard rows × 3K]  scale_k, then alpha_k · scale_k, then running sums of alpha_k · beta · scale_k
// topics     u32[tokens]           counted | current << 16; `current` is set, also where it stays
// deltas     i32[shard rows × K]   each token that changed takes 1 from its counted topic and adds 1 to the new one
// scratch    f32[4K + 17G + 4]    zero before and after; only the twin uses it. G = ⌈most room of a document's list / 16⌉
//
// One workgroup a piece, so workgroups = count. 64 lanes: each takes a pair, walks its document's list and then draws for its
// tokens, so every sum has one order. phi lies in workgroup memory (8 KiB); of the row each lane keeps the sum of its share.
// Numbers are pcg4d(seed, sweep, token, 0) (Jarzynski and Olano 2020, "Hash functions for GPU rendering"), 24 bits of the first.
// Must hold: cells by ascending first workgroup, the first of them 0; 1 ≤ K ≤ 2048, K ≤ 2^bits, 1 ≤ bits ≤ 31; each token is
// counted in its list, its row and S; scale_k < 1; every pair has a token, every piece a pair.

// use ../common/cells.wgsl
// use ../common/pcg4d.wgsl

struct Parameters {
  cellCount: u32,
  count: u32,
  documentCount: u32,
  topicCount: u32,
  bits: u32,
  beta: f32,
  seed: u32,
  sweep: u32,
}

@group(0) @binding(0) var<storage, read> cells: array<u32>;
@group(0) @binding(1) var<storage, read> work: array<u32>;
@group(0) @binding(2) var<storage, read> documents: array<u32>;
@group(0) @binding(3) var<storage, read> rows: array<u32>;
@group(0) @binding(4) var<storage, read> priors: array<f32>;
@group(0) @binding(5) var<storage, read_write> topics: array<u32>;
@group(0) @binding(6) var<storage, read_write> deltas: array<atomic<i32>>;
@group(0) @binding(7) var<storage, read_write> scratch: array<f32>;
@group(0) @binding(8) var<uniform> parameters: Parameters;

const LANES = 64u;
const MOST_TOPICS = 2048u;

var<workgroup> phi: array<f32, MOST_TOPICS>;
/// Sums of alpha_k · scale_k · B_k over each lane's share of the row, then running sums of them.
var<workgroup> shares: array<f32, LANES>;

/// A count list: where it begins and its entries.
struct List {
  begin: u32,
  length: u32,
}

/// What a token of topic o leaves in each bucket, and o's part of it.
struct Buckets {
  own: f32,
  inList: f32,
  inRow: f32,
  prior: f32,
  ownInList: f32,
  ownInRow: f32,
  ownInPrior: f32,
}

fn topicOf(entry: u32) -> u32 {
  return entry & ((1u << parameters.bits) - 1u);
}

fn countOf(entry: u32) -> f32 {
  return f32(entry >> parameters.bits);
}

fn fillPhi(scales: u32, lane: u32) {
  for (var k = lane; k < parameters.topicCount; k += LANES) {
    phi[k] = parameters.beta * priors[scales + k];
  }
}

/// Puts the row into phi; the lane that has a topic's first entry adds those after it.
fn scatterRow(row: List, scales: u32, lane: u32) {
  for (var e = lane; e < row.length; e += LANES) {
    let k = topicOf(rows[row.begin + e]);
    if (e > 0u && topicOf(rows[row.begin + e - 1u]) == k) {
      continue;
    }
    phi[k] = (rowCount(row, e, k) + parameters.beta) * priors[scales + k];
  }
}

/// Count of topic k, whose first entry in the row would be e.
fn rowCount(row: List, e: u32, k: u32) -> f32 {
  var sum = 0.0;
  for (var at = e; at < row.length && topicOf(rows[row.begin + at]) == k; at++) {
    sum += countOf(rows[row.begin + at]);
  }
  return sum;
}

fn shareOf(row: List) -> u32 {
  return (row.length + LANES - 1u) / LANES;
}

fn rowWeight(row: List, e: u32, scales: u32) -> f32 {
  let entry = rows[row.begin + e];
  return priors[scales + parameters.topicCount + topicOf(entry)] * countOf(entry);
}

fn sumShare(row: List, scales: u32, lane: u32) -> f32 {
  var sum = 0.0;
  for (var e = lane * shareOf(row); e < min((lane + 1u) * shareOf(row), row.length); e++) {
    sum += rowWeight(row, e, scales);
  }
  return sum;
}

/// The shares of the lanes up to this one, every lane by itself: none waits for another.
fn sumUpTo(lane: u32) -> f32 {
  var sum = shares[0];
  for (var other = 1u; other <= lane; other++) {
    sum += shares[other];
  }
  return sum;
}

fn documentList(document: u32) -> List {
  return List(documents[document], documents[parameters.documentCount + 1u + document]);
}

fn entryWeight(entry: u32) -> f32 {
  return countOf(entry) * phi[topicOf(entry)];
}

/// Σ D_k · phi_k over the whole list. Lanes read lists that lie far apart: four entries are asked for at once, while what was
/// fetched with the first is still at hand.
fn weigh(list: List) -> f32 {
  let end = list.begin + list.length;
  var sum = 0.0;
  var e = list.begin;
  for (; e + 3u < end; e += 4u) {
    let a = documents[e];
    let b = documents[e + 1u];
    let c = documents[e + 2u];
    let d = documents[e + 3u];
    sum = sum + entryWeight(a) + entryWeight(b) + entryWeight(c) + entryWeight(d);
  }
  for (; e < end; e++) {
    sum += entryWeight(documents[e]);
  }
  return sum;
}

/// Count of topic k in a document's list.
fn documentCountOf(list: List, k: u32) -> f32 {
  var low = list.begin;
  var high = list.begin + list.length;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (topicOf(documents[middle]) < k) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  var sum = 0.0;
  for (; low < list.begin + list.length && topicOf(documents[low]) == k; low++) {
    sum += countOf(documents[low]);
  }
  return sum;
}

/// Count of topic k in the row, from phi_k: exact below 2^20, above within the rounding of phi.
fn rowCountOf(k: u32, scale: f32) -> f32 {
  return round(phi[k] / scale - parameters.beta);
}

fn buckets(list: List, whole: f32, scales: u32, o: u32) -> Buckets {
  let inDocument = documentCountOf(list, o);
  let scale = priors[scales + o];
  let inWord = rowCountOf(o, scale);
  let alphaScale = priors[scales + parameters.topicCount + o];
  var found: Buckets;
  found.own = (inWord - 1.0 + parameters.beta) / (1.0 - scale) * ((inDocument - 1.0) * scale + alphaScale);
  found.ownInList = inDocument * phi[o];
  found.ownInRow = alphaScale * inWord;
  found.ownInPrior = alphaScale * parameters.beta;
  found.inList = max(whole - found.ownInList, 0.0);
  found.inRow = max(shares[LANES - 1u] - found.ownInRow, 0.0);
  found.prior = max(priors[scales + 3u * parameters.topicCount - 1u] - found.ownInPrior, 0.0);
  return found;
}

/// The topic of the first entry of a document's list whose running sum, o left out, exceeds x; of the last one where none does.
fn topicInList(list: List, o: u32, x: f32) -> u32 {
  let last = list.begin + list.length - 1u;
  var sum = 0.0;
  var e = list.begin;
  for (; e + 3u < last; e += 4u) {
    let a = documents[e];
    let b = documents[e + 1u];
    let c = documents[e + 2u];
    let d = documents[e + 3u];
    let upToA = sum + otherWeight(a, o);
    let upToB = upToA + otherWeight(b, o);
    let upToC = upToB + otherWeight(c, o);
    sum = upToC + otherWeight(d, o);
    if (sum > x) {
      return topicOf(select(select(select(d, c, upToC > x), b, upToB > x), a, upToA > x));
    }
  }
  for (; e < last; e++) {
    sum += otherWeight(documents[e], o);
    if (sum > x) {
      break;
    }
  }
  return topicOf(documents[e]);
}

fn otherWeight(entry: u32, o: u32) -> f32 {
  return select(entryWeight(entry), 0.0, topicOf(entry) == o);
}

/// The topic of the first entry of the row whose running sum exceeds x; of the last one where none does.
fn topicInRow(row: List, scales: u32, x: f32) -> u32 {
  var lane = 0u;
  for (var step = LANES / 2u; step > 0u; step /= 2u) {
    if (shares[lane + step - 1u] <= x) {
      lane += step;
    }
  }
  var sum = 0.0;
  if (lane > 0u) {
    sum = shares[lane - 1u];
  }
  var e = min(lane * shareOf(row), row.length - 1u);
  for (; e < row.length - 1u; e++) {
    sum += rowWeight(row, e, scales);
    if (sum > x) {
      break;
    }
  }
  return topicOf(rows[row.begin + e]);
}

/// The first topic whose running sum of the prior exceeds x; the last one where none does.
fn topicInPrior(scales: u32, x: f32) -> u32 {
  var low = 0u;
  var high = parameters.topicCount - 1u;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (priors[scales + 2u * parameters.topicCount + middle] > x) {
      high = middle;
    } else {
      low = middle + 1u;
    }
  }
  return low;
}

/// Running sums of the row and of the prior still have o's part: a number behind it is moved up by that part.
fn draw(found: Buckets, list: List, row: List, scales: u32, o: u32, number: f32) -> u32 {
  var x = number * (found.own + found.inList + found.inRow + found.prior) - found.own;
  if (x < 0.0) {
    return o;
  }
  if (x < found.inList) {
    return topicInList(list, o, x);
  }
  x -= found.inList;
  if (x < found.inRow) {
    let k = topicInRow(row, scales, x);
    if (k < o) {
      return k;
    }
    return topicInRow(row, scales, x + found.ownInRow);
  }
  x -= found.inRow;
  if (x < found.prior) {
    let k = topicInPrior(scales, x);
    if (k < o) {
      return k;
    }
    return topicInPrior(scales, x + found.ownInPrior);
  }
  return o;
}

/// New topics for the tokens of a pair.
fn drawPair(pair: u32, row: List, scales: u32, shardDeltas: u32, tokenBase: u32) {
  let list = documentList(work[3u * pair]);
  let whole = weigh(list);
  let first = work[3u * pair + 1u];
  for (var token = first; token < first + work[3u * pair + 2u]; token++) {
    let o = topics[token] & 0xFFFFu;
    let bits = pcg4d(vec4u(parameters.seed, parameters.sweep, tokenBase + token, 0u)).x;
    let number = f32(bits >> 8u) / 16777216.0;
    let k = draw(buckets(list, whole, scales, o), list, row, scales, o, number);
    topics[token] = o | (k << 16u);
    if (k != o) {
      atomicSub(&deltas[shardDeltas + o], 1);
      atomicAdd(&deltas[shardDeltas + k], 1);
    }
  }
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
  let cell = cellOf(number);
  let piece = 3u * (cells[cell + 1u] + number - cells[cell]);
  let region = cells[cell + 2u];
  let scales = cells[cell + 3u] * 3u * parameters.topicCount;
  let word = region + work[piece];
  let row = List(region + rows[word], rows[word + cells[cell + 5u] + 1u]);
  fillPhi(scales, lane);
  shares[lane] = sumShare(row, scales, lane);
  workgroupBarrier();
  scatterRow(row, scales, lane);
  let running = sumUpTo(lane);
  workgroupBarrier();
  shares[lane] = running;
  workgroupBarrier();
  let firstPair = work[piece + 1u];
  for (var pair = firstPair + lane; pair < firstPair + work[piece + 2u]; pair += LANES) {
    drawPair(pair, row, scales, cells[cell + 3u] * parameters.topicCount, cells[cell + 4u]);
  }
}
