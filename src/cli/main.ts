#!/usr/bin/env node
/** The strads command: every subcommand is registered here. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { exitCodeOf, messageOf } from './exit.js';
import { predictCommand } from './predict.js';
import { trainLassoCommand } from './train-lasso.js';
import { workerCommand } from './worker.js';

const program = new Command('strads')
  .description('Train Lasso models with scheduled model parallelism, on GPUs (WGSL) and CPUs (SIMD).')
  .version(VERSION)
  .showHelpAfterError('(strads --help lists the commands, strads <command> --help its options)')
  .addHelpText(
    'after',
    `
Examples:
  $ strads train lasso --data genes.csv.gz --target-column y --standardize --alpha-ratio 0.1 --out model/
  $ strads predict --model model/ --data new.csv --out predictions.csv
  $ strads doctor`,
  );

const train = program.command('train').description('train a model');
train.addCommand(trainLassoCommand());
program.addCommand(predictCommand());
program.addCommand(workerCommand());
program.addCommand(doctorCommand());
program.addCommand(demoCommand());
for (const command of [program, train, ...program.commands, ...train.commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) process.stderr.write(`strads: ${messageOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
