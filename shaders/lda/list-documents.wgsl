// The documents' count lists anew, from the current topics of their tokens, which from now on are counted under them.
//   list of d = how often each topic is `current` among the tokens of d;   counted := current
//
// tokenStarts  u32[documents + 1]  where each document's tokens begin
// topics       u32[tokens]         counted | current << 16
// documents    u32[…]              region of count lists at 0: starts[n + 1], lengths[n], then a room a list; an entry is
//                                  topic | count << bits, topics ascending, a count beyond 2^(32 - bits) - 1 goes on in
//                                  further entries of the same topic
// scratch      u32[groups × (K + ⌈K/32⌉ + ⌈⌈K/32⌉/32⌉)]  zero before and after; a group's part is a counter a topic, a bit a
//                                  topic that was counted, and the twin's summary of those bits
//
// Workgroup g takes documents g, g + groups, …, so workgroups = groups. 64 lanes: most documents have some hundred tokens.
// The lanes count the tokens with integer atomics; then each reads out its share of the words of bits, and knows from the
// lanes before it where its entries begin. Integers alone: the order of additions changes nothing.
// Must hold: K ≤ 2^bits, 1 ≤ bits ≤ 31, current < K; the room of a list of m tokens is min(m, K) + ⌊m / (2^(32 - bits) - 1)⌋.

// use ../common/counters.wgsl

struct Parameters {
  documentCount: u32,
  groups: u32,
  topicCount: u32,
  bits: u32,
}

@group(0) @binding(0) var<storage, read> tokenStarts: array<u32>;
@group(0) @binding(1) var<storage, read_write> topics: array<u32>;
@group(0) @binding(2) var<storage, read_write> documents: array<u32>;
@group(0) @binding(3) var<storage, read_write> scratch: array<atomic<u32>>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const LANES = 64u;
/// How many entries each lane writes.
var<workgroup> written: array<u32, LANES>;

fn put(at: u32, entry: u32) {
  documents[at] = entry;
}

fn countTokens(document: u32, counters: u32, lane: u32) {
  for (var token = tokenStarts[document] + lane; token < tokenStarts[document + 1u]; token += LANES) {
    let current = topics[token] >> 16u;
    tally(counters, current, 1u);
    topics[token] = current | (current << 16u);
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
  let counters = g * stride();
  let share = (wordsOfBits() + LANES - 1u) / LANES;
  let begin = min(lane * share, wordsOfBits());
  let end = min(begin + share, wordsOfBits());
  for (var document = g; document < parameters.documentCount; document += parameters.groups) {
    countTokens(document, counters, lane);
    storageBarrier();
    written[lane] = entriesIn(counters, begin, end);
    workgroupBarrier();
    let before = writtenBefore(lane);
    drain(counters, begin, end, documents[document] + before);
    if (lane == LANES - 1u) {
      documents[parameters.documentCount + 1u + document] = before + written[lane];
    }
    storageBarrier();
    workgroupBarrier();
  }
}
