/**
 * How well the factors rank held-out items, on a worker: the best n of every user that has some, among the items he had not
 * rated in training, merged block by block; after the last step NDCG and recall. Training items don't count as candidates,
 * and recall is of at most n: |found| / min(n, |relevant|).
 */
import { mf } from '#kernels';
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardChunk, ShardParcel, Task } from '../../../src/program.js';
import { EMPTY_ID, EMPTY_SCORE } from '../ranking-lists.js';
import { ErrorsChannel, SETS, type HeldOutName } from '../operations.js';
import { lengthOfLists } from './counts.js';
import { itemsOfBlock, type Block, type Lists, type MfShard, type Shards } from './shard.js';
import { handOver, workOnBlocks } from './turn.js';

export async function* rank(engine: Engine, { ids: [step, n] }: Task, shards: Shards): AsyncGenerator<ShardChunk | ShardParcel> {
  workOnBlocks(shards, step, (shard, block, number) => {
    if (step === 0) for (const set of shard.description.heldOut) shard.lists.set(set, emptyLists(engine, shard, set, n));
    for (const [set, lists] of shard.lists) addBlock(engine, shard, { set, lists, block, number, n });
  });
  yield* handOver(engine, shards, step, ['factors']);
  const [{ rotation }] = shards.values();
  if (step < rotation.blocks - 1) return;
  for (const [number, shard] of shards) {
    for (const set of shard.description.heldOut) {
      const values = await judgeLists(engine, shard, set, n);
      yield { shard: number, chunk: { channel: ErrorsChannel.Ranking, keys: { first: SETS.indexOf(set), count: 1 }, width: 3, values } };
    }
    shard.lists.clear();
  }
}

function emptyLists(engine: Engine, { host }: MfShard, set: HeldOutName, n: number): Lists {
  const places = host.get(`${set}Users`)!.length * n;
  const scores = engine.createBuffer('mf scores', places * 4);
  const ids = engine.createBuffer('mf ranked items', places * 4);
  engine.write(scores, new Float32Array(places).fill(EMPTY_SCORE));
  engine.write(ids, new Uint32Array(places).fill(EMPTY_ID));
  return { scores, ids };
}

interface Step {
  readonly set: HeldOutName;
  readonly lists: Lists;
  readonly block: Block;
  readonly number: number;
  readonly n: number;
}

function addBlock(engine: Engine, shard: MfShard, { set, lists, block, number, n }: Step): void {
  const { arrays, users, host, description: { shape: { stride }, blockStarts } } = shard;
  const count = host.get(`${set}Users`)!.length;
  if (count === 0) return;
  // The rows of the excluded lists are (block, user): this block's are copied out, they are few.
  const excludedStarts = engine.createBuffer('mf excluded starts', (count + 1) * 4);
  engine.write(excludedStarts, host.get(`${set}ExcludedStarts`)!.subarray(number * count, (number + 1) * count + 1));
  engine.dispatch({
    kernel: mf.top,
    buffers: { users: arrays.get(`${set}Users`)!, rows: users.get('factors')!, columns: block.get('factors')!, excludedStarts, excludedIds: arrays.get(`${set}Excluded`)!, ...lists },
    parameters: { count, cols: itemsOfBlock(shard, number), stride, n, firstId: blockStarts[number] }, workgroups: count,
    ...lengthOfLists(excludedStarts, 0, count, 'excluded'),
  });
  excludedStarts.destroy();
}

/** Sums of NDCG@n and recall@n, and the users they are over. */
async function judgeLists(engine: Engine, shard: MfShard, set: HeldOutName, n: number): Promise<Float64Array> {
  const { scores, ids } = shard.lists.get(set)!;
  const ranked = new Uint32Array((await engine.read([{ buffer: ids }]))[0]);
  scores.destroy();
  ids.destroy();
  const starts = shard.host.get(`${set}RelevantStarts`)!;
  const relevant = shard.host.get(`${set}Relevant`)!;
  const sums = new Float64Array(3);
  for (let user = 0; user < starts.length - 1; user++) {
    const liked = new Set(relevant.subarray(starts[user], starts[user + 1]));
    const places = Array.from(ranked.subarray(user * n, (user + 1) * n), (id) => Number(liked.has(id)));
    const gain = places.reduce((sum, hit, place) => sum + hit / Math.log2(place + 2), 0);
    const best = Array.from({ length: Math.min(n, liked.size) }, (_, place) => 1 / Math.log2(place + 2)).reduce((sum, value) => sum + value, 0);
    sums[0] += gain / best;
    sums[1] += places.reduce((sum, hit) => sum + hit, 0) / Math.min(n, liked.size);
    sums[2]++;
  }
  return sums;
}
