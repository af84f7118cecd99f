/** A Lasso trained by us as users do it, through the real command line. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { LassoModel } from '../models/lasso/model.js';
import { ROOT } from './runner/machine.js';

const MAIN = join(ROOT, 'dist/src/cli/main.js');

export interface OwnFit {
  /** From parsed arrays in memory to the solution. */
  readonly seconds: number;
  /** In original units. */
  readonly coefficients: Float64Array;
}

/** What the command's last JSON line says of a run. */
export interface CommandFit extends OwnFit {
  /** With start and reading. */
  readonly wallSeconds: number;
  readonly rounds: number;
  readonly nonzeros: number;
  readonly workers: number;
  readonly engine: string;
  readonly adapter: string;
}

/** Runs `strads …command` from inside the data folder; `into` is a folder for the model. */
export async function runCommand(command: readonly string[], folder: string, into: string): Promise<CommandFit> {
  const output = execFileSync(process.execPath, [MAIN, ...command, '--json', '--out', into, '--overwrite'], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 });
  const { seconds, wallSeconds, rounds, nonzeros, workers, engine, adapter } = JSON.parse(output.trim().split('\n').at(-1)!) as CommandFit;
  return { seconds, wallSeconds, rounds, nonzeros, workers, engine, adapter, coefficients: (await LassoModel.load(into)).coefficients };
}
