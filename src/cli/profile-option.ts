/** --profile, the same for every command that runs kernels: the place is found writable first, and at the end the tables are printed. */
import { Option } from 'commander';
import type { Profile } from '../report/trace/profile.js';
import { profileTable } from '../report/trace/table.js';
import { assertTraceWritable } from '../report/trace/trace-file.js';
import type { Reporter } from '../report/reporter.js';
import { LocalProfile } from '../runtime/local-profile.js';
import { RunProfile } from '../runtime/run-profile.js';

export interface ProfileFlags {
  readonly profile?: string;
}

export function profileOption(): Option {
  return new Option('--profile <file>', 'record where the time goes, for Perfetto or chrome://tracing, and print tables of kernels and rounds');
}

interface Flags extends ProfileFlags {
  readonly out?: string;
}

/** Runs a command that has workers with what records it. Throws DataError before anything is read where the place can't be written. */
export function profiled<Given extends Flags>(flags: Given, command: string, run: (flags: Given, profile: RunProfile | null) => Promise<void>): Promise<void> {
  return withProfile(flags, (path) => new RunProfile(path, command), run);
}

/** The same for one that has its engine in its own process. */
export function profiledHere<Given extends Flags>(flags: Given, command: string, run: (flags: Given, profile: LocalProfile | null) => Promise<void>): Promise<void> {
  return withProfile(flags, (path) => new LocalProfile(path, command), run);
}

/** Nothing stays behind of a profile that the command does not finish. */
async function withProfile<Given extends Flags, Kind extends { discard(): void }>(flags: Given, make: (path: string) => Kind, run: (flags: Given, profile: Kind | null) => Promise<void>): Promise<void> {
  if (flags.profile === undefined) return run(flags, null);
  await assertTraceWritable(flags.profile, [flags.out]);
  const profile = make(flags.profile);
  try {
    await run(flags, profile);
  } finally {
    profile.discard();
  }
}

/** `isStdoutTaken`: something else is printed there. */
export function reportProfile(reporter: Reporter, profile: Profile, { profile: file }: ProfileFlags, isStdoutTaken = false): void {
  const text = `\n${profileTable(profile)}\ntimeline in ${file}: open it in https://ui.perfetto.dev or chrome://tracing`;
  if (isStdoutTaken) reporter.notice(text);
  else reporter.result('profile', { file, ...profile }, text);
}
