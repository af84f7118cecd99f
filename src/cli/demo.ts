/**
 * strads demo, which is what npm start runs: trains a Lasso on data that every installation has, the READMEs of the
 * installed packages, and leaves the files in runs/readme-words for the user to go on with.
 */
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { LassoModel } from '../../models/lasso/model.js';
import { loadLassoPredictor, predictRows } from '../../models/predict.js';
import { streamRows } from '../data/stream-rows.js';
import { grouped } from '../report/numbers.js';
import { describeOutcome } from './demo/outcome.js';
import { installedPackages } from './demo/packages.js';
import { sizeProblem, writeProblem, type Problem, type ProblemFiles } from './demo/problem.js';
import { trainLassoCommand } from './train-lasso.js';

const FOLDER = join('runs', 'readme-words');

export function demoCommand(): Command {
  return new Command('demo')
    .description(`train a Lasso on the READMEs of the installed packages; files go to ${FOLDER}`)
    .addHelpText('after', '\nExample:\n  $ strads demo')
    .action(demo);
}

async function demo(): Promise<void> {
  const modules = packagesFolder();
  const problem = sizeProblem(await installedPackages(modules), modules);
  const files = await writeProblem(problem, FOLDER);
  const model = join(FOLDER, 'model');
  say(introduction(problem));
  const options = ['--data', files.X, '--target', files.y, '--alpha-ratio', '0.3', '--workers', '2', '--out', model, '--overwrite'];
  say(`$ npx strads train lasso ${options.join(' ')}`);
  await trainLassoCommand().parseAsync(options, { from: 'user' });
  const { coefficients } = await LassoModel.load(model);
  say(`\n${describeOutcome(problem, coefficients, await predictHeldOut(model, files))}`);
  say(`\n${nextSteps(model, files)}`);
}

/** The node_modules that Strads is installed in, or its own in a clone. */
function packagesFolder(): string {
  const root = dirname(createRequire(import.meta.url).resolve('strads/package.json'));
  const around = dirname(root);
  return basename(around) === 'node_modules' ? around : join(root, 'node_modules');
}

async function predictHeldOut(folder: string, { heldOutX }: ProblemFiles): Promise<Float64Array> {
  const model = await loadLassoPredictor(folder);
  const stream = await streamRows({ data: heldOutX, features: model.columns, columns: model.columnNames });
  try {
    const blocks: number[] = [];
    for await (const block of predictRows(model, stream)) blocks.push(...block);
    return Float64Array.from(blocks);
  } finally {
    await stream.close();
  }
}

function introduction({ words, training, heldOut }: Problem): string {
  return [
    'How large is a package? A Lasso reads it from the words of its README.',
    `  X  tf-idf weights of ${grouped(words.length)} words in the READMEs of ${training.packages.length} installed packages (${heldOut.packages.length} more are held out)`,
    '  y  log10 of the bytes of the installed package',
    `Both are in ${FOLDER}. To train the same again:`,
    '',
  ].join('\n');
}

function nextSteps(model: string, { heldOutX, words }: ProblemFiles): string {
  return [
    'next:',
    `  npx strads predict --model ${model} --data ${heldOutX}`,
    '  npx strads train lasso --help         on data of your own: CSV, LIBSVM, MatrixMarket or NumPy',
    '  npx strads doctor                     what this machine offers, and what is missing for a GPU',
    `  ${join(model, 'coefficients.csv')} has the coefficients; feature 1 is the first line of ${words}`,
  ].join('\n');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
