// Metropolis–Hastings over documents with delayed counts (Chen, Li, Zhu and Chen 2016, "WarpLDA: a cache efficient O(1)
// algorithm for latent Dirichlet allocation", VLDB 9(10), section 3.2): each token takes or leaves the topics that its word
// proposed. With D the counts of the document as listed, o the token's topic and k the one it has come to, starting with o:
//   weight(k) = (D_k + alpha_k)·scale_k,   weight(o) = (D_o - 1 + alpha_o)·scale_o / (1 - scale_o),   scale_k = 1 / S_k
//   the jth proposal k' is taken where unit(jth random number) · weight(k) < weight(k')
// which leaves the token itself out of every count: scale_o / (1 - scale_o) = 1 / (S_o - 1).
//
// shards     u32[3 × shardCount]     first piece of the shard, its row in `priors`, what makes a position a token's number
// pieces     u32[3 × count]          document, first token, tokens (1 … 1,024)
// documents  u32                     region of documentCount count lists at 0: starts, lengths, entries topic | count << bits
// priors     f32[rows × 3K]          of a shard: scale_k, alpha_k·scale_k, and K numbers that are not read here
// proposals  u32[tokens × draws/2]   proposed topics, two in a word, the lower half first
// topics     u32[tokens]             counted | current << 16; current is written
// scratch    f32[K]                  zeros before and after; only the twin, which scatters a document's counts, uses it
//
// One workgroup a piece, so workgroups = count. 64 lanes: most documents have a few hundred tokens, each of which costs a
// lane a binary search in the list a proposal, independent of all others.
// Random number j of a token is component j of pcg4d(seed, sweep, number of the token, 8).
// Must hold: counted = current on entry, and the documents' lists say so; topics ascend in a list, equal topics add up;
// proposed topics < topicCount; draws is 2 or 4; topicCount < 2^16; alpha_k > 0; shardCount > 0.

// use ../common/document-shards.wgsl
// use ../common/pcg4d.wgsl

struct Parameters {
  shardCount: u32,
  count: u32,
  documentCount: u32,
  topicCount: u32,
  bits: u32,
  draws: u32,
  seed: u32,
  sweep: u32,
}

@group(0) @binding(0) var<storage, read> shards: array<u32>;
@group(0) @binding(1) var<storage, read> pieces: array<u32>;
@group(0) @binding(2) var<storage, read> documents: array<u32>;
@group(0) @binding(3) var<storage, read> priors: array<f32>;
@group(0) @binding(4) var<storage, read> proposals: array<u32>;
@group(0) @binding(5) var<storage, read_write> topics: array<u32>;
@group(0) @binding(6) var<storage, read_write> scratch: array<f32>;
@group(0) @binding(7) var<uniform> parameters: Parameters;

const LANES = 64u;
const STREAM = 8u;

/// D_k of the list whose entries begin at `first`.
fn countOf(first: u32, length: u32, topic: u32) -> f32 {
  let mask = (1u << parameters.bits) - 1u;
  var low = 0u;
  var high = length;
  while (low < high) {
    let middle = low + (high - low) / 2u;
    if ((documents[first + middle] & mask) < topic) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  var count = 0u;
  for (var e = low; e < length && (documents[first + e] & mask) == topic; e++) {
    count += documents[first + e] >> parameters.bits;
  }
  return f32(count);
}

/// Where a document's entries are, where its shard's priors are, and the topic that does not count itself.
struct Place {
  first: u32,
  length: u32,
  scales: u32,
  own: u32,
}

fn weightOf(place: Place, topic: u32) -> f32 {
  let count = countOf(place.first, place.length, topic);
  let scale = priors[place.scales + topic];
  let prior = priors[place.scales + parameters.topicCount + topic];
  if (topic == place.own) {
    return ((count - 1.0) * scale + prior) / (1.0 - scale);
  }
  return count * scale + prior;
}

fn proposalOf(token: u32, j: u32) -> u32 {
  return (proposals[(token * parameters.draws + j) / 2u] >> (16u * (j & 1u))) & 0xffffu;
}

/// The topic of one token after its proposals.
fn decide(place: Place, token: u32, random: vec4u) -> u32 {
  var topic = place.own;
  var weight = weightOf(place, topic);
  for (var j = 0u; j < parameters.draws; j++) {
    let proposed = proposalOf(token, j);
    let other = weightOf(place, proposed);
    if (proposed != topic && unit(random[j]) * weight < other) {
      topic = proposed;
      weight = other;
    }
  }
  return topic;
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
  let shard = shardOf(g);
  let document = pieces[3u * g];
  let first = documents[document];
  let length = documents[parameters.documentCount + 1u + document];
  let scales = shards[shard + 1u] * parameters.topicCount * 3u;
  let begin = pieces[3u * g + 1u];
  let end = begin + pieces[3u * g + 2u];
  for (var token = begin + lane; token < end; token += LANES) {
    let word = topics[token];
    let random = pcg4d(vec4u(parameters.seed, parameters.sweep, shards[shard + 2u] + token, STREAM));
    let topic = decide(Place(first, length, scales, word >> 16u), token, random);
    topics[token] = (word & 0xffffu) | (topic << 16u);
  }
}
