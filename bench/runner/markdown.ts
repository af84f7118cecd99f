/** Results as people read them: a table for each of a section's tables, and where it comes from. */
import type { Amount, Provenance, Quality, Row, Section, Speed, Table } from './result.js';

export function markdown(machine: string, sections: Readonly<Record<string, Section>>): string {
  const parts = Object.entries(sections).map(([name, section]) => sectionText(name, section, machine));
  return [`# Measured on ${machine}`, 'How to read these tables, and what each benchmark measures: [bench/README.md](../README.md).', ...parts].join('\n\n');
}

/** `machine`: where its charts lie; null leaves them out. */
export function sectionText(name: string, { about, from, tables, charts, peers, missing }: Section, machine: string | null): string {
  const images = machine === null ? [] : charts.map(({ name: chart, title }) => `![${title}](${machine}/${chart}.svg)`);
  return [
    `## ${name}`,
    about,
    ...tables.map(tableText),
    ...images,
    ...(peers.length > 0 ? [`Beside us: ${peers.join('; ')}.`] : []),
    ...(missing.length > 0 ? [`Missing: ${missing.join('; ')}.`] : []),
    provenanceText(from),
  ].join('\n\n');
}

function provenanceText({ command, commit, versions, machine, engine, adapter, software, scale, repeats, workers }: Provenance): string {
  const at = commit === null ? '' : ` at ${commit}`;
  return `\`${command}\`: strads ${versions.strads}${at}, Node ${versions.node}, webgpu ${versions.webgpu}; ${engine} on ${adapter}${software ? ' (a software adapter: no speed)' : ''}; ${machine}; scale ${scale}, at most ${repeats} samples, ${workers} workers.`;
}

function tableText({ title, note, rows }: Table): string {
  const speeds = columnsOf(rows, ({ speeds: all }) => all);
  const amounts = columnsOf(rows, ({ amounts: all }) => all);
  const qualities = columnsOf(rows, ({ quality }) => quality);
  const withheld = [...new Set(rows.flatMap((row) => ('withheld' in row ? row.withheld : [])))];
  const head = ['case', 'who', ...speeds.flatMap(speedHead), ...withheld, ...qualities.map(({ what }) => what), ...amounts.map(headOf)];
  const lines = rows.map((row) => [
    row.case,
    row.who,
    ...speeds.flatMap((column) => speedCells(find(row.speeds, column), column)),
    ...withheld.map((what) => ('withheld' in row && row.withheld.includes(what) ? 'software adapter: not a speed' : '-')),
    ...qualities.map((column) => qualityCell(find(row.quality, column))),
    ...amounts.map((column) => amountCell(find(row.amounts, column))),
  ]);
  return [`### ${title}`, ...(note === '' ? [] : [note]), grid(head, lines)].join('\n\n');
}

interface Column {
  readonly what: string;
  readonly unit: string;
  /** Some row compares here. */
  readonly hasRatio: boolean;
}

/** Every figure that some row has, in the order in which they first come. */
function columnsOf(rows: readonly Row[], figures: (row: Row) => readonly { what: string; unit?: string; ratio?: unknown }[]): Column[] {
  const columns = new Map<string, Column>();
  for (const { what, unit = '', ratio } of rows.flatMap((row) => figures(row))) {
    const key = `${what}\n${unit}`;
    columns.set(key, { what, unit, hasRatio: (ratio ?? null) !== null || (columns.get(key)?.hasRatio ?? false) });
  }
  return [...columns.values()];
}

function find<T extends { readonly what: string; readonly unit?: string }>(figures: readonly T[], { what, unit }: Column): T | undefined {
  return figures.find((figure) => figure.what === what && (figure.unit ?? '') === unit);
}

function headOf({ what, unit }: Column): string {
  return unit === '' || unit === what ? what : `${what}, ${unit}`;
}

function speedHead(column: Column): string[] {
  return column.hasRatio ? [headOf(column), 'ratio'] : [headOf(column)];
}

function speedCells(speed: Speed | undefined, { hasRatio }: Column): string[] {
  const cell = speed ? spreadText(speed, numberText) : '-';
  if (!hasRatio) return [cell];
  return [cell, speed?.ratio ? `${spreadText(speed.ratio, ratioText)} × ${speed.ratio.against}` : '-'];
}

function amountCell(amount: Amount | undefined): string {
  return amount ? spreadText(amount, numberText) : '-';
}

function qualityCell(quality: Quality | undefined): string {
  if (!quality) return '-';
  const { value, aim } = quality;
  if (aim === null) return qualityText(value);
  return `${qualityText(value)} (at most ${qualityText(aim)}${value <= aim ? '' : ': **missed**'})`;
}

function spreadText({ median, min, max }: { median: number; min: number; max: number }, text: (value: number) => string): string {
  return text(min) === text(max) ? text(median) : `${text(median)} (${text(min)} … ${text(max)})`;
}

/** Three significant digits; whole numbers and those from 100 on as whole ones, grouped by thousands. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return size < 1e-4 ? value.toExponential(1) : value.toPrecision(3);
}

function ratioText(value: number): string {
  return value >= 99.95 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(value < 10 ? 2 : 3);
}

/** Five significant digits, or as a power of ten. */
export function qualityText(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(5)));
}

/** A Markdown table; a bar inside a cell would end it. */
function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at < 2 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
