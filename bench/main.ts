/**
 * The benchmarks: everything that is measured of this system, beside what others do on the same machine.
 *
 *   npm run bench -- [benchmark …] [flags]        (--help)
 */
import { join } from 'node:path';
import { chooseEngine } from '../src/engine/choose-engine.js';
import { EngineError } from '../src/engine/engine.js';
import { UsageError } from '../src/runtime/worker-request.js';
import { BENCHMARKS } from './benchmarks.js';
import { HELP, parseArguments } from './runner/arguments.js';
import { ROOT } from './runner/machine.js';
import { runBenchmarks } from './runner/run.js';

try {
  const options = parseArguments(process.argv.slice(2), BENCHMARKS, join(ROOT, 'bench/results'));
  if (options.action === 'help') process.stdout.write(`${HELP}\n\n${list()}\n`);
  else if (options.action === 'list') process.stdout.write(`${list()}\n`);
  else process.exitCode = await runBenchmarks(options, { chooseEngine, order: BENCHMARKS.map(({ name }) => name), print: (text) => void process.stdout.write(text), say: (line) => void process.stderr.write(`${line}\n`) });
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof EngineError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}

function list(): string {
  const width = Math.max(...BENCHMARKS.map(({ name }) => name.length));
  return ['Benchmarks:', ...BENCHMARKS.map(({ name, about, needsData }) => `  ${name.padEnd(width)}  ${about}${needsData ? ' (needs --data)' : ''}`)].join('\n');
}
