// The shards whose documents a dispatch serves: three numbers a shard, the first of them its first piece.
// Needs of its kernel: shards: array<u32>; parameters.shardCount.

/// The shard of piece g: the last whose first piece is not behind it. Returns where it stands in `shards`.
fn shardOf(g: u32) -> u32 {
  var shard = 0u;
  while (shard + 1u < parameters.shardCount && shards[3u * shard + 3u] <= g) {
    shard++;
  }
  return 3u * shard;
}
