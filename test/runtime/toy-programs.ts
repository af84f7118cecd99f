/** Worker programs whose pushes tell what a shard has seen, or whose sums depend on the order of addition. */
import type { Chunk, WorkerProgram } from '../../src/program.js';
import { randomBelow, randomBits } from '../../src/schedule/random.js';
import type { Programs } from './loopback-workers.js';

/** Ids of the commits that were applied to a shard, as they came. */
type Ledger = number[];

export const only = <Shard>(name: string, program: WorkerProgram<Shard>): Programs => new Map([[name, program as WorkerProgram]]);

const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

const LONGEST_DELAY = 6;

/** Answers after a number of turns of the event loop that the worker's own seed decides. */
export async function delay(worker: number, push: number): Promise<void> {
  for (let turn = randomBelow(LONGEST_DELAY + 1, 7, worker, push); turn > 0; turn--) await turnOfTheLoop();
}

/** A shard pushes, for each id it was ever told, how often it was told and whether that was out of order. */
function account(ledger: Ledger): Chunk {
  const ids = [...new Set(ledger)].sort((a, b) => a - b);
  const rows = ids.flatMap((id) => [ledger.filter((told) => told === id).length, ledger.findIndex((told, at) => told === id && ledger[at - 1] > told) < 0 ? 0 : 1]);
  return { channel: 0, keys: Uint32Array.from(ids), width: 2, values: Float64Array.from(rows) };
}

/** Keeps a ledger of the commits of each shard and pushes it for every task, late by a seeded delay. */
export function ledgerProgram(worker: number): WorkerProgram<Ledger> {
  let pushes = 0;
  return {
    open: () => Promise.resolve([]),
    apply: (_engine, { ids }, shards) => shards.forEach((ledger) => ledger.push(...ids)),
    async *push(_engine, _task, shards) {
      await delay(worker, pushes++);
      for (const [shard, ledger] of shards) yield { shard, chunk: account(ledger) };
    },
  };
}

/** Pushes numbers of all magnitudes that belong to (shard, id): their float64 sum depends on the order. */
export function magnitudesProgram(worker: number): WorkerProgram<number> {
  let pushes = 0;
  return {
    open: (_engine, { shard }) => Promise.resolve(shard),
    apply: () => undefined,
    async *push(_engine, { ids }, shards) {
      await delay(worker, pushes++);
      for (const [shard] of [...shards].reverse()) {
        for (const half of [ids.subarray(0, ids.length >> 1), ids.subarray(ids.length >> 1)]) {
          const values = Float64Array.from(half, (id) => (randomBits(1, shard, id) - 2 ** 31) * 10 ** randomBelow(20, 2, shard, id));
          yield { shard, chunk: { channel: 0, keys: half, width: 1, values } };
        }
      }
    },
  };
}
