/** How a measurement is written down: where it came from, its numbers as JSON, and tables of them as Markdown in bench/results. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../src/version.js';

/** Root of the repository, from dist/bench. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

export interface Provenance {
  /** What to type to make the file again; `<data>` stands for the data folder. */
  readonly command: string;
  readonly strads: string;
  /** Null outside a clone. */
  readonly commit: string | null;
  readonly node: string;
  readonly machine: string;
}

export function provenance(command: string): Provenance {
  const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} threads, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return { command, strads: VERSION, commit: commit(), node: process.version, machine };
}

function commit(): string | null {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** Writes bench/results/<name>.json and <name>.md, and the text to stdout. */
export function writeReport(name: string, from: Provenance, numbers: object, sections: readonly string[]): void {
  const folder = join(ROOT, 'bench/results');
  mkdirSync(folder, { recursive: true });
  const text = [...sections, `\`${from.command}\``, `strads ${from.strads}${from.commit === null ? '' : ` at ${from.commit}`}, Node ${from.node}, ${from.machine}`].join('\n\n');
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ ...from, ...numbers }, null, 2)}\n`);
  writeFileSync(join(folder, `${name}.md`), `${text}\n`);
  process.stdout.write(`${text}\n`);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The middle value; of an even number the lower middle one. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}

/** Seconds with three significant digits. */
export function secondsText(seconds: number): string {
  return seconds >= 100 ? seconds.toFixed(0) : seconds.toPrecision(3);
}

export function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
