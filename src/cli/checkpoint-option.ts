/**
 * Options about checkpoints, the same for every training command. In: the flags, and what else the command was given. Out: the plan that the run
 * keeps to, once it is known that the folder, the data and the workers are those that it goes on with.
 */
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { fingerprintOf } from '../data/fingerprint.js';
import { shortDigest } from '../data/digest.js';
import { counted, grouped } from '../report/numbers.js';
import type { Reporter } from '../report/reporter.js';
import { newestCheckpointIfAny } from '../runtime/checkpoint-folder.js';
import type { CheckpointPlan } from '../runtime/checkpoint-plan.js';
import type { Member } from '../runtime/cluster.js';
import { UsageError } from '../runtime/worker-request.js';
import { VERSION } from '../version.js';
import { commandDetails, detailsToResume, type CommandDetails } from './checkpoint-details.js';
import { reportCheckpoint } from './checkpoint-report.js';
import { decidesBits, pathOf, placedWordsOf, type GivenFlag } from './given-flags.js';
import type { Interrupt } from './interrupt.js';
import { whole } from './numbers.js';

export interface CheckpointFlags {
  readonly checkpoint?: string;
  readonly checkpointEvery: number;
  readonly checkpointKeep: number;
  readonly resume?: string;
  readonly overwrite?: boolean;
}

const EVERY_SECONDS = 30;
const KEEP = 3;

export function addCheckpointOptions(command: Command): Command {
  return command
    .optionsGroup('Checkpoints:')
    .option('--checkpoint <folder>', 'keep in this folder what an interrupted run goes on from, to the same bits')
    .addOption(new Option('--checkpoint-every <time>', 'how often: 30s, 5m, 1h, or none for the end alone').argParser(interval).default(EVERY_SECONDS, '30s'))
    .option('--checkpoint-keep <n>', 'how many checkpoints stay', whole(1, 1000), KEEP)
    .addOption(new Option('--resume <folder>', 'go on with the run that wrote these checkpoints; no other flag is needed').conflicts('checkpoint'));
}

const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function interval(text: string): number {
  if (text === 'none') return Infinity;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const seconds = Number(digits) * SECONDS_OF[unit!]!;
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new InvalidArgumentError('expected a time above 0 with its unit, such as 30s, 5m or 1h, or none.');
}

/** A run that keeps checkpoints, checked as far as it can be without its workers. */
export interface CheckpointRequest {
  readonly plan: CheckpointPlan;
  /** To be told who works, and what may stop the run, before it begins. Throws UsageError where a resumed run had workers of other kinds. */
  begin(members: readonly Pick<Member, 'kind'>[], interrupt: Interrupt): void;
}

/**
 * Null where nobody asked for checkpoints. Throws UsageError or DataError for a folder that begins with no run or goes on with none, and for data
 * that are not those of the run that goes on.
 */
export async function checkpointRequest(flags: CheckpointFlags, command: string, given: readonly GivenFlag[], reporter: Reporter): Promise<CheckpointRequest | null> {
  const { checkpoint, resume, checkpointEvery: everySeconds, checkpointKeep: keep } = flags;
  const folder = resume ?? checkpoint;
  if (folder === undefined) {
    const idle = given.find(({ option: { long } }) => long === '--checkpoint-every' || long === '--checkpoint-keep');
    if (idle) throw new UsageError(`${idle.option.long} is about checkpoints, of which there are none: give --checkpoint FOLDER too`);
    return null;
  }
  const earlier = resume === undefined ? null : await detailsToResume(folder, command, VERSION);
  if (earlier === null) await assertFree(folder, flags);
  const data = await fingerprints(given);
  if (earlier) assertSameData(folder, earlier.data, data);
  const words = given.filter(({ option: { long } }) => long !== '--resume' && long !== '--checkpoint').flatMap(placedWordsOf);
  let engines: readonly string[] = [];
  let isStopped = () => false;
  return {
    plan: {
      folder: resolve(folder),
      everySeconds,
      keep,
      resume: earlier !== null,
      get details(): CommandDetails {
        return { strads: VERSION, command, arguments: words, data, engines: [...engines] };
      },
      isStopped: () => isStopped(),
      observe: (event) => reportCheckpoint(reporter, folder, event),
    },
    begin(members, interrupt) {
      engines = [...new Set(members.map(({ kind }) => kind))].sort();
      isStopped = () => interrupt.requested;
      if (earlier) assertSameEngines(folder, earlier.engines, engines);
    },
  };
}

/** A run begins where there is no other's checkpoint, unless they may be replaced. */
async function assertFree(folder: string, { overwrite = false }: CheckpointFlags): Promise<void> {
  if (folder.trim() === '') throw new UsageError('--checkpoint is empty: name a folder');
  const found = overwrite ? null : await newestCheckpointIfAny(folder);
  if (found === null) return;
  const { number, finished } = found;
  const details = commandDetails(found.details);
  const what = `checkpoint ${number} of a run${details ? ` of strads ${details.command}` : ''} that ${finished ? 'is done' : 'is not done'}`;
  const goOn = finished || !details ? '' : `Go on with it by strads ${details.command} --resume ${folder}, or `;
  throw new UsageError(`--checkpoint ${folder}: the folder holds ${what}. ${goOn}${goOn ? 'choose' : 'Choose'} another folder, or add --overwrite`);
}

/** Of everything that the run reads and that decides its bits. */
async function fingerprints(given: readonly GivenFlag[]): Promise<CommandDetails['data']> {
  const data: CommandDetails['data'] = [];
  for (const flag of given) {
    const path = decidesBits(flag.option) ? pathOf(flag) : null;
    if (path !== null) data.push({ flag: flag.option.long!, path, ...(await fingerprintOf(path)) });
  }
  return data;
}

function assertSameData(folder: string, expected: CommandDetails['data'], found: CommandDetails['data']): void {
  for (const [at, { flag, path, ...before }] of expected.entries()) {
    const now = found[at]!;
    if (now.sha256 === before.sha256) continue;
    throw new UsageError(`${flag} ${path}: found ${describe(now)}, expected ${describe(before)} as when ${folder} was written: the data have changed since. Bring back what was there, or train anew with another --checkpoint folder`);
  }
}

function describe({ files, bytes, sha256 }: Pick<CommandDetails['data'][number], 'files' | 'bytes' | 'sha256'>): string {
  return `${files === 1 ? '' : `${counted(files, 'file')} of `}${grouped(bytes)} bytes (SHA-256 ${shortDigest(sha256)}…)`;
}

function assertSameEngines(folder: string, expected: readonly string[], found: readonly string[]): void {
  if (expected.join() === found.join()) return;
  throw new UsageError(`--resume ${folder}: its run had workers of ${expected.join(' and ')}, this one has ${found.join(' and ') || 'none'}, which computes other bits: name the same kinds with --engine or --workers`);
}
