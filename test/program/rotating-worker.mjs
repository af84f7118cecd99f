/** A worker half whose blocks, each larger than the window of a link, rotate among the shards; it pushes what each adds up to. */
import { Rotation } from 'strads/program';

const NUMBERS = 9 << 18;

export default () => ({
  async open(_engine, { shard, shards, description }) {
    const rotation = new Rotation(shards, description.blocksAShard);
    const blocks = new Map(rotation.held(shard, 0).map((block) => [block, new Uint32Array(NUMBERS).fill(block)]));
    return { rotation, blocks, astray: description.astray };
  },
  *push(_engine, { values: [step] }, shards) {
    const handedOver = [];
    for (const [shard, { rotation, blocks, astray }] of shards) {
      const block = rotation.blockAt(shard, step);
      const numbers = blocks.get(block).map((number, i) => Math.imul(number, 31) + shard + step + i);
      blocks.delete(block);
      yield { shard, chunk: { channel: 0, keys: Uint32Array.of(block), width: 1, values: Float64Array.of(numbers.reduce((sum, number) => sum + number, 0)) } };
      const to = astray ?? rotation.nextShard(shard);
      if (astray === undefined && shards.has(to)) handedOver.push({ to, block, numbers });
      else yield { shard, to, parcel: [Uint32Array.of(block), numbers] };
    }
    for (const { to, block, numbers } of handedOver) shards.get(to).blocks.set(block, numbers);
  },
  apply() {},
  receive(_engine, { to, content: [[block], numbers] }, shards) {
    shards.get(to).blocks.set(block, numbers);
  },
});
