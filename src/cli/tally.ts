/** What the report of a training says of its workers. */
import { grouped } from '../report/numbers.js';
import type { Fields } from '../report/reporter.js';
import type { MemberTally } from '../runtime/cluster.js';

export function workerFields(tally: readonly MemberTally[], shards: number): Fields {
  return {
    engine: distinct(tally.map(({ engine }) => engine)),
    adapter: distinct(tally.map(({ adapter }) => adapter)),
    workers: tally.length,
    shards,
    byWorker: tally,
  };
}

/** One name, or all of them joined by "+". */
function distinct(names: readonly string[]): string {
  return [...new Set(names)].join('+');
}

/** "8 logical shards: wasm-0 4 shards, 120 pushes; wasm-1 4 shards, 120 pushes" */
export function workerLine(tally: readonly MemberTally[], shards: number): string {
  const workers = tally.map(({ name, shards: hosted, data, pushes }) => `${name} ${hosted} shards${data === 'local' ? ' read there' : ''}, ${grouped(pushes)} pushes`);
  return `${shards} logical shards: ${workers.join('; ')}`;
}

export function savedLine(out: string | undefined): string {
  return out === undefined ? 'not saved: give --out <folder> to keep the model' : `saved in ${out}`;
}
