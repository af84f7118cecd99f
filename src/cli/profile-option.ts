/** --profile, the same for every command that runs kernels: the place is found writable first, and at the end the tables are printed. */
import { Option } from 'commander';
import type { Profile } from '../report/trace/profile.js';
import { profileTable } from '../report/trace/table.js';
import { assertTraceWritable } from '../report/trace/trace-file.js';
import type { Reporter } from '../report/reporter.js';
import { RunProfile } from '../runtime/run-profile.js';

export interface ProfileFlags {
  readonly profile?: string;
}

export function profileOption(): Option {
  return new Option('--profile <file>', 'record where the time goes, for Perfetto or chrome://tracing, and print tables of kernels and rounds');
}

/** Runs a command with what records it, which leaves nothing behind unless the command finishes it. Throws DataError before anything is read. */
export async function profiled<Flags extends ProfileFlags & { readonly out?: string }>(flags: Flags, command: string, run: (flags: Flags, profile: RunProfile | null) => Promise<void>): Promise<void> {
  if (flags.profile === undefined) return run(flags, null);
  await assertTraceWritable(flags.profile, [flags.out]);
  const profile = new RunProfile(flags.profile, command);
  try {
    await run(flags, profile);
  } finally {
    profile.discard();
  }
}

export function reportProfile(reporter: Reporter, profile: Profile, { profile: file }: ProfileFlags): void {
  reporter.result('profile', { file, ...profile }, `\n${profileTable(profile)}\ntimeline in ${file}: open it in https://ui.perfetto.dev or chrome://tracing`);
}
