/**
 * A dense counter a topic with a two-level set of the topics touched, so that reading the counters out costs what was
 * counted, whatever the number of topics. All zero between uses:
 *
 *   counters u32[topics]   then touched u32[⌈topics / 32⌉], a bit a topic, then summary u32[⌈words of touched / 32⌉], a bit a word
 *
 * Out comes a count list: entries topic | count << bits, topics ascending; a count beyond 2^(32 - bits) - 1 goes on in
 * further entries of the same topic.
 */

/** Adds `amount` (mod 2^32) to the counter of a topic. */
// @ts-ignore: decorator
@inline
export function tally(counters: usize, touched: usize, summary: usize, topic: u32, amount: u32): void {
  const at = counters + (topic << 2);
  store<u32>(at, load<u32>(at) + amount);
  const word = touched + (topic >> 5 << 2);
  store<u32>(word, load<u32>(word) | 1 << (topic & 31));
  const whole = summary + (topic >> 10 << 2);
  store<u32>(whole, load<u32>(whole) | 1 << (topic >> 5 & 31));
}

/** Where the touched words and their summary begin, for so many topics. */
// @ts-ignore: decorator
@inline
export function touchedOf(counters: usize, topics: u32): usize {
  return counters + (topics << 2);
}

// @ts-ignore: decorator
@inline
export function summaryOf(counters: usize, topics: u32): usize {
  return touchedOf(counters, topics) + (topics + 31 >> 5 << 2);
}

/** Writes the entries of one topic; returns the place behind them. */
// @ts-ignore: decorator
@inline
function writeEntries(list: usize, topic: u32, amount: u32, bits: u32): usize {
  const most: u32 = 0xffff_ffff >> bits;
  for (; amount > most; amount -= most, list += 4) store<u32>(list, topic | most << bits);
  if (amount == 0) return list;
  store<u32>(list, topic | amount << bits);
  return list + 4;
}

/** Writes what was counted as a count list at `list` and sets everything back to zero; returns the number of entries. */
export function drain(counters: usize, topics: u32, list: usize, bits: u32): u32 {
  const touched = touchedOf(counters, topics);
  const summary = summaryOf(counters, topics);
  const words: u32 = topics + 31 >> 5;
  let end = list;
  for (let first: u32 = 0, whole = summary; first < words; first += 32, whole += 4) {
    let remaining = load<u32>(whole);
    if (remaining == 0) continue;
    store<u32>(whole, 0);
    for (; remaining != 0; remaining &= remaining - 1) {
      const word: u32 = first + ctz(remaining);
      let members = load<u32>(touched + (word << 2));
      store<u32>(touched + (word << 2), 0);
      for (; members != 0; members &= members - 1) {
        const topic: u32 = (word << 5) + ctz(members);
        const at = counters + (topic << 2);
        end = writeEntries(end, topic, load<u32>(at), bits);
        store<u32>(at, 0);
      }
    }
  }
  return <u32>(end - list >> 2);
}
