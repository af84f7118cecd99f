import { describe, expect, it } from 'vitest';
import type { Chunk, Task } from '../../src/program.js';
import { Flight, type Landed } from '../../src/runtime/flight.js';

const TASK: Task = { operation: 1, ids: Uint32Array.of(7), values: new Float64Array(0) };
const chunk = (value: number): Chunk => ({ channel: 0, keys: Uint32Array.of(7), width: 1, values: Float64Array.of(value) });

function push(flight: Flight, id: number, shard: number, value: number): Landed | null {
  flight.add(id, shard, chunk(value));
  return flight.finish(id, [shard]);
}

const sumOf = (landed: Landed | null) => landed?.sums[0].values[0];

describe('Flight', () => {
  it('lands a task when every shard has pushed it', async () => {
    const flight = new Flight(2);
    const sums = flight.begin(1, TASK);
    expect(push(flight, 1, 1, 5)).toBeNull();
    const landed = push(flight, 1, 0, 3)!;
    expect([sumOf(landed), flight.pushed, flight.landed, flight.isEmpty]).toEqual([8, 1, 0, false]);
    flight.land(landed);
    expect([flight.landed, flight.isEmpty]).toEqual([1, true]);
    expect((await sums)[0].values[0]).toBe(8);
  });

  it('drops what a shard pushes a second time', () => {
    const flight = new Flight(2);
    void flight.begin(1, TASK);
    expect(push(flight, 1, 0, 3)).toBeNull();
    expect(push(flight, 1, 0, 3)).toBeNull();
    const landed = push(flight, 1, 1, 5)!;
    expect(sumOf(landed)).toBe(8);
    flight.land(landed);
    expect(push(flight, 1, 1, 5)).toBeNull();
    expect(push(flight, 99, 0, 1)).toBeNull();
  });

  it('forgets what was pushed when workers are brought back, and lets wait who waits', async () => {
    const flight = new Flight(2);
    void flight.begin(1, TASK);
    push(flight, 1, 0, 1);
    flight.land(push(flight, 1, 1, 1)!);
    const sums = flight.begin(2, TASK);
    push(flight, 2, 0, 100);
    flight.rewind(0);
    expect([flight.pushed, flight.landed]).toEqual([0, 1]);
    for (const id of [1, 2]) flight.repeat(id);
    push(flight, 1, 0, 1);
    expect(push(flight, 1, 1, 1)).toBeNull();
    expect(flight.pushed).toBe(1);
    push(flight, 2, 0, 3);
    flight.land(push(flight, 2, 1, 5)!);
    expect((await sums)[0].values[0]).toBe(8);
  });

  it('wakes who waits for a change when a task lands, also one that had landed before', async () => {
    const flight = new Flight(1);
    void flight.begin(1, TASK);
    let changes = 0;
    const count = () => flight.changed().then(() => void changes++);
    const first = count();
    flight.land(push(flight, 1, 0, 1)!);
    await first;
    flight.rewind(0);
    flight.repeat(1);
    const second = count();
    push(flight, 1, 0, 1);
    await second;
    expect(changes).toBe(2);
  });

  it('rejects whoever waits when the run fails', async () => {
    const flight = new Flight(1);
    const sums = flight.begin(1, TASK);
    flight.fail(new Error('over'));
    await expect(sums).rejects.toThrow('over');
    expect(flight.isEmpty).toBe(true);
  });
});
