/**
 * `strads train lasso --resume ckpt/` is the command that was interrupted. In: the words of a command line. Out: the same, or where they ask to
 * resume, those of the interrupted command, with what may be different beside them.
 */
import type { Command } from 'commander';
import { UsageError } from '../runtime/worker-request.js';
import { VERSION } from '../version.js';
import { detailsToResume, type CommandDetails } from './checkpoint-details.js';
import { decidesBits, givenFlags, wordsOf, type GivenFlag } from './given-flags.js';

/** Makes a training command; null when there is none of that name. */
export type CommandMaker = (name: string) => Command | null;

/** `words`: what comes after "strads". Throws UsageError for flags that a resumed run can't take, and where there is nothing to resume. */
export async function resumedWords(words: readonly string[], make: CommandMaker): Promise<readonly string[]> {
  const [verb, name, ...rest] = words;
  const command = verb === 'train' && name !== undefined ? make(name) : null;
  if (command === null || rest.includes('--help') || rest.includes('-h')) return words;
  const given = givenFlags(command);
  const { operands, unknown } = command.exitOverride().parseOptions(rest);
  const folder = given.findLast(({ option }) => option.long === '--resume')?.value;
  if (folder === undefined || folder === null) return words;
  if (given.some(({ option }) => option.long === '--checkpoint')) throw new UsageError(`--resume ${folder} goes on writing there: leave --checkpoint out`);
  const deciding = given.find(({ option }) => decidesBits(option));
  if (deciding) throw new UsageError(`${deciding.option.long} can't be given beside --resume ${folder}: the run goes on exactly as it was asked for. Leave it out, or train anew with another --checkpoint folder`);
  const details = await detailsToResume(folder, `train ${name}`, VERSION);
  return ['train', name!, ...storedWords(details, given, make(name!)!), ...given.flatMap(wordsOf), ...operands, ...unknown];
}

/** What the interrupted command was given, without what is now given anew. */
function storedWords({ arguments: words, engines }: CommandDetails, given: readonly GivenFlag[], command: Command): string[] {
  const stored = givenFlags(command);
  command.exitOverride().parseOptions([...words]);
  const kept = stored.filter(({ option: { long } }) => !given.some(({ option }) => option.long === long));
  return [...kept.flatMap(wordsOf), ...engineWords([...kept, ...given], engines)];
}

/** Where nobody says which engine, the one that it was; which that would be may have changed. */
function engineWords(flags: readonly GivenFlag[], engines: readonly string[]): string[] {
  const isNamed = flags.some(({ option: { long }, value }) => (long === '--engine' && value !== 'auto') || (long === '--workers' && /[a-z]/.test(value ?? '')));
  return isNamed || engines.length !== 1 ? [] : ['--engine', engines[0]!];
}
