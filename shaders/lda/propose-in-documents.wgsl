// Proposals for the pass over words (Chen, Li, Zhu and Chen 2016, "WarpLDA", VLDB 9(10), section 3.2): with the N tokens of
// its document, and x = unit(random number 2j) · (N - 1 + Σ alpha), a token's jth proposal is
//   the topic that another token of the document has now, number ⌊x⌋ of the N - 1 others        where x < N - 1
//   a topic drawn from alpha / Σ alpha with random number 2j + 1                                 elsewhere
// which is a draw from (D_k + alpha_k) / (N - 1 + Σ alpha), the token itself left out, whatever K costs nothing.
//
// shards       u32[3 × shardCount]     first piece of the shard, a number not read here, what makes a position a token's number
// pieces       u32[3 × count]          document, first token, tokens (1 … 1,024)
// tokenStarts  u32[documents + 1]      where each document's tokens begin
// topics       u32[tokens]             counted | current << 16
// aliases      u32[2 × topicCount]     alias table of alpha (Vose 1991): of each topic its probability as f32, its alias
// proposals    u32[tokens × draws/2]   written: proposed topics, two in a word, the lower half first
//
// One workgroup a piece, so workgroups = count. 64 lanes: most documents have a few hundred tokens, independent of each
// other. 32 random bits times K choose a column of the alias table by the product's high word, and by its low word
// whether the column's alias is taken.
// Random number j of a token is component j mod 4 of pcg4d(seed, sweep, number of the token, 16 + ⌊j / 4⌋).
// Must hold: current < topicCount < 2^16; draws is 2 or 4; N < 2^24, beyond which not every token can be hit;
// alphaSum > 0; shardCount > 0.

// use ../common/document-shards.wgsl
// use ../common/pcg4d.wgsl
// use ../common/product.wgsl

struct Parameters {
  shardCount: u32,
  count: u32,
  topicCount: u32,
  draws: u32,
  alphaSum: f32,
  seed: u32,
  sweep: u32,
}

@group(0) @binding(0) var<storage, read> shards: array<u32>;
@group(0) @binding(1) var<storage, read> pieces: array<u32>;
@group(0) @binding(2) var<storage, read> tokenStarts: array<u32>;
@group(0) @binding(3) var<storage, read> topics: array<u32>;
@group(0) @binding(4) var<storage, read> aliases: array<u32>;
@group(0) @binding(5) var<storage, read_write> proposals: array<u32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

const LANES = 64u;
const STREAM = 16u;

fn topicFromAlpha(bits: u32) -> u32 {
  let drawn = product(bits);
  if (unit(drawn.y) < bitcast<f32>(aliases[2u * drawn.x])) {
    return drawn.x;
  }
  return aliases[2u * drawn.x + 1u];
}

/// One proposal of the token at `begin + own` in a document with `others` more tokens.
fn propose(begin: u32, own: u32, others: u32, random: vec2u) -> u32 {
  let x = unit(random.x) * (f32(others) + parameters.alphaSum);
  if (x >= f32(others)) {
    return topicFromAlpha(random.y);
  }
  let place = u32(x);
  return topics[begin + place + u32(place >= own)] >> 16u;
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
  let numbered = shards[shardOf(g) + 2u];
  let document = pieces[3u * g];
  let start = tokenStarts[document];
  let others = tokenStarts[document + 1u] - start - 1u;
  let begin = pieces[3u * g + 1u];
  let end = begin + pieces[3u * g + 2u];
  for (var token = begin + lane; token < end; token += LANES) {
    for (var j = 0u; j < parameters.draws; j += 2u) {
      let random = pcg4d(vec4u(parameters.seed, parameters.sweep, numbered + token, STREAM + j / 2u));
      let low = propose(start, token - start, others, random.xy);
      let high = propose(start, token - start, others, random.zw);
      proposals[(token * parameters.draws + j) / 2u] = low | (high << 16u);
    }
  }
}
