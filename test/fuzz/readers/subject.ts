/** `npm run fuzz -- readers`: every reader of files takes mutated ones. Out: a table, and the findings with what repeats them. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { UsageError } from '../../../src/runtime/worker-request.js';
import type { Subject } from '../subject.js';
import { fuzzReader, type FuzzRequest, type Tally } from './fuzz.js';
import { keepInput } from './keep-input.js';
import { READERS } from './readers.js';

const FLAGS = {
  reader: { type: 'string', multiple: true },
  seed: { type: 'string', default: '1' },
  files: { type: 'string', default: '100000' },
  first: { type: 'string', default: '0' },
  processes: { type: 'string', default: String(availableParallelism()) },
  keep: { type: 'string' },
} as const;

export const readers: Subject = {
  name: 'readers',
  about: 'mutated files for every reader: a clear error or a right answer, never a crash or a hang',
  flags: [
    `--reader NAME      one reader, or several with a flag each; all of them otherwise: ${READERS.map(({ name }) => name).join(', ')}`,
    '--seed N           what the files come of (1)',
    '--files N          files for each reader (100000)',
    '--first N          number of the first file (0), to repeat one: --first 4711 --files 1',
    '--processes N      readers at a time; one for each core',
    '--keep FOLDER      writes the first file there, as it is read',
  ],
  async run(flags) {
    const { names, processes, keep, ...request } = parsed(flags);
    if (keep !== undefined) for (const name of names) await keepInput(READERS.find((known) => known.name === name)!, request, keep);
    const waiting = [...names];
    const tallies: Tally[] = [];
    const work = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const tally = await fuzzReader({ ...request, module: new URL('./readers.js', import.meta.url).href, reader: name });
        tallies.push(tally);
        process.stdout.write(reported(tally, request));
      }
    };
    process.stdout.write(HEADER);
    await Promise.all(Array.from({ length: processes }, work));
    return tallies.reduce((sum, { findings }) => sum + findings.length, 0);
  },
};

const HEADER = '| reader | files | accepted | refused | longest array, MiB | findings |\n| --- | ---: | ---: | ---: | ---: | ---: |\n';
const MOST_SHOWN = 20;

function reported({ reader, files, accepted, refused, longestArray, findings }: Tally, { seed }: Pick<FuzzRequest, 'seed'>): string {
  const row = `| ${reader} | ${files} | ${accepted} | ${refused} | ${(longestArray / 2 ** 20).toFixed(1)} | ${findings.length} |\n`;
  const shown = findings.slice(0, MOST_SHOWN).map(({ input, what }) => `  npm run fuzz -- readers --reader ${reader} --seed ${seed} --first ${input} --files 1\n    ${what.replaceAll('\n', '\n    ')}\n`);
  return row + shown.join('');
}

function parsed(flags: readonly string[]): { names: readonly string[]; processes: number; keep: string | undefined } & Pick<FuzzRequest, 'seed' | 'first' | 'files'> {
  const values = valuesOf(flags);
  const known = READERS.map(({ name }) => name);
  const names = values.reader ?? known;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--reader: found "${unknown}", expected one of ${known.join(', ')}`);
  return { names, keep: values.keep, seed: whole('seed', values.seed, 0), first: whole('first', values.first, 0), files: whole('files', values.files, 1), processes: whole('processes', values.processes, 1) };
}

function valuesOf(flags: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values'] {
  try {
    return parseArgs({ args: [...flags], options: FLAGS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function whole(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value < 2 ** 32) return value;
  throw new UsageError(`--${flag}: found "${text}", expected a whole number from ${least}, below 2^32`);
}
