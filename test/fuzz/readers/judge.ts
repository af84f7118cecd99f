/**
 * What came of one input. In: a reader and files. Out: whether the files were taken in or refused, or what is wrong with how: another error than
 * DataError or UsageError, a message that does not say what it should, or a content that another reading or the reference does not find.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DataError } from '../../../src/data/dataset.js';
import { UsageError } from '../../../src/runtime/worker-request.js';
import type { InputFolder } from './input-folder.js';
import { NO_OPINION, REFUSED, type Given, type ReaderUnderFuzz } from './reader.js';
import type { MutatedInput } from './mutated.js';

export type Verdict = { readonly outcome: 'accepted' } | { readonly outcome: 'refused' } | { readonly outcome: 'finding'; readonly what: string };

/** Reads the files of an input from disk. */
export function judge(reader: ReaderUnderFuzz, { files, way }: MutatedInput, { path: folder }: InputFolder): Promise<Verdict> {
  const [name] = Object.keys(files);
  return verdictOf(reader, { file: join(folder, name!), bytes: files[name!]!, folder, way });
}

async function verdictOf(reader: ReaderUnderFuzz, given: Given): Promise<Verdict> {
  const found = await outcomeOf(reader.read(given));
  const fault = faultOf(found, given);
  if (fault !== null) return { outcome: 'finding', what: fault };
  const again = reader.reread === undefined ? null : await outcomeOf(reader.reread(given));
  if (again !== null) {
    const difference = faultOf(again, given) ?? differenceOf(found, again);
    if (difference !== null) return { outcome: 'finding', what: `read again: ${difference}` };
  }
  const expected = reader.reference?.(given) ?? NO_OPINION;
  if (expected !== NO_OPINION) {
    const difference = againstReference(found, expected);
    if (difference !== null) return { outcome: 'finding', what: difference };
  }
  return { outcome: 'error' in found ? 'refused' : 'accepted' };
}

type Outcome = { readonly content: unknown } | { readonly error: unknown };

function outcomeOf(reading: Promise<unknown>): Promise<Outcome> {
  return reading.then(
    (content) => ({ content: content === NO_OPINION ? undefined : content }),
    (error: unknown) => ({ error }),
  );
}

/** A message says more than this at the most. */
const MOST_CHARACTERS = 2000;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;
const NOTHING_SAID = /\[object |\bundefined\b|\bfunction\b/;
/** What is there, or what should be. */
const SAYS_WHAT = /\b(found|expected|holds|no such|cannot|can't|stop|truncated|damaged|corrupt|cut short|empty|nothing|names|ends|end|does not|do not|not a|not valid|not found|has no|is no|no line|exists|recognized|become|belong|says|is the target|is a trace of version)\b/;

function faultOf(outcome: Outcome, { folder }: Given): string | null {
  if (!('error' in outcome)) return null;
  const { error } = outcome;
  if (!(error instanceof DataError) && !(error instanceof UsageError)) return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  const { message } = error;
  if (!message.includes(folder)) return `names no file: ${message}`;
  if (message.length > MOST_CHARACTERS) return `says ${message.length} characters: ${message.slice(0, 300)}…`;
  if (CONTROLS.test(message)) return `has control characters in its message: ${JSON.stringify(message)}`;
  const said = message.replaceAll(folder, '');
  if (NOTHING_SAID.test(said.replaceAll(/"(?:[^"\\]|\\.)*"/g, ''))) return `says what nobody understands: ${said}`;
  return SAYS_WHAT.test(said) ? null : `does not say what was found or expected: ${said}`;
}

function differenceOf(found: Outcome, again: Outcome): string | null {
  if ('error' in found || 'error' in again) {
    if ('error' in found && 'error' in again) return null;
    const [refusal, when] = 'error' in found ? [found.error, 'first'] : [(again as { error: unknown }).error, 'second'];
    return `refused the ${when} time only: ${(refusal as Error).message}`;
  }
  return isDeepStrictEqual(found.content, again.content) ? null : `found ${shown(again.content)}, before ${shown(found.content)}`;
}

function againstReference(found: Outcome, expected: unknown): string | null {
  if (expected === REFUSED) return 'error' in found ? null : `took in ${shown(found.content)}, which the reference refuses`;
  if ('error' in found) return `refused ${shown(expected)} (by the reference): ${(found.error as Error).message}`;
  return isDeepStrictEqual(found.content, expected) ? null : `found ${shown(found.content)}, the reference ${shown(expected)}`;
}

function shown(content: unknown): string {
  const text = JSON.stringify(content, (_, value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>, String) : typeof value === 'bigint' ? String(value) : value)) ?? 'nothing';
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
