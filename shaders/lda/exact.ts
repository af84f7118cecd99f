/**
 * Twin of exact.wgsl, same buckets in the same order. A word's row is scattered once for all its pairs in a cell; a pair weighs
 * its document's list once, four entries at a time; a token then finds its topic among running sums, with few branches on
 * what was drawn, since nobody can predict them. `scratch` is zero on entry and left zero; in it stand
 *
 *   phi f32[K], counts f32[K]         (B_k + beta) · scale_k · 2^(1 - bits), and B_k, for the word at hand
 *   rowTopics u32[K], rowSums f32[K]  the topics of its row, ascending, and running sums of alpha_k · scale_k · B_k
 *   weights f32[16 × G]               D_k · phi_k of the document at hand, 0 behind the last
 *   sums f32[1 + G], then f32[3]      0, then running sums of the weights by groups of 16, then infinity
 *
 * A count stays where it stands in its entry, shifted right by one to be a positive number: count · 2^(bits - 1).
 */
import { CELL_BYTES, endOfCell } from '../common/cells';
import { laneSum } from '../common/lanes';
import { pcg4d, unit } from '../common/pcg4d';

/** Bytes of a group of 16 weights. */
const GROUP: u32 = 64;
const NONE: u32 = 0xffff_ffff;

// @ts-ignore: decorator
@inline
function float(address: usize, index: u32): f32 {
  return load<f32>(address + (index << 2));
}

// @ts-ignore: decorator
@inline
function topicOf(list: usize, index: u32, mask: u32): u32 {
  return load<u32>(list + (index << 2)) & mask;
}

/** The first index whose running sum exceeds x; the last one where none does. `count` is at least 1. */
function firstAbove(sums: usize, count: u32, x: f32): u32 {
  let first: u32 = 0;
  while (count > 1) {
    const half = count >> 1;
    first += half & -u32(float(sums, first + half - 1) <= x);
    count -= half;
  }
  return first;
}

/** Weights of four entries. */
// @ts-ignore: decorator
@inline
function fourWeights(entries: usize, phi: usize, mask: u32, countMask: v128): v128 {
  const two = load<u64>(entries);
  const others = load<u64>(entries, 8);
  let found = v128.load32_zero(phi + ((<u32>two & mask) << 2));
  found = v128.load32_lane(phi + ((<u32>(two >> 32) & mask) << 2), found, 1);
  found = v128.load32_lane(phi + ((<u32>others & mask) << 2), found, 2);
  found = v128.load32_lane(phi + ((<u32>(others >> 32) & mask) << 2), found, 3);
  return f32x4.mul(f32x4.convert_i32x4_s(v128.and(i32x4.shr_u(v128.load(entries), 1), countMask)), found);
}

/** The entries behind the last four, fewer than four of them, then zeros; the words before a list are always there. */
// @ts-ignore: decorator
@inline
function lastEntries(entries: usize, count: u32): v128 {
  const bytes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return i8x16.swizzle(v128.load(entries + (count << 2) - 16), i8x16.add(bytes, i8x16.splat(<i8>(16 - (count << 2)))));
}

// @ts-ignore: decorator
@inline
function lastWeights(entries: v128, phi: usize, mask: u32, countMask: v128): v128 {
  let found = v128.load32_zero(phi + ((<u32>i32x4.extract_lane(entries, 0) & mask) << 2));
  found = v128.load32_lane(phi + ((<u32>i32x4.extract_lane(entries, 1) & mask) << 2), found, 1);
  found = v128.load32_lane(phi + ((<u32>i32x4.extract_lane(entries, 2) & mask) << 2), found, 2);
  return f32x4.mul(f32x4.convert_i32x4_s(v128.and(i32x4.shr_u(entries, 1), countMask)), found);
}

/** Weighs a list of `length` entries; returns how many groups of 16 it takes. */
function weigh(list: usize, length: u32, phi: usize, weights: usize, mask: u32): u32 {
  const countMask = i32x4.splat(~mask >> 1);
  const groups = length + 15 >> 4;
  let sum = weights + groups * GROUP;
  v128.store(sum + (groups << 2), f32x4.splat(Infinity));
  store<f32>(sum, 0);
  sum += 4;
  let total: f32 = 0;
  const end = list + (length >> 4 << 6);
  for (; list < end; list += 64, weights += 64, sum += 4) {
    const a = fourWeights(list, phi, mask, countMask);
    const b = fourWeights(list + 16, phi, mask, countMask);
    const c = fourWeights(list + 32, phi, mask, countMask);
    const d = fourWeights(list + 48, phi, mask, countMask);
    v128.store(weights, a);
    v128.store(weights, b, 16);
    v128.store(weights, c, 32);
    v128.store(weights, d, 48);
    total += laneSum(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    store<f32>(sum, total);
  }
  if (length & 15) {
    total += weighLast(list, length & 15, phi, weights, mask, countMask);
    store<f32>(sum, total);
  }
  return groups;
}

/** A last group of fewer than 16 entries; returns its sum. */
// @ts-ignore: decorator
@inline
function weighLast(list: usize, length: u32, phi: usize, weights: usize, mask: u32, countMask: v128): f32 {
  let sum = f32x4.splat(0);
  const end = weights + GROUP;
  for (; length >= 4; length -= 4, list += 16, weights += 16) {
    const four = fourWeights(list, phi, mask, countMask);
    v128.store(weights, four);
    sum = f32x4.add(sum, four);
  }
  const last = lastWeights(lastEntries(list, length), phi, mask, countMask);
  v128.store(weights, last);
  sum = f32x4.add(sum, last);
  for (weights += 16; weights < end; weights += 16) v128.store(weights, f32x4.splat(0));
  return laneSum(sum);
}

/** Running sums of the lanes. */
// @ts-ignore: decorator
@inline
function running(v: v128): v128 {
  const zero = f32x4.splat(0);
  const twos = f32x4.add(v, v128.shuffle<f32>(zero, v, 0, 4, 5, 6));
  return f32x4.add(twos, v128.shuffle<f32>(zero, twos, 0, 1, 4, 5));
}

// @ts-ignore: decorator
@inline
function lastLane(v: v128): v128 {
  return v128.shuffle<f32>(v, v, 3, 3, 3, 3);
}

// @ts-ignore: decorator
@inline
function lanesUpTo(v: v128, x: v128): u32 {
  return popcnt(i32x4.bitmask(f32x4.le(v, x)));
}

/** How many of the 16 running sums of a group do not exceed x. */
// @ts-ignore: decorator
@inline
function placeInGroup(weights: usize, x: f32): u32 {
  const xs = f32x4.splat(x);
  const a = running(v128.load(weights));
  const b = f32x4.add(running(v128.load(weights, 16)), lastLane(a));
  const c = f32x4.add(running(v128.load(weights, 32)), lastLane(b));
  const d = f32x4.add(running(v128.load(weights, 48)), lastLane(c));
  return lanesUpTo(a, xs) + lanesUpTo(b, xs) + lanesUpTo(c, xs) + lanesUpTo(d, xs);
}

/** The sum of the first `count` weights of a group, fewer than 16. */
// @ts-ignore: decorator
@inline
function sumInGroup(weights: usize, count: u32): f32 {
  const lanes = i32x4(0, 1, 2, 3);
  const counts = i32x4.splat(count);
  const four = i32x4.splat(4);
  const a = v128.and(v128.load(weights), i32x4.lt_s(lanes, counts));
  const lanesB = i32x4.add(lanes, four);
  const b = v128.and(v128.load(weights, 16), i32x4.lt_s(lanesB, counts));
  const lanesC = i32x4.add(lanesB, four);
  const c = v128.and(v128.load(weights, 32), i32x4.lt_s(lanesC, counts));
  const lanesD = i32x4.add(lanesC, four);
  const d = v128.and(v128.load(weights, 48), i32x4.lt_s(lanesD, counts));
  return laneSum(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** The sum of the weights before an entry. */
// @ts-ignore: decorator
@inline
function sumBefore(weights: usize, groups: u32, entry: u32): f32 {
  const group = entry >> 4;
  return float(weights + groups * GROUP, group) + sumInGroup(weights + group * GROUP, entry & 15);
}

/** The first of the weighed entries whose running sum exceeds x; the last one where none does. */
function placeInList(weights: usize, groups: u32, length: u32, x: f32): u32 {
  const sums = weights + groups * GROUP;
  const xs = f32x4.splat(x);
  let group: u32 = 0;
  for (let first: u32 = 0; first < groups; first += 4) group += lanesUpTo(v128.load(sums + (first << 2), 4), xs);
  group = min(group, groups - 1);
  return min((group << 4) + placeInGroup(weights + group * GROUP, x - float(sums, group)), length - 1);
}

// @ts-ignore: decorator
@inline
function lanesOf(entries: v128, masks: v128, topics: v128): u32 {
  return i32x4.bitmask(i32x4.eq(v128.and(entries, masks), topics));
}

/** The first entry of a topic, in a list that has it. */
// @ts-ignore: decorator
@inline
function entryOf(list: usize, length: u32, topic: u32, mask: u32): u32 {
  let first: u32 = 0;
  for (let head: u32 = 16; head < length; head += 16) first += u32(topicOf(list, head, mask) <= topic) << 4;
  const masks = i32x4.splat(mask);
  const topics = i32x4.splat(topic);
  const at = list + (first << 2);
  if (first + 16 <= length) {
    first += ctz(
      lanesOf(v128.load(at), masks, topics) | lanesOf(v128.load(at, 16), masks, topics) << 4 |
      lanesOf(v128.load(at, 32), masks, topics) << 8 | lanesOf(v128.load(at, 48), masks, topics) << 12,
    );
  } else {
    while (topicOf(list, first, mask) != topic) first++;
  }
  while (first > 0 && topicOf(list, first - 1, mask) == topic) first--;
  return first;
}

/** The count of an entry, times 2^(bits - 1). */
// @ts-ignore: decorator
@inline
function countOf(list: usize, entry: u32, mask: u32): f32 {
  return <f32>((load<u32>(list + (entry << 2)) & ~mask) >> 1);
}

/** The count of a topic from its first entry on, times 2^(bits - 1). */
// @ts-ignore: decorator
@inline
function countFrom(list: usize, length: u32, entry: u32, topic: u32, mask: u32): f32 {
  let found = countOf(list, entry, mask);
  for (entry++; entry < length && topicOf(list, entry, mask) == topic; entry++) found += countOf(list, entry, mask);
  return found;
}

// @ts-ignore: decorator
@inline
function drawFromRow(rowTopics: usize, rowSums: usize, rowLength: u32, own: u32, ownWeight: f32, x: f32): u32 {
  const topic = load<u32>(rowTopics + (firstAbove(rowSums, rowLength, x) << 2));
  return topic < own ? topic : load<u32>(rowTopics + (firstAbove(rowSums, rowLength, x + ownWeight) << 2));
}

// @ts-ignore: decorator
@inline
function drawFromPrior(priorSums: usize, topicCount: u32, own: u32, ownWeight: f32, x: f32): u32 {
  const topic = firstAbove(priorSums, topicCount, x);
  return topic < own ? topic : firstAbove(priorSums, topicCount, x + ownWeight);
}

/** phi of a word that never occurs: beta · scale_k. */
function fillPhi(phi: usize, scales: usize, topicCount: u32, factor: f32): void {
  for (let k: u32 = 0; k < topicCount; k++) store<f32>(phi + (k << 2), float(scales, k) * factor);
}

/** Scatters a row over phi and counts, and lists its topics and running sums; returns how many topics. */
function enterRow(
  row: usize, length: u32, scales: usize, phi: usize, topicCount: u32, bits: u32, beta: f32, unitCount: f32,
): u32 {
  const size: usize = topicCount << 2;
  const counts = phi + size;
  const rowTopics = counts + size;
  const rowSums = rowTopics + size;
  const mask: u32 = (1 << bits) - 1;
  let topics: u32 = 0;
  let total: f32 = 0;
  for (let e: u32 = 0; e < length; topics++) {
    const topic = topicOf(row, e, mask);
    let found: f32 = 0;
    for (; e < length && topicOf(row, e, mask) == topic; e++) found += <f32>(load<u32>(row + (e << 2)) >> bits);
    const at: usize = topic << 2;
    store<f32>(counts + at, found);
    store<f32>(phi + at, (found + beta) * load<f32>(scales + at) * unitCount);
    total += found * load<f32>(scales + size + at);
    store<u32>(rowTopics + (topics << 2), topic);
    store<f32>(rowSums + (topics << 2), total);
  }
  return topics;
}

/** Takes the row back out of phi and counts. */
function leaveRow(length: u32, scales: usize, phi: usize, topicCount: u32, factor: f32): void {
  const size: usize = topicCount << 2;
  const counts = phi + size;
  const rowTopics = counts + size;
  for (let e: u32 = 0; e < length; e++) {
    const at: usize = load<u32>(rowTopics + (e << 2)) << 2;
    store<f32>(counts + at, 0);
    store<f32>(phi + at, load<f32>(scales + at) * factor);
  }
}

// @ts-ignore: decorator
@inline
function addTo(deltas: usize, topic: u32, amount: i32): void {
  const at = deltas + (topic << 2);
  store<i32>(at, load<i32>(at) + amount);
}

/** Reads a token of every pair of a piece: they lie far apart, and here nothing waits for one before the next is asked for. */
function fetchTokens(pair: usize, pairCount: u32, topics: usize): void {
  for (const end = pair + pairCount * 12; pair < end; pair += 12) load<u32>(topics + (load<u32>(pair, 4) << 2));
}

/** New topics for the tokens of a pair, whose document's list has been weighed; `number` is that of the first. */
function drawTokens(
  token: usize, tokenCount: u32, number: u32, list: usize, length: u32, groups: u32, rowLength: u32,
  scales: usize, phi: usize, deltas: usize, topicCount: u32, bits: u32, beta: f32, seed: u32, sweep: u32,
): void {
  const size: usize = topicCount << 2;
  const counts = phi + size;
  const rowTopics = counts + size;
  const rowSums = rowTopics + size;
  const weights = rowSums + size;
  const alphaScales = scales + size;
  const priorSums = alphaScales + size;
  const mask: u32 = (1 << bits) - 1;
  const unitCount: f32 = 2 / <f32>(<u32>1 << bits);
  const listTotal = float(weights + groups * GROUP, groups);
  const rowTotal = float(rowSums, rowLength - 1);
  const priorTotal = float(priorSums, topicCount - 1);
  for (const end = token + (tokenCount << 2); token < end; token += 4, number++) {
    const counted: u32 = load<u16>(token);
    const entry = entryOf(list, length, counted, mask);
    const inDocument = countFrom(list, length, entry, counted, mask);
    const inWord = float(counts, counted);
    const scale = float(scales, counted);
    const alphaScale = float(alphaScales, counted);
    const own = (inWord - 1 + beta) / (1 - scale) * ((inDocument * unitCount - 1) * scale + alphaScale);
    const ownInList = inDocument * float(phi, counted);
    const ownInRow = alphaScale * inWord;
    const ownInPrior = alphaScale * beta;
    const before = sumBefore(weights, groups, entry);
    const inList = max<f32>(listTotal - ownInList, 0);
    const inRow = max<f32>(rowTotal - ownInRow, 0);
    const total = own + inList + inRow + max<f32>(priorTotal - ownInPrior, 0);
    let x = unit(i32x4.extract_lane(pcg4d(seed, sweep, number, 0), 0)) * total - own;
    let topic: u32;
    if (x < inList) {
      topic = topicOf(list, placeInList(weights, groups, length, x + ownInList * <f32>u32(x >= before)), mask);
      topic ^= (topic ^ counted) & -u32(x < 0);
    } else {
      x -= inList;
      if (x < inRow) topic = drawFromRow(rowTopics, rowSums, rowLength, counted, ownInRow, x);
      else {
        x -= inRow;
        topic = x < priorTotal - ownInPrior ? drawFromPrior(priorSums, topicCount, counted, ownInPrior, x) : counted;
      }
    }
    store<u16>(token, topic, 2);
    addTo(deltas, counted, -1);
    addTo(deltas, topic, 1);
  }
}

export function run(
  cells: usize, work: usize, documents: usize, rows: usize, priors: usize, topics: usize, deltas: usize, scratch: usize,
  cellCount: u32, count: u32, documentCount: u32, topicCount: u32, bits: u32, beta: f32, seed: u32, sweep: u32,
): void {
  const size: usize = topicCount << 2;
  const phi = scratch;
  const weights = scratch + 4 * size;
  const mask: u32 = (1 << bits) - 1;
  const unitCount: f32 = 2 / <f32>(<u32>1 << bits);
  let used: usize = 0;
  for (let c: u32 = 0; c < cellCount; c++) {
    const cell = cells + c * CELL_BYTES;
    const pieceCount = endOfCell(cells, c, cellCount, count) - load<u32>(cell);
    if (pieceCount == 0) continue;
    const region = rows + (load<u32>(cell, 8) << 2);
    const lengths = region + (load<u32>(cell, 20) + 1 << 2);
    const scales = priors + load<u32>(cell, 12) * 3 * size;
    const shardDeltas = deltas + load<u32>(cell, 12) * size;
    const tokenBase = load<u32>(cell, 16);
    fillPhi(phi, scales, topicCount, beta * unitCount);
    let word = NONE;
    let rowLength: u32 = 0;
    const end = work + (load<u32>(cell, 4) + pieceCount) * 12;
    for (let piece = work + load<u32>(cell, 4) * 12; piece < end; piece += 12) {
      if (load<u32>(piece) != word) {
        leaveRow(rowLength, scales, phi, topicCount, beta * unitCount);
        word = load<u32>(piece);
        rowLength = enterRow(
          region + (load<u32>(region + (word << 2)) << 2), load<u32>(lengths + (word << 2)), scales, phi, topicCount, bits, beta, unitCount,
        );
      }
      let pair = work + load<u32>(piece, 4) * 12;
      fetchTokens(pair, load<u32>(piece, 8), topics);
      for (const behind = pair + load<u32>(piece, 8) * 12; pair < behind; pair += 12) {
        const document: usize = load<u32>(pair) << 2;
        const list = documents + (load<u32>(documents + document) << 2);
        const length = load<u32>(documents + (documentCount + 1 << 2) + document);
        const groups = weigh(list, length, phi, weights, mask);
        used = max(used, <usize>groups * 68 + 16);
        const first = load<u32>(pair, 4);
        drawTokens(
          topics + (first << 2), load<u32>(pair, 8), tokenBase + first, list, length, groups, rowLength,
          scales, phi, shardDeltas, topicCount, bits, beta, seed, sweep,
        );
      }
    }
    leaveRow(rowLength, scales, phi, topicCount, beta * unitCount);
  }
  memory.fill(scratch, 0, 4 * size + used);
}
