// Rows take over what a sub-round changed: for each run, the tokens of one word in one cell,
//   list of the word -= topics under which its tokens are counted, += their current topics
//
// cells    u32[6 × cellCount]  first workgroup of a cell, were there one a run; its first run in `work`; base of its block's region in
//                              `rows`; shard row, token base (unused here); lists of the region
// work     u32[3 × …]          pairs: document, first token, tokens; and among them runs: word (a list of the region), first pair, pairs
// topics   u32[tokens]         counted | current << 16
// rows     u32[…]              regions of count lists: starts[n + 1] from the region's base, lengths[n], then a room a list; an
//                              entry is topic | count << bits, topics ascending, a count beyond 2^(32 - bits) - 1 goes on in
//                              further entries of the same topic
// scratch  u32[groups × (K + ⌈K/32⌉ + ⌈⌈K/32⌉/32⌉)]  zero before and after; a group's part is a counter a topic, a bit a topic
//                              that was counted, and the twin's summary of those bits
//
// Workgroup g takes runs g, g + groups, … of the `count` runs of all cells, so workgroups = groups. 64 lanes: most runs are
// short. The lanes count the list and then what its tokens change, with integer atomics mod 2^32; then each reads out its
// share of the words of bits, and knows from the lanes before it where its entries begin. Integers alone: the order of
// additions changes nothing.
// Must hold: cells by ascending first workgroup, the first of them 0; K ≤ 2^bits, 1 ≤ bits ≤ 31; a list has the tokens that
// are counted in it, and room for min(m, K) + ⌊m / (2^(32 - bits) - 1)⌋ entries of its m tokens; no two runs of a dispatch
// have the same list.

// use ../common/cells.wgsl
// use ../common/counters.wgsl

struct Parameters {
  cellCount: u32,
  count: u32,
  groups: u32,
  topicCount: u32,
  bits: u32,
}

@group(0) @binding(0) var<storage, read> cells: array<u32>;
@group(0) @binding(1) var<storage, read> work: array<u32>;
@group(0) @binding(2) var<storage, read> topics: array<u32>;
@group(0) @binding(3) var<storage, read_write> rows: array<u32>;
@group(0) @binding(4) var<storage, read_write> scratch: array<atomic<u32>>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const LANES = 64u;
/// `counted` of a token that no list has yet.
const UNCOUNTED = 0xFFFFu;
/// How many entries each lane writes.
var<workgroup> written: array<u32, LANES>;

fn put(at: u32, entry: u32) {
  rows[at] = entry;
}

fn countList(list: u32, length: u32, counters: u32, lane: u32) {
  let mask = (1u << parameters.bits) - 1u;
  for (var e = lane; e < length; e += LANES) {
    let entry = rows[list + e];
    tally(counters, entry & mask, entry >> parameters.bits);
  }
}

fn moveTokens(firstPair: u32, pairCount: u32, counters: u32, lane: u32) {
  for (var pair = firstPair + lane; pair < firstPair + pairCount; pair += LANES) {
    let first = work[3u * pair + 1u];
    for (var token = first; token < first + work[3u * pair + 2u]; token++) {
      let counted = topics[token] & 0xFFFFu;
      let current = topics[token] >> 16u;
      if (counted != current) {
        if (counted != UNCOUNTED) {
          tally(counters, counted, 0xFFFFFFFFu);
        }
        tally(counters, current, 1u);
      }
    }
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
  for (var number = g; number < parameters.count; number += parameters.groups) {
    let cell = cellOf(number);
    let run = 3u * (cells[cell + 1u] + number - cells[cell]);
    let region = cells[cell + 2u];
    let list = region + rows[region + work[run]];
    let length = region + cells[cell + 5u] + 1u + work[run];
    countList(list, rows[length], counters, lane);
    moveTokens(work[run + 1u], work[run + 2u], counters, lane);
    storageBarrier();
    written[lane] = entriesIn(counters, begin, end);
    workgroupBarrier();
    let before = writtenBefore(lane);
    drain(counters, begin, end, list + before);
    if (lane == LANES - 1u) {
      rows[length] = before + written[lane];
    }
    storageBarrier();
    workgroupBarrier();
  }
}
