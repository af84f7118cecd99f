/**
 * Twin of sample-words.wgsl, same formulas, four tokens at a time. Scratch holds, one after another,
 *   f32[K]        a word's counts by topic, while its pieces are worked on
 *   u32[4 × 8196] of the tokens of a piece: which they are, what `topics` says of them, and their proposals, two in a word
 *   u32[5 × L + 1] the guide table of the word's list, L entries in the longest
 * What a piece needs is fetched before anything is computed with it, so that the cache misses of many tokens overlap.
 */
import { CELL_BYTES, endOfCell } from '../common/cells';
import { clearCounts, entriesOf, lengthOf, scatterCounts } from '../common/count-list';
import { draw, drawn, gather, highProducts, scatter, units } from '../common/four';
import { buildGuide, entryAt, guideShift } from '../common/guide';

// @ts-ignore: decorator
@inline
const ACCEPT_STREAM: u32 = 24;
// @ts-ignore: decorator
@inline
const PROPOSE_STREAM: u32 = 32;
/** Bytes for a number of each token of a piece: 256 pairs of at most 32 tokens, and 4 more. */
// @ts-ignore: decorator
@inline
const STAGE: usize = 32784;

/** Writes the tokens of a piece to `stage`, with the last again behind them; returns how many there are. */
function collect(pair: usize, pairCount: u32, stage: usize): u32 {
  let out = stage;
  const end = pair + pairCount * 12;
  for (; pair < end; pair += 12) {
    const count = load<u32>(pair, 8);
    let tokens = i32x4.add(i32x4.splat(load<u32>(pair, 4)), i32x4(0, 1, 2, 3));
    v128.store(out, tokens);
    for (let n: u32 = 4; n < count; n += 4) {
      tokens = i32x4.add(tokens, i32x4.splat(4));
      v128.store(out + (n << 2), tokens);
    }
    out += count << 2;
  }
  v128.store(out, i32x4.splat(load<u32>(out - 4)));
  return <u32>(out - stage >> 2);
}

/** Copies what is known of the tokens from the tables of all to behind `stage`. */
function fetch(topics: usize, proposals: usize, stage: usize, count: u32, words: u32): void {
  const end = stage + (count << 2);
  for (let at = stage; at < end; at += 16) {
    const tokens = v128.load(at);
    v128.store(at + STAGE, gather(topics, tokens));
    const proposed = i32x4.mul(tokens, i32x4.splat(words));
    v128.store(at + 2 * STAGE, gather(proposals, proposed));
    if (words > 1) v128.store(at + 3 * STAGE, gather(proposals + 4, proposed));
  }
}

/** (B_k + beta)·scale_k of four topics. */
// @ts-ignore: decorator
@inline
function weightsOf(counts: usize, scales: usize, beta: v128, topics: v128): v128 {
  return f32x4.mul(f32x4.add(gather(counts, topics), beta), gather(scales, topics));
}

/** The same for the topics under which the tokens are counted, the token taken off. */
// @ts-ignore: decorator
@inline
function ownWeightsOf(counts: usize, scales: usize, beta: v128, topics: v128): v128 {
  const one = f32x4.splat(1);
  const scale = gather(scales, topics);
  const others = f32x4.sub(gather(counts, topics), one);
  return f32x4.div(f32x4.mul(f32x4.add(others, beta), scale), f32x4.sub(one, scale));
}

/** Four tokens of the word, staged at `at`, take or leave their proposals. */
// @ts-ignore: decorator
@inline
function decide(at: usize, counts: usize, scales: usize, beta: v128, draws: u32): void {
  const low = i32x4.splat(0xffff);
  const before = v128.load(at + STAGE);
  const own = v128.and(before, low);
  const ownWeight = ownWeightsOf(counts, scales, beta, own);
  let chosen = i32x4.shr_u(before, 16);
  let weight = v128.bitselect(ownWeight, weightsOf(counts, scales, beta, chosen), i32x4.eq(chosen, own));
  for (let j: u32 = 0; j < draws; j++) {
    const proposed = v128.and(i32x4.shr_u(v128.load(at + STAGE * (2 + (j >> 1))), (j & 1) << 4), low);
    const other = v128.bitselect(ownWeight, weightsOf(counts, scales, beta, proposed), i32x4.eq(proposed, own));
    const accepted = f32x4.lt(f32x4.mul(units(drawn(j)), weight), other);
    chosen = v128.bitselect(proposed, chosen, accepted);
    weight = v128.bitselect(other, weight, accepted);
  }
  v128.store(at + STAGE, v128.or(own, i32x4.shl(chosen, 16)));
}

/** Counts the moves from `counted` to `current`; those that stay cancel out, which is faster than to tell them apart. */
function countMoves(stage: usize, count: u32, deltas: usize): void {
  for (let n: u32 = 0; n < count; n++) {
    const word = load<u32>(stage + STAGE + (n << 2));
    const from = deltas + ((word & 0xffff) << 2);
    store<i32>(from, load<i32>(from) - 1);
    const to = deltas + (word >> 16 << 2);
    store<i32>(to, load<i32>(to) + 1);
  }
}

/** The topic of the token at `place` in the order of the list, or of the last of all where that is the token itself. */
// @ts-ignore: decorator
@inline
function topicAt(entries: usize, length: u32, bits: u32, ends: usize, guides: usize, shift: u32, own: u32, place: u32): u32 {
  const mask: u32 = (1 << bits) - 1;
  const e = entryAt(ends, guides, shift, place);
  const topic = load<u32>(entries + (e << 2)) & mask;
  if (!(u32(topic == own) & u32(place + 1 == load<u32>(ends + (e << 2))))) return topic;
  if (e + 1 < length && (load<u32>(entries + (e + 1 << 2)) & mask) == own) return topic;
  return load<u32>(entries + (length - 1 << 2)) & mask;
}

/** One proposal each of four tokens counted under `own`, in a row of `others` more tokens; the guide table is at `ends`. */
// @ts-ignore: decorator
@inline
function propose(
  own: v128, entries: usize, length: u32, bits: u32, ends: usize, shift: u32, others: u32, smoothing: f32, topicCount: u32,
  placeBits: v128, topicBits: v128,
): v128 {
  const guides = ends + (length << 2);
  const x = f32x4.mul(units(placeBits), f32x4.splat(<f32>others + smoothing));
  const places = i32x4.min_u(i32x4.trunc_sat_f32x4_u(x), i32x4.splat(max<u32>(others, 1) - 1));
  let fromRow = i32x4.splat(topicAt(entries, length, bits, ends, guides, shift, i32x4.extract_lane(own, 0), i32x4.extract_lane(places, 0)));
  fromRow = i32x4.replace_lane(fromRow, 1, topicAt(entries, length, bits, ends, guides, shift, i32x4.extract_lane(own, 1), i32x4.extract_lane(places, 1)));
  fromRow = i32x4.replace_lane(fromRow, 2, topicAt(entries, length, bits, ends, guides, shift, i32x4.extract_lane(own, 2), i32x4.extract_lane(places, 2)));
  fromRow = i32x4.replace_lane(fromRow, 3, topicAt(entries, length, bits, ends, guides, shift, i32x4.extract_lane(own, 3), i32x4.extract_lane(places, 3)));
  return v128.bitselect(fromRow, highProducts(topicBits, topicCount), f32x4.lt(x, f32x4.splat(<f32>others)));
}

export function run(
  cells: usize, work: usize, rows: usize, priors: usize, topics: usize, proposals: usize, deltas: usize, scratch: usize,
  cellCount: u32, count: u32, topicCount: u32, bits: u32, draws: u32, beta: f32, seed: u32, sweep: u32,
): void {
  const size: usize = topicCount << 2;
  const stage = scratch + size;
  const ends = stage + 4 * STAGE;
  const smoothing = <f32>topicCount * beta;
  const words = i32x4.splat(draws >> 1);
  for (let c: u32 = 0; c < cellCount; c++) {
    const cell = cells + c * CELL_BYTES;
    const pieceCount = endOfCell(cells, c, cellCount, count) - load<u32>(cell);
    const base = load<u32>(cell, 8);
    const scales = priors + load<u32>(cell, 12) * 3 * size;
    const moves = deltas + load<u32>(cell, 12) * size;
    const numbers = i32x4.splat(load<u32>(cell, 16));
    let listed: u32 = u32.MAX_VALUE;
    let entries: usize = 0;
    let length: u32 = 0;
    let others: u32 = 0;
    let shift: u32 = 0;
    const first = work + load<u32>(cell, 4) * 12;
    const behind = first + pieceCount * 12;
    for (let piece = first; piece < behind; piece += 12) {
      const list = load<u32>(piece);
      if (list != listed) {
        clearCounts(entries, length, bits, scratch);
        entries = entriesOf(rows, base, list);
        length = lengthOf(rows, base, load<u32>(cell, 20), list);
        others = scatterCounts(entries, length, bits, scratch) - 1;
        shift = guideShift(others + 1, length);
        buildGuide(entries, length, bits, others + 1, shift, ends, ends + (length << 2));
        listed = list;
      }
      const tokenCount = collect(work + load<u32>(piece, 4) * 12, load<u32>(piece, 8), stage);
      fetch(topics, proposals, stage, tokenCount, draws >> 1);
      const behindTokens = stage + (tokenCount << 2);
      for (let at = stage; at < behindTokens; at += 16) {
        const tokens = v128.load(at);
        draw(seed, sweep, i32x4.add(numbers, tokens), ACCEPT_STREAM);
        decide(at, scratch, scales, f32x4.splat(beta), draws);
        scatter(topics, tokens, v128.load(at + STAGE));
      }
      countMoves(stage, tokenCount, moves);
      for (let at = stage; at < behindTokens; at += 16) {
        const tokens = v128.load(at);
        const own = v128.and(v128.load(at + STAGE), i32x4.splat(0xffff));
        for (let j: u32 = 0; j < draws; j += 2) {
          draw(seed, sweep, i32x4.add(numbers, tokens), PROPOSE_STREAM + (j >> 1));
          const low = propose(own, entries, length, bits, ends, shift, others, smoothing, topicCount, drawn(0), drawn(1));
          const high = propose(own, entries, length, bits, ends, shift, others, smoothing, topicCount, drawn(2), drawn(3));
          scatter(proposals + (j << 1), i32x4.mul(tokens, words), v128.or(low, i32x4.shl(high, 16)));
        }
      }
    }
    clearCounts(entries, length, bits, scratch);
  }
}
