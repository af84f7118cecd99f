#!/usr/bin/env node
/** The strads command: every subcommand is registered here. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { exitCodeOf, messageOf } from './exit.js';
import { inferCommand } from './infer.js';
import { predictCommand } from './predict.js';
import { profileCommand } from './profile.js';
import { recommendCommand } from './recommend.js';
import { resumedWords } from './resume.js';
import { similarCommand } from './similar.js';
import { topicsCommand } from './topics.js';
import { trainLassoCommand } from './train-lasso.js';
import { trainLdaCommand } from './train-lda.js';
import { trainMfCommand } from './train-mf.js';
import { workerCommand } from './worker.js';

const program = new Command('strads')
  .description('Train Lasso, matrix factorization and topic models with scheduled model parallelism, on GPUs (WGSL) and CPUs (SIMD).')
  .version(VERSION)
  .showHelpAfterError('(strads --help lists the commands, strads <command> --help its options)')
  .addHelpText(
    'after',
    `
Examples:
  $ strads train lasso --data genes.csv.gz --target-column y --standardize --alpha-ratio 0.1 --out model/
  $ strads predict --model model/ --data new.csv --out predictions.csv
  $ strads train mf --data ratings.csv.gz --test-fraction 0.1 --rank 64 --biases --out factors/
  $ strads recommend --model factors/ --user 42
  $ strads train lda --text 'docs/**/*.md' --stopwords en --topics 20 --out topics/
  $ strads topics --model topics/
  $ strads train lda --resume checkpoints/
  $ strads profile run.json
  $ strads doctor`,
  );

const trainCommands = new Map([['lasso', trainLassoCommand], ['mf', trainMfCommand], ['lda', trainLdaCommand]]);
const train = program.command('train').description('train a model');
for (const make of trainCommands.values()) train.addCommand(make());
program.addCommand(predictCommand());
program.addCommand(recommendCommand());
program.addCommand(similarCommand());
program.addCommand(topicsCommand());
program.addCommand(inferCommand());
program.addCommand(workerCommand());
program.addCommand(profileCommand());
program.addCommand(doctorCommand());
program.addCommand(demoCommand());
for (const command of program.commands.flatMap((one) => [program, one, ...one.commands])) command.exitOverride();

for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);

try {
  const words = await resumedWords(process.argv.slice(2), (name) => trainCommands.get(name)?.() ?? null);
  await program.parseAsync(words, { from: 'user' });
} catch (error) {
  if (!(error instanceof CommanderError)) process.stderr.write(`strads: ${messageOf(error)}\n`);
  process.exitCode = exitCodeOf(error);
}

/** Whoever read may stop reading (`| head`); the run goes on. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
