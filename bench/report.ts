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
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    // What a measurement has just written is no change to what is measured.
    const isClean = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!bench/results') === '';
    return `${git('describe', '--always', '--abbrev=12')}${isClean ? '' : '-dirty'}`;
  } catch {
    return null;
  }
}

/** The command, and what it ran on, as paragraphs. */
export function provenanceText({ command, strads, commit: at, node, machine }: Provenance): string[] {
  return [`\`${command}\``, `strads ${strads}${at === null ? '' : ` at ${at}`}, Node ${node}, ${machine}`];
}

/** Where a file of results lies. */
export function resultFile(name: string): string {
  return join(ROOT, 'bench/results', name);
}

/** Writes bench/results/<name>.json and <name>.md, and the text to stdout. */
export function writeReport(name: string, from: Provenance, numbers: object, sections: readonly string[]): void {
  const text = [...sections, ...provenanceText(from)].join('\n\n');
  writeResults(name, { ...from, ...numbers }, text);
  process.stdout.write(`${text}\n`);
}

/** The files alone. */
export function writeResults(name: string, numbers: object, text: string): void {
  mkdirSync(resultFile('.'), { recursive: true });
  writeFileSync(resultFile(`${name}.json`), `${JSON.stringify(numbers, null, 2)}\n`);
  writeFileSync(resultFile(`${name}.md`), `${text}\n`);
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
