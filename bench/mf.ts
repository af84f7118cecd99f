/**
 * Quality, time and memory of matrix factorization on real ratings, trained as the command does it, by workers.
 *
 *   node dist/bench/mf.js <folder with ml-100k and ml-1m> [--workers 2] [--tries 3] [part …]
 *
 * Parts: small (MovieLens 100K), targets (MovieLens 1M: errors, times to them, the peers), original (the problem that the
 * released STRADS was measured on), ranks, schedules; all without a name. Writes bench/results/mf-<engine>. A data set or a
 * peer that is not there is named as missing.
 */
import { parseArgs } from 'node:util';
import { measureOriginal, originalSection } from './mf-original.js';
import { measurePeers, peersSection } from './mf-peers.js';
import { measureRanks, ranksSection } from './mf-ranks.js';
import { measureSchedules, schedulesSection } from './mf-schedules.js';
import { missingFiles, ML_100K, ML_1M, readSets, type MeasuredSets, type RatingData } from './mf-sets.js';
import { measureSmall, smallSection } from './mf-small.js';
import { measureTargets, targetsSection } from './mf-targets.js';
import type { Training } from './mf-training.js';
import { fail, provenance, writeReport } from './report.js';

/** What a part brings: numbers for the JSON file, text, and the trainings that tell of the engine. */
interface Measured {
  readonly numbers: object;
  readonly sections: readonly string[];
  readonly trainings: readonly Training[];
}

interface Part {
  readonly name: string;
  readonly data: RatingData;
  measure(sets: MeasuredSets): Promise<Measured>;
}

const PARTS: readonly Part[] = [
  {
    name: 'small',
    data: ML_100K,
    async measure(sets) {
      const rows = await measureSmall(sets, workers);
      return { numbers: rows, sections: smallSection(rows, sets), trainings: rows };
    },
  },
  {
    name: 'targets',
    data: ML_1M,
    async measure(sets) {
      const rows = await measureTargets(sets, workers, tries);
      const peers = await measurePeers(sets, workers);
      missing.push(...peers.missing);
      return { numbers: { rows, peers: peers.runs }, sections: [...targetsSection(rows, sets), ...peersSection(peers)], trainings: rows.flatMap((row) => row.tries) };
    },
  },
  {
    name: 'original',
    data: ML_1M,
    async measure(sets) {
      const rows = await measureOriginal(sets, workers, tries);
      return { numbers: rows, sections: originalSection(rows), trainings: rows.flatMap((row) => row.tries) };
    },
  },
  {
    name: 'ranks',
    data: ML_1M,
    async measure(sets) {
      const runs = await measureRanks(sets, workers);
      return { numbers: runs, sections: ranksSection(runs), trainings: runs };
    },
  },
  {
    name: 'schedules',
    data: ML_1M,
    async measure(sets) {
      const runs = await measureSchedules(sets, workers);
      return { numbers: runs, sections: schedulesSection(runs), trainings: runs };
    },
  },
];

const USAGE = `usage: node dist/bench/mf.js <folder with ml-100k and ml-1m> [--workers N] [--tries N] [${PARTS.map(({ name }) => name).join(' | ')} …]`;
const { values: flags, positionals } = parseArgs({ options: { workers: { type: 'string', default: '2' }, tries: { type: 'string', default: '3' } }, allowPositionals: true });
const [folder, ...names] = positionals;
if (folder === undefined) fail(USAGE);
const workers = count('workers', flags.workers);
const tries = count('tries', flags.tries);
const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
if (unknown !== undefined) fail(`${unknown}: no such part\n${USAGE}`);

const missing: string[] = [];
const measured = new Map<string, Measured>();
for (const { name, data, measure } of PARTS.filter((part) => names.length === 0 || names.includes(part.name))) {
  const absent = missingFiles(data, folder);
  if (absent.length > 0) missing.push(`${name}: no ${absent.join(', ')} in the data folder`);
  else measured.set(name, await measure(await readSets(data, folder)));
}
if (measured.size === 0) fail(`nothing to measure: ${missing.join('; ')}`);
report();

function count(flag: string, text: string): number {
  const number = Number(text);
  if (!(Number.isInteger(number) && number >= 1)) fail(`--${flag} ${text}: expected a whole number from 1 on\n${USAGE}`);
  return number;
}

function report(): void {
  const all = [...measured.values()];
  const { engine, adapter } = all[0]!.trainings[0]!;
  const command = ['node dist/bench/mf.js <data>', ...process.argv.slice(2).filter((arg) => arg !== folder)].join(' ');
  const numbers = Object.fromEntries([...measured].map(([name, part]) => [name, part.numbers]));
  writeReport(`mf-${engine}`, provenance(command), { engine, adapter, workers, tries, missing, ...numbers }, [
    '# Matrix factorization',
    `${workers} workers (${engine}, ${adapter}). RMSE of predictions that are not clipped to the range of the ratings.`,
    ...all.flatMap(({ sections }) => sections),
    ...(missing.length > 0 ? [`Missing: ${missing.join('; ')}.`] : []),
  ]);
}
