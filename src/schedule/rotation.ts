/**
 * Blocks that go round the shards, so that no two shards ever work on the same block. With S shards and m blocks a shard
 * there are B = m·S blocks; in step c shard p works on block (p·m + c) mod B, then hands it to shard p - 1, whose turn
 * with it comes m steps later. A turn is B steps: in it every shard works on every block once, and each ends where it
 * began. A block has m - 1 steps to travel, so rounds of one step each may be pipelined to depth m - 1.
 */
export class Rotation {
  readonly shards: number;
  /** m: how many blocks a shard holds at a time. */
  readonly blocksAShard: number;
  /** B = m·S: blocks, and steps of a turn. */
  readonly blocks: number;

  constructor(shards: number, blocksAShard: number) {
    this.shards = shards;
    this.blocksAShard = blocksAShard;
    this.blocks = shards * blocksAShard;
  }

  /** The shard that holds `block` before step 0, and before the first step of every turn. */
  home(block: number): number {
    return Math.floor(block / this.blocksAShard);
  }

  /** The block that `shard` works on in step 0, 1, …; steps count on from turn to turn. */
  blockAt(shard: number, step: number): number {
    return (shard * this.blocksAShard + step) % this.blocks;
  }

  /** The shard that gets what `shard` has worked on. */
  nextShard(shard: number): number {
    return (shard - 1 + this.shards) % this.shards;
  }

  /** The blocks that are `shard`'s before it works on `step`, in the order in which it will; the last ones may still be on their way. */
  held(shard: number, step: number): number[] {
    return Array.from({ length: this.blocksAShard }, (_, ahead) => this.blockAt(shard, step + ahead));
  }
}
