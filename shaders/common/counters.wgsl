// Dense counters of a work-group in `scratch`, and the count list that they become: the WGSL of counters.ts.
// A group's counters are a number a topic, then a bit a topic that was counted, then a summary of the bits (for the twin).
// Needs of its kernel: scratch: array<atomic<u32>>; parameters.topicCount and .bits; LANES; written, a workgroup array of
// u32 a lane; fn put(at, entry), which writes an entry of the list.

fn wordsOfBits() -> u32 {
  return (parameters.topicCount + 31u) / 32u;
}

fn stride() -> u32 {
  return parameters.topicCount + wordsOfBits() + (wordsOfBits() + 31u) / 32u;
}

fn tally(counters: u32, topic: u32, amount: u32) {
  atomicAdd(&scratch[counters + topic], amount);
  atomicOr(&scratch[counters + parameters.topicCount + topic / 32u], 1u << (topic % 32u));
}

/// Entries of the topics whose bits stand in words [begin, end).
fn entriesIn(counters: u32, begin: u32, end: u32) -> u32 {
  let most = 0xFFFFFFFFu >> parameters.bits;
  var entries = 0u;
  for (var word = begin; word < end; word++) {
    for (var members = atomicLoad(&scratch[counters + parameters.topicCount + word]); members != 0u; members &= members - 1u) {
      let topic = word * 32u + countTrailingZeros(members);
      let count = atomicLoad(&scratch[counters + topic]);
      entries += count / most + u32(count % most > 0u);
    }
  }
  return entries;
}

/// Writes those entries from `list` on, and sets their counters and bits back to zero.
fn drain(counters: u32, begin: u32, end: u32, list: u32) {
  let most = 0xFFFFFFFFu >> parameters.bits;
  var at = list;
  for (var word = begin; word < end; word++) {
    for (var members = atomicExchange(&scratch[counters + parameters.topicCount + word], 0u); members != 0u; members &= members - 1u) {
      let topic = word * 32u + countTrailingZeros(members);
      for (var count = atomicExchange(&scratch[counters + topic], 0u); count > 0u; count -= min(count, most)) {
        put(at, topic | (min(count, most) << parameters.bits));
        at++;
      }
    }
  }
}

fn writtenBefore(lane: u32) -> u32 {
  var sum = 0u;
  for (var other = 0u; other < lane; other++) {
    sum += written[other];
  }
  return sum;
}
