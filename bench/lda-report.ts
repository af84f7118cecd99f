/**
 * A report whose parts are measured one by one. In: the numbers of a part. Out: the results file with this part replaced and all others
 * kept, each with the command, the commit and the machine that it is from.
 */
import { existsSync, readFileSync } from 'node:fs';
import { provenanceText, resultFile, writeResults, type Provenance } from './report.js';

/** What was measured, when it was. */
export interface MeasuredPart {
  readonly from: Provenance;
  readonly numbers: object;
}

export interface ReportedPart {
  readonly name: string;
  /** Text from numbers alone, so that it can be written again. */
  sections(numbers: object): string[];
}

/** Writes bench/results/<name>.json and <name>.md. Parts stand in the order given. */
export function mergeReport(name: string, title: readonly string[], parts: readonly ReportedPart[], measuredPart: string, measured: MeasuredPart): void {
  const merged = { ...earlierParts(name), [measuredPart]: measured };
  const kept = parts.filter((part) => merged[part.name] !== undefined);
  const numbers = Object.fromEntries(kept.map((part) => [part.name, merged[part.name]]));
  writeResults(name, numbers, [...title, ...kept.flatMap((part) => textOf(part, merged[part.name]!))].join('\n\n'));
}

/** A part's sections, and where they are from. */
export function textOf({ sections }: ReportedPart, { from, numbers }: MeasuredPart): string[] {
  return [...sections(numbers), ...provenanceText(from)];
}

function earlierParts(name: string): Readonly<Record<string, MeasuredPart>> {
  const file = resultFile(`${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, MeasuredPart>) : {};
}
