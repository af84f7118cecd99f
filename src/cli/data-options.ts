/** Options about data files, the same for every command that reads them. */
import { Option, type Command } from 'commander';
import { FORMATS, type Format } from '../data/format.js';
import type { ReadOptions } from '../data/read.js';
import { whole } from './numbers.js';

export interface DataFlags {
  readonly data: string;
  readonly target?: string;
  readonly targetColumn?: string;
  readonly ignoreColumns?: readonly string[];
  readonly format?: Format;
  readonly header: boolean;
  readonly features?: number;
}

export function addDataOptions(command: Command): Command {
  return command
    .optionsGroup('Data:')
    .requiredOption('--data <file>', 'MatrixMarket, LIBSVM, CSV or .npy, also gzipped, or .npz; recognized by content')
    .option('--target <file>', 'the target in a file of its own: MatrixMarket, one-column CSV or .npy')
    .option('--target-column <column>', 'the target is a column of the CSV: its name, its index from 0, or "last"')
    .option('--ignore-columns <columns>', 'CSV columns to leave out, by name or index, separated by commas', (text: string) => text.split(',').map((name) => name.trim()))
    .option('--features <n>', 'number of columns of a LIBSVM file (default: the highest id in it)', whole(1, 2 ** 30))
    .addOption(new Option('--format <format>', 'format of --data, where recognition errs').choices(FORMATS))
    .option('--no-header', 'the first line of the CSV is data');
}

export function dataRequest({ data, target, targetColumn, ignoreColumns, format, header, features }: DataFlags): ReadOptions {
  return { data, target, targetColumn, ignoreColumns, format, header: header ? undefined : false, features };
}
