/**
 * Chaos: faults done to real runs, whose models are compared byte for byte with those of runs that nothing happened to. What came of them is
 * printed as a table; the exit code is 1 where a model differs, or a run fails or hangs, 2 for flags that make no sense.
 *
 *   npm run chaos -- [--seed 7] [--minutes 2] [--fault text] [--out result.json]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../../src/runtime/worker-request.js';
import type { Fault } from './faults/fault.js';
import { FAULTS, MINUTES_OF_ALL, SHORT_FAULTS } from './faults/all.js';
import { writeData } from './problems.js';
import { References } from './references.js';
import { sequence } from './sequence.js';
import { table, type Result } from './table.js';
import { runTrial, type Outcome, type Trial } from './trial.js';

const HELP = `Usage: npm run chaos -- [flags]

  --seed <n>        which sequence of faults, and where they strike (default: 7)
  --minutes <n>     begin no trial after this time (default: 2); from ${MINUTES_OF_ALL} on, also those that take minutes
  --fault <text>    only faults whose names have this in them
  --out <file>      keep what came of it, as JSON
`;

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS'))) throw error;
  process.stderr.write(`chaos: ${(error as Error).message}\n`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { seed: { type: 'string', default: '7' }, minutes: { type: 'string', default: '2' }, fault: { type: 'string', default: '' }, out: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [seed, minutes] = [number('--seed', values.seed, Number.isSafeInteger), number('--minutes', values.minutes, Number.isFinite)];
  const asked = (minutes < MINUTES_OF_ALL ? SHORT_FAULTS : FAULTS).filter(({ name }) => name.includes(values.fault));
  if (asked.length === 0) throw new UsageError(`--fault ${values.fault}: no fault has this in its name; there are: ${FAULTS.map(({ name }) => name).join('; ')}`);
  const { possible, skipped } = await sift(asked);
  const outcomes = await runAll(seed, minutes, possible);
  const result: Result = { seed, minutes, skipped, outcomes };
  process.stdout.write(`\n${table(result, asked.map(({ name }) => name))}`);
  if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(result, null, 1)}\n`);
  return outcomes.some(({ result: each }) => each === 'failed') ? 1 : 0;
}

function number(flag: string, text: string, isGood: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() !== '' && isGood(value) && value >= 0) return value;
  throw new UsageError(`${flag} ${text}: expected a number from 0 up`);
}

async function sift(faults: readonly Fault[]): Promise<{ possible: Fault[]; skipped: Result['skipped'] }> {
  const whys = await Promise.all(faults.map(async ({ missing }) => (await missing?.()) ?? null));
  const skipped = faults.flatMap(({ name }, at) => (whys[at] === null ? [] : [{ fault: name, why: whys[at]! }]));
  return { possible: faults.filter((_, at) => whys[at] === null), skipped };
}

async function runAll(seed: number, minutes: number, faults: readonly Fault[]): Promise<Outcome[]> {
  const end = performance.now() + 60_000 * minutes;
  const place = await mkdtemp(join(tmpdir(), 'strads-chaos-'));
  const outcomes: Outcome[] = [];
  try {
    await writeData(place);
    const references = new References(place);
    for (const trial of faults.length === 0 ? [] : sequence(seed, faults)) {
      if (performance.now() > end) break;
      const outcome = await runTrial(trial, place, await references.of(trial.problem));
      tell(trial, outcome);
      outcomes.push(outcome);
    }
    return outcomes;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

function tell({ number: at }: Trial, { fault, model, problem, result, why, seconds }: Outcome): void {
  const back = seconds === null ? '' : `, back after ${seconds.toFixed(1)} s`;
  process.stdout.write(`${at} ${fault} · ${model}, ${problem}: ${result}${why === null ? '' : `: ${why}`}${back}\n`);
}
