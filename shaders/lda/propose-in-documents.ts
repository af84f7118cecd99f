/**
 * Twin of propose-in-documents.wgsl, same formulas, four tokens at a time: both kinds of proposal are made and one is taken,
 * since which one it is nobody can predict.
 */
import { draw, drawn, fourFrom, gather, highProducts, lowProducts, scatter, units } from '../common/four';

// @ts-ignore: decorator
@inline
const STREAM: u32 = 16;

/** Topics from alpha: 32 random bits choose a column of the alias table and a height in it. */
// @ts-ignore: decorator
@inline
function topicsFromAlpha(aliases: usize, topicCount: u32, bits: v128): v128 {
  const columns = highProducts(bits, topicCount);
  const at = i32x4.shl(columns, 1);
  const below = f32x4.lt(units(lowProducts(bits, topicCount)), gather(aliases, at));
  return v128.bitselect(columns, gather(aliases + 4, at), below);
}

/** One proposal each of the tokens `own` of the document whose tokens begin at `begin`, which has `others` more tokens. */
// @ts-ignore: decorator
@inline
function propose(begin: usize, own: v128, others: u32, alphaSum: f32, aliases: usize, topicCount: u32, placeBits: v128, topicBits: v128): v128 {
  const x = f32x4.mul(units(placeBits), f32x4.splat(<f32>others + alphaSum));
  const places = i32x4.trunc_sat_f32x4_u(x);
  const skipped = i32x4.sub(places, i32x4.ge_u(places, own));
  const inDocument = i32x4.shr_u(gather(begin, i32x4.min_u(skipped, i32x4.splat(others))), 16);
  return v128.bitselect(inDocument, topicsFromAlpha(aliases, topicCount, topicBits), f32x4.lt(x, f32x4.splat(<f32>others)));
}

export function run(
  shards: usize, pieces: usize, tokenStarts: usize, topics: usize, aliases: usize, proposals: usize,
  shardCount: u32, count: u32, topicCount: u32, draws: u32, alphaSum: f32, seed: u32, sweep: u32,
): void {
  const words = i32x4.splat(draws >> 1);
  let shard = shards;
  const lastShard = shards + ((shardCount - 1) * 12);
  for (let g: u32 = 0; g < count; g++) {
    while (shard < lastShard && load<u32>(shard, 12) <= g) shard += 12;
    const numbers = i32x4.splat(load<u32>(shard, 8));
    const piece = pieces + g * 12;
    const document = tokenStarts + (load<u32>(piece) << 2);
    const start = load<u32>(document);
    const others = load<u32>(document, 4) - start - 1;
    const begin = topics + (start << 2);
    const first = load<u32>(piece, 4);
    const last = first + load<u32>(piece, 8) - 1;
    for (let token = first; token <= last; token += 4) {
      const tokens = fourFrom(token, last);
      const own = i32x4.sub(tokens, i32x4.splat(start));
      for (let j: u32 = 0; j < draws; j += 2) {
        draw(seed, sweep, i32x4.add(numbers, tokens), STREAM + (j >> 1));
        const low = propose(begin, own, others, alphaSum, aliases, topicCount, drawn(0), drawn(1));
        const high = propose(begin, own, others, alphaSum, aliases, topicCount, drawn(2), drawn(3));
        scatter(proposals + (j << 1), i32x4.mul(tokens, words), v128.or(low, i32x4.shl(high, 16)));
      }
    }
  }
}
