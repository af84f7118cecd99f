/** What was sent is kept as it was sent, in hardly more memory than its numbers take. */
import { describe, expect, it } from 'vitest';
import { randomBelow } from '../../src/schedule/random.js';
import { SentLog, type Sent } from '../../src/runtime/sent-log.js';
import { retainedBytes } from './retained.js';

const arrays = (ids: number, values: number, seed: number) => ({
  ids: Uint32Array.from({ length: ids }, (_, k) => randomBelow(2 ** 32, seed, k, 0)),
  values: Float64Array.from({ length: values }, (_, k) => randomBelow(1000, seed, k, 1) / 7),
});

function sent(id: number, largest: number): Sent {
  const sizes = (what: number) => randomBelow(largest, id, what, 2);
  const commits = Array.from({ length: randomBelow(4, id, 9, 2) }, (_, k) => arrays(sizes(2 * k), sizes(2 * k + 1), 10 * id + k));
  return { id, round: 3 * id, after: id - 1, task: { operation: id % 5, ...arrays(sizes(10), sizes(11), 10 * id + 9) }, commits };
}

/** Arrays as text: thousands of numbers are compared at once. */
const plain = (entries: Iterable<Sent>) => Array.from(entries, ({ task, commits, ...rest }) => ({ ...rest, operation: task.operation, arrays: [task, ...commits].map(({ ids, values }) => `${ids.join()} ${values.join()}`) }));

describe('SentLog', () => {
  it.each([[1, 60], [7, 60], [100, 60], [20_000, 5]])('gives back what was added, arrays of up to %d numbers', (largest, count) => {
    const log = new SentLog();
    const entries = Array.from({ length: count }, (_, k) => sent(k + 1, largest));
    for (const entry of entries) log.add(entry);
    expect(plain(log.entries())).toEqual(plain(entries));
    for (const upTo of [0, 1, 3, 3, count - 1]) {
      log.dropUpTo(upTo);
      expect(plain(log.entries())).toEqual(plain(entries.slice(upTo)));
      expect(log.count).toBe(count - upTo);
    }
    log.dropUpTo(count);
    expect([log.count, log.bytes]).toEqual([0, 0]);
    log.add(entries[0]!);
    expect(plain(log.entries())).toEqual(plain([entries[0]!]));
  });

  it('keeps a copy', () => {
    const log = new SentLog();
    const { task, ...rest } = sent(11, 20);
    log.add({ task, ...rest });
    const before = { ...task, ids: task.ids.slice(), values: task.values.slice() };
    task.ids.fill(1);
    task.values.fill(1);
    expect(Array.from(log.entries(), (entry) => entry.task)).toEqual([before]);
  });

  it('says what memory it takes, and takes no object for an entry', async () => {
    const log = new SentLog();
    const entry = { round: 0, after: 0, task: { operation: 1, ids: Uint32Array.of(1), values: new Float64Array(0) }, commits: [] };
    const retained = await retainedBytes(() => {
      for (let id = 1; id <= 100_000; id++) log.add({ id, ...entry });
    });
    expect(log.bytes).toBeLessThan(100_000 * 45);
    expect(retained).toBeLessThan(1.2 * log.bytes);
    log.dropUpTo(99_999);
    expect(log.bytes).toBeLessThanOrEqual(1 << 18);
  });
});
