/**
 * What scheduling costs. A draw of 64 variables with the update that follows it, against the number of variables it draws from; and the
 * scheduler's own time in a round, with the dependency filter and without.
 *
 *   node --expose-gc dist/bench/scheduling.js [<folder of Lasso data sets>]
 */
import { setTimeout } from 'node:timers/promises';
import { PriorityDraw } from '../src/schedule/priority-draw.js';
import { RandomDraw } from '../src/schedule/random-draw.js';
import { randomUnit } from '../src/schedule/random.js';
import { RoundRobinDraw } from '../src/schedule/round-robin.js';
import type { Draw } from '../src/schedule/draw.js';
import type { VariableRange } from '../src/program.js';
import { median } from './report.js';
import { measureShares } from './scheduler-share.js';

const BLOCK = 64;
const ROUNDS = 400;
const SAMPLES = 9;

export interface DrawRow {
  readonly schedule: string;
  readonly variables: number;
  /** Median time of a draw of 64, and of the commit of what was drawn, µs. */
  readonly drawMicroseconds: number;
  readonly commitMicroseconds: number;
  /** State that is kept for each variable, as the draw says. */
  readonly bytesAVariable: number;
  /** By how much the process grew. */
  readonly residentBytes: number;
}

const DRAWS: readonly (readonly [string, (range: VariableRange) => Draw])[] = [
  ['priority', (range) => new PriorityDraw(1, range)],
  ['random', (range) => new RandomDraw(1, range)],
  ['round-robin', (range) => new RoundRobinDraw(range)],
];

/** Every variable has a priority of its own, heavy-tailed: the worst case for memory and caches. */
export async function measureDraws(sizes: readonly number[]): Promise<DrawRow[]> {
  const rows: DrawRow[] = [];
  for (const [schedule, over] of DRAWS) for (const variables of sizes) rows.push(await measureDraw(schedule, over, variables));
  return rows;
}

async function measureDraw(schedule: string, over: (range: VariableRange) => Draw, variables: number): Promise<DrawRow> {
  const before = await residentBytes();
  const draw = prepared(schedule, over, variables);
  const resident = (await residentBytes()) - before;
  const drawTimes: number[] = [];
  const commitTimes: number[] = [];
  for (let sample = 0, round = 0; sample < SAMPLES; sample++) {
    let drawing = 0;
    let committing = 0;
    for (let i = 0; i < ROUNDS; i++, round++) {
      const start = performance.now();
      const ids = draw.draw(round, BLOCK);
      const drawn = performance.now();
      draw.commit(ids, progressOf(ids, round));
      committing += performance.now() - drawn;
      drawing += drawn - start;
    }
    drawTimes.push((1000 * drawing) / ROUNDS);
    commitTimes.push((1000 * committing) / ROUNDS);
  }
  return { schedule, variables, drawMicroseconds: median(drawTimes), commitMicroseconds: median(commitTimes), bytesAVariable: draw.bytes / variables, residentBytes: Math.max(0, resident) };
}

function prepared(schedule: string, over: (range: VariableRange) => Draw, variables: number): Draw {
  const draw = over({ begin: 0, end: variables });
  if (schedule === 'priority') draw.refresh(heavyTailed(variables));
  return draw;
}

function heavyTailed(count: number): Float64Array {
  const progress = new Float64Array(count);
  for (let k = 0, state = 1; k < count; k++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    progress[k] = 1 / (1e-4 + state / 2 ** 32);
  }
  return progress;
}

function progressOf(ids: Uint32Array, round: number): Float64Array {
  const progress = new Float64Array(ids.length);
  for (let k = 0; k < ids.length; k++) progress[k] = 1 / (1e-4 + randomUnit(2, round, k));
  return progress;
}

/** Without what waits to be collected, where the collector may be called; it gives memory back a moment later. */
async function residentBytes(): Promise<number> {
  globalThis.gc?.();
  await setTimeout(100);
  return process.memoryUsage().rss;
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const row of await measureDraws([1e4, 1e5, 1e6, 1e7, 1e8])) {
    process.stdout.write(`${row.schedule.padEnd(12)} ${row.variables.toExponential(0)}  draw ${row.drawMicroseconds.toFixed(1)} µs  commit ${row.commitMicroseconds.toFixed(1)} µs  ${row.bytesAVariable.toFixed(2)} bytes a variable (process grew by ${(row.residentBytes / 2 ** 20).toFixed(0)} MiB)\n`);
  }
  const [folder] = process.argv.slice(2);
  if (folder !== undefined) {
    for (const row of await measureShares(folder)) {
      process.stdout.write(`${row.name.padEnd(34)} ${row.roundMicroseconds.toFixed(0)} µs a round: schedule ${row.scheduleMicroseconds.toFixed(1)}, pull ${row.pullMicroseconds.toFixed(1)}; schedule ${(100 * row.share).toFixed(1)} %, with pull ${(100 * row.shareWithPull).toFixed(1)} %; ${row.variables.toFixed(1)} variables a round, objective ${row.objective.toPrecision(6)} after ${row.rounds} rounds\n`);
    }
  }
}
