/**
 * Counter-based random numbers: Philox2x32-10 (Salmon et al., SC 2011). A draw is a pure function of its key and
 * counter, so it is the same on any worker, in any order, and after a restart.
 */

const MULTIPLIER = 0xd256d193;
const WEYL = 0x9e3779b9;
const ROUNDS = 10;

/** High 32 bits of the 64-bit product of two unsigned 32-bit numbers; no sum of halves exceeds 32 bits. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (cross >>> 16)) >>> 0;
}

/** One 32-bit number for (seed, stream, counter), each taken as unsigned 32 bits. */
export function randomBits(seed: number, stream: number, counter: number): number {
  return philox(seed, stream, counter);
}

/** The second word of the last block. */
let rightWord = 0;

/** A block of 64 bits: the first word is returned, the second left in `rightWord`. */
function philox(seed: number, stream: number, counter: number): number {
  let left = counter >>> 0;
  let right = stream >>> 0;
  let key = seed >>> 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high = multiplyHigh(MULTIPLIER, left);
    const low = Math.imul(MULTIPLIER, left) >>> 0;
    left = (high ^ key ^ right) >>> 0;
    right = low;
    key = (key + WEYL) >>> 0;
  }
  rightWord = right;
  return left;
}

/** A number in 0 … bound - 1 (bound ≤ 2^32); its bias is below bound / 2^32. */
export function randomBelow(bound: number, seed: number, stream: number, counter: number): number {
  return Math.floor((randomBits(seed, stream, counter) / 2 ** 32) * bound);
}

/** A number in [0, 1) of 53 random bits; (seed, stream, counter) as in `randomBits`, with counter below 2^31. */
export function randomUnit(seed: number, stream: number, counter: number): number {
  const high = randomBits(seed, stream, 2 * counter) >>> 5;
  const low = randomBits(seed, stream, 2 * counter + 1) >>> 6;
  return (high * 2 ** 26 + low) / 2 ** 53;
}

/** As `randomUnit`, at half the cost: both words of one block. Its numbers are others. */
export function randomFraction(seed: number, stream: number, counter: number): number {
  const high = philox(seed, stream, counter) >>> 5;
  return (high * 2 ** 26 + (rightWord >>> 6)) / 2 ** 53;
}

/** A seed of its own for part `part` of what `seed` governs. */
export function seedOfPart(seed: number, part: number): number {
  return randomBits(seed, part, SEEDS_COUNTER);
}

/** A counter that no draw of variables reaches. */
const SEEDS_COUNTER = 0xffff_ffff;
