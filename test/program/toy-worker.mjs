/** A worker half that does in push what its shard's description says, and answers every id with 1 otherwise. */
import { DataError } from 'strads/program';

export default () => ({
  async open(_engine, { description }, parts) {
    let numbers = 0;
    for await (const part of parts) numbers += part.length;
    if (description.refuse) throw new DataError(description.refuse);
    if (description.open) throw new Error(description.open);
    return { ...description, numbers };
  },
  *push(_engine, { ids }, shards) {
    for (const [shard, { push }] of shards) {
      if (push === 'throw') throw new TypeError('no such column');
      if (push === 'nothing') yield undefined;
      else if (push === 'other shard') yield { shard: 99, chunk: chunk(ids) };
      else if (push === 'NaN') yield { shard, chunk: { ...chunk(ids), values: new Float32Array(ids.length).fill(0 / 0) } };
      else if (push === 'backwards') yield { shard, chunk: { ...chunk(ids), keys: ids.slice().reverse() } };
      else if (push === 'huge') yield { shard, chunk: { ...chunk(ids), values: new Float64Array(ids.length).fill(Number.MAX_VALUE) } };
      else yield { shard, chunk: chunk(ids) };
    }
  },
  apply(_engine, _commit, shards) {
    for (const { apply } of shards.values()) if (apply === 'throw') throw new RangeError('no such residual');
  },
});

function chunk(ids) {
  return { channel: 0, keys: ids, width: 1, values: new Float32Array(ids.length).fill(1) };
}
