/**
 * Twin of accept-in-documents.wgsl, same formulas, four tokens at a time. A document's counts lie in `scratch` by topic
 * while its pieces are worked on.
 */
import { clearCounts, entriesOf, lengthOf, scatterCounts } from '../common/count-list';
import { draw, drawn, fourFrom, gather, scatter, units } from '../common/four';

// @ts-ignore: decorator
@inline
const STREAM: u32 = 8;

/** (D_k + alpha_k)·scale_k of four topics. */
// @ts-ignore: decorator
@inline
function weightsOf(counts: usize, scales: usize, priors: usize, topics: v128): v128 {
  return f32x4.add(f32x4.mul(gather(counts, topics), gather(scales, topics)), gather(priors, topics));
}

/** The same for the tokens' own topics, the token taken off. */
// @ts-ignore: decorator
@inline
function ownWeightsOf(counts: usize, scales: usize, priors: usize, topics: v128): v128 {
  const one = f32x4.splat(1);
  const scale = gather(scales, topics);
  const others = f32x4.sub(gather(counts, topics), one);
  return f32x4.div(f32x4.add(f32x4.mul(others, scale), gather(priors, topics)), f32x4.sub(one, scale));
}

/** Four tokens of one document; one may stand twice: what is written depends on nothing that is. */
// @ts-ignore: decorator
@inline
function decide(topics: usize, proposals: usize, counts: usize, scales: usize, topicCount: u32, draws: u32, tokens: v128): void {
  const priors: usize = scales + (topicCount << 2);
  const own = v128.and(gather(topics, tokens), i32x4.splat(0xffff));
  const ownWeight = ownWeightsOf(counts, scales, priors, own);
  const words = i32x4.mul(tokens, i32x4.splat(draws >> 1));
  let chosen = own;
  let weight = ownWeight;
  for (let j: u32 = 0; j < draws; j++) {
    const packed = gather(proposals + ((j >> 1) << 2), words);
    const proposed = v128.and(i32x4.shr_u(packed, (j & 1) << 4), i32x4.splat(0xffff));
    const other = v128.bitselect(ownWeight, weightsOf(counts, scales, priors, proposed), i32x4.eq(proposed, own));
    const accepted = f32x4.lt(f32x4.mul(units(drawn(j)), weight), other);
    chosen = v128.bitselect(proposed, chosen, accepted);
    weight = v128.bitselect(other, weight, accepted);
  }
  scatter(topics, tokens, v128.or(own, i32x4.shl(chosen, 16)));
}

export function run(
  shards: usize, pieces: usize, documents: usize, priors: usize, proposals: usize, topics: usize, scratch: usize,
  shardCount: u32, count: u32, documentCount: u32, topicCount: u32, bits: u32, draws: u32, seed: u32, sweep: u32,
): void {
  let shard = shards;
  const lastShard = shards + ((shardCount - 1) * 12);
  let listed: u32 = u32.MAX_VALUE;
  let entries: usize = 0;
  let length: u32 = 0;
  for (let g: u32 = 0; g < count; g++) {
    while (shard < lastShard && load<u32>(shard, 12) <= g) shard += 12;
    const piece = pieces + g * 12;
    const document = load<u32>(piece);
    if (document != listed) {
      clearCounts(entries, length, bits, scratch);
      entries = entriesOf(documents, 0, document);
      length = lengthOf(documents, 0, documentCount, document);
      scatterCounts(entries, length, bits, scratch);
      listed = document;
    }
    const scales = priors + (load<u32>(shard, 4) * topicCount * 3 << 2);
    const numbers = i32x4.splat(load<u32>(shard, 8));
    const first = load<u32>(piece, 4);
    const last = first + load<u32>(piece, 8) - 1;
    for (let token = first; token <= last; token += 4) {
      const tokens = fourFrom(token, last);
      draw(seed, sweep, i32x4.add(numbers, tokens), STREAM);
      decide(topics, proposals, scratch, scales, topicCount, draws, tokens);
    }
  }
  clearCounts(entries, length, bits, scratch);
}
