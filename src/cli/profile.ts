/** strads profile: the tables of a trace again, and two traces compared. */
import { Command } from 'commander';
import { compareProfiles, comparisonTable } from '../report/trace/compare.js';
import { readTrace } from '../report/trace/read-trace.js';
import { profileTable } from '../report/trace/table.js';
import { createReporter } from '../report/reporter.js';
import { UsageError } from '../runtime/worker-request.js';

interface ProfileFlags {
  readonly json?: boolean;
}

const JSON_OPTION = ['--json', 'one JSON object on stdout instead of text'] as const;

export function profileCommand(): Command {
  const command = new Command('profile')
    .description('where the time of a run went: the tables of a trace that --profile wrote')
    .argument('[trace]', 'what --profile wrote')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `
Examples:
  $ strads train lasso --data genes.csv.gz --target-column y --profile run.json
  $ strads profile run.json
  $ strads profile diff before.json after.json`,
    )
    .action(show);
  command
    .command('diff')
    .description('two traces side by side: what became faster or slower, is new or gone')
    .argument('<before>', 'the trace to compare with')
    .argument('<after>', 'the trace in question')
    .option(...JSON_OPTION)
    .action(compare);
  return command;
}

function show(trace: string | undefined, { json = false }: ProfileFlags): void {
  if (trace === undefined) throw new UsageError('strads profile: name a trace, as in strads profile run.json, or two: strads profile diff before.json after.json');
  const profile = readTrace(trace);
  createReporter({ json }).result('profile', { file: trace, ...profile }, `strads ${profile.command}\n\n${profileTable(profile)}`);
}

function compare(before: string, after: string, _flags: ProfileFlags, command: Command): void {
  const { json = false } = command.optsWithGlobals<ProfileFlags>();
  const comparison = compareProfiles(readTrace(before), readTrace(after));
  createReporter({ json }).result('diff', { before, after, ...comparison }, comparisonTable(comparison, [before, after]));
}
