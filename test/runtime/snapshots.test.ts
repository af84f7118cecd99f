/** Snapshots whose blocks the scheduler keeps: which blocks become part of one, and when a worker hears that others may follow. */
import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/bus/link.js';
import { Checkpoints } from '../../src/checkpoint/checkpoints.js';
import { CheckpointError } from '../../src/checkpoint/error.js';
import type { Member } from '../../src/runtime/cluster.js';
import { aside, jsonFrame, Verb } from '../../src/runtime/protocol.js';
import { seatOf, type Seat } from '../../src/runtime/seat.js';
import { blockKeptOf, savedBlockFrame } from '../../src/runtime/snapshot-frames.js';
import { Snapshots, type Taking } from '../../src/runtime/snapshots.js';
import { MemoryStore } from '../checkpoint/memory-store.js';

const bytesOf = (value: number) => new Uint8Array(64).fill(value);
const block = (value: number, snapshot: number) => savedBlockFrame({ shard: 0, bytes: bytesOf(value) }, snapshot, 0);
const saved = (number: number) => jsonFrame(Verb.Saved, aside(0), { number });

/** One worker with one shard, and the bytes that it was told are kept. */
async function staged() {
  const store = new MemoryStore();
  const checkpoints = await Checkpoints.open(store, { keep: 3, notice: () => undefined });
  const snapshots = new Snapshots(store, checkpoints);
  const kept: number[] = [];
  const send = (frame: Frame) => {
    if (frame.kind === Verb.BlockKept) kept.push(blockKeptOf(frame));
  };
  const member = { name: 'worker', kind: 'wasm', adapter: '', link: { send } } as unknown as Member;
  const seat: Seat = Object.assign(seatOf(member), { shards: [0] });
  const begin = (): Promise<Taking> => snapshots.begin({ program: 'toy', task: 1, attempt: 0, seats: [seat], course: [], details: { at: 0, finished: false, details: null } });
  return { store, checkpoints, snapshots, seat, kept, begin };
}

describe('a snapshot', () => {
  it('has no block of one that was given up for it, whose worker hears all the same that others may follow', async () => {
    const { checkpoints, snapshots, seat, kept, begin } = await staged();
    const first = await begin();
    first.done.catch(() => undefined);
    snapshots.take(seat, block(1, first.number));
    await snapshots.abandon(new CheckpointError('storage', 'a later one took its place'));
    const second = await begin();
    snapshots.take(seat, block(2, first.number));
    snapshots.take(seat, saved(first.number));
    snapshots.take(seat, block(3, second.number));
    snapshots.take(seat, saved(second.number));
    const { manifest } = await second.done;
    expect(await Promise.all(manifest.shards[0]!.map((ref) => checkpoints.readBlock(ref)))).toEqual([bytesOf(3)]);
    expect(kept).toEqual([64, 64, 64]);
  });

  it('that the disk has no room for lets its worker go on', async () => {
    const { store, snapshots, seat, kept, begin } = await staged();
    const taking = await begin();
    store.writer = () => Promise.reject(new CheckpointError('storage', 'no space'));
    snapshots.take(seat, block(1, taking.number));
    snapshots.take(seat, block(2, taking.number));
    await expect(taking.done).rejects.toThrow('no space');
    await expect.poll(() => kept).toEqual([64, 64]);
  });
});
