/**
 * What scheduling costs. A draw of 64 variables with the update that follows it, against the number of variables it draws from; and the
 * scheduler's own time in a round, with the dependency filter and without.
 */
import type { VariableRange } from '../src/program.js';
import type { Draw } from '../src/schedule/draw.js';
import { PriorityDraw } from '../src/schedule/priority-draw.js';
import { RandomDraw } from '../src/schedule/random-draw.js';
import { randomUnit } from '../src/schedule/random.js';
import { RoundRobinDraw } from '../src/schedule/round-robin.js';
import { problemsNamed, missingFiles } from './problems.js';
import { dataOf } from './runner/arguments.js';
import type { Benchmark } from './runner/benchmark.js';
import { amount, quality, speed, speedRow, type Row, type Speed } from './runner/result.js';
import { measureShares, type ShareRow } from './scheduler-share.js';

const VARIABLES = [1e4, 1e5, 1e6, 1e7, 1e8];
const BLOCK = 64;
const ROUNDS = 400;
const SAMPLES = 9;
/** Of the scheduler's time in a round. */
const SHARE_AIM = 10;

const DRAWS: readonly (readonly [string, (range: VariableRange) => Draw])[] = [
  ['priority', (range) => new PriorityDraw(1, range)],
  ['random', (range) => new RandomDraw(1, range)],
  ['round-robin', (range) => new RoundRobinDraw(range)],
];

export const scheduling: Benchmark = {
  name: 'scheduling',
  about: `A draw of ${BLOCK} variables with the update that follows it, from 10^4 to 10^8 variables; and the scheduler's share of a round.`,
  needsData: false,
  usesEngine: false,
  async run(context) {
    const rows: Row[] = [];
    for (const [schedule, over] of DRAWS) {
      const least = measureDraw(schedule, over, VARIABLES[0]!, null);
      rows.push(least, ...VARIABLES.slice(1).map((variables) => measureDraw(schedule, over, variables, least)));
    }
    const note = `Every variable has a priority of its own, heavy-tailed: the worst case for memory and caches. ${ROUNDS} draws a sample, each with the commit of what it drew. Ratios below 1 say how much longer a draw takes than from ${VARIABLES[0]!.toLocaleString('en-US')} variables. Repeats: variables that one draw has twice.`;
    const tables = [{ title: `A draw of ${BLOCK}`, note, rows }];
    const [chain] = problemsNamed(['chain']);
    const folder = context.data === null ? null : dataOf(context.data, 'lasso');
    const absent = folder === null ? ['--data'] : missingFiles(chain!, folder);
    if (folder === null || absent.length > 0) return { tables, missing: [`the scheduler's share of a round: no ${absent.join(', ')}`] };
    const shares = await measureShares(folder);
    const shareNote = `The chain of correlated columns, priorities, ${BLOCK} candidates a round, two worker processes. The share is that of drawing, filtering and planning in the wall time of a round.`;
    return { tables: [...tables, { title: 'The scheduler in a round', note: shareNote, rows: shares.map(shareOf) }], missing: [] };
  },
};

function measureDraw(schedule: string, over: (range: VariableRange) => Draw, variables: number, least: Row | null): Row {
  const draw = over({ begin: 0, end: variables });
  if (schedule === 'priority') draw.refresh(heavyTailed(variables));
  const drawTimes: number[] = [];
  const commitTimes: number[] = [];
  let repeats = 0;
  for (let sample = 0, round = 0; sample < SAMPLES; sample++) {
    let [drawing, committing] = [0, 0];
    for (let i = 0; i < ROUNDS; i++, round++) {
      const start = performance.now();
      const ids = draw.draw(round, BLOCK);
      const drawn = performance.now();
      draw.commit(ids, progressOf(ids, round));
      committing += performance.now() - drawn;
      drawing += drawn - start;
      repeats += ids.length - new Set(ids).size;
    }
    drawTimes.push((1000 * drawing) / ROUNDS);
    commitTimes.push((1000 * committing) / ROUNDS);
  }
  return speedRow({
    case: `${variables.toLocaleString('en-US')} variables`,
    who: schedule,
    speeds: [compared('a draw', drawTimes, least), compared('its commit', commitTimes, least)],
    quality: [quality('repeats', repeats, 0)],
    amounts: [amount('state', 'MiB', draw.bytes / 2 ** 20)],
  });
}

function compared(what: string, samples: readonly number[], least: Row | null): Speed {
  const baseline = least?.speeds.find((one) => one.what === what);
  return speed(what, 'µs', samples, baseline ? { name: '10^4', samples: baseline.samples } : null);
}

function shareOf({ name, roundMicroseconds, scheduleMicroseconds, pullMicroseconds, share, variables, rounds, objective }: ShareRow): Row {
  return speedRow({
    case: `${rounds.toLocaleString('en-US')} rounds`,
    who: name,
    speeds: [speed('a round', 'µs', [roundMicroseconds]), speed('schedule', 'µs', [scheduleMicroseconds]), speed('pull', 'µs', [pullMicroseconds])],
    quality: [quality('% of a round that is schedule', 100 * share, SHARE_AIM), quality('objective', objective)],
    amounts: [amount('updated a round', 'variables', variables)],
  });
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
