/** The results of one machine, a section a benchmark. In: one section. Out: <folder>/<machine>.json and .md, with all others as they were, and its charts. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { drawChart } from './chart.js';
import { markdown } from './markdown.js';
import { checkedSection, type Section } from './result.js';

const FORMAT = 1;

export interface Results {
  readonly format: typeof FORMAT;
  /** By benchmark, in the order in which benchmarks are listed. */
  readonly sections: Readonly<Record<string, Section>>;
}

/** What the file says; no sections where there is none. Throws Error where it is of another format. */
export function readResults(file: string): Results {
  if (!existsSync(file)) return { format: FORMAT, sections: {} };
  const { format, sections } = parse(file);
  if (format !== FORMAT) throw new Error(`${file}: its format is ${String(format)}, and this runner writes ${FORMAT}. Move it away to begin a new one.`);
  return { format: FORMAT, sections: Object.fromEntries(Object.entries(sections ?? {}).map(([name, section]) => [name, checkedSection(`${file}: ${name}`, section)])) };
}

function parse(file: string): { format?: unknown; sections?: Record<string, unknown> } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { format?: unknown; sections?: Record<string, unknown> };
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}. Move it away to begin a new one.`, { cause: error });
  }
}

/** Replaces the section of one benchmark. `order`: the names of all benchmarks, as they are listed. */
export function mergeSection(folder: string, machine: string, benchmark: string, section: Section, order: readonly string[]): void {
  const file = join(folder, `${machine}.json`);
  const sections = { ...readResults(file).sections, [benchmark]: checkedSection(benchmark, section) };
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const names = Object.keys(sections).sort((a, b) => place(a) - place(b));
  const merged: Results = { format: FORMAT, sections: Object.fromEntries(names.map((name) => [name, sections[name]!])) };
  for (const chart of section.charts) writeWhole(join(folder, chartFile(machine, chart.name)), drawChart(chart));
  writeWhole(file, `${JSON.stringify(merged, null, 2)}\n`);
  writeWhole(join(folder, `${machine}.md`), `${markdown(machine, merged.sections)}\n`);
}

/** Relative to the folder of the results. */
export function chartFile(machine: string, chart: string): string {
  return `${machine}/${chart}.svg`;
}

/** Written beside and renamed, so that nobody meets half a file. */
function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}
