/**
 * What a command says while it runs. On a terminal one line lives at the bottom; elsewhere plain lines, seldom enough
 * for a log file; with `json` one JSON object a line on stdout. People's text goes to stderr, results to stdout.
 */
import { createLogUpdate } from 'log-update';

export type Fields = Readonly<Record<string, unknown>>;

/** How far a run is: fields for programs, a line for people. */
export interface Progress {
  readonly fields: Fields;
  readonly line: string;
  /** Whether the run is where it wanted to get: a log has this line in any case. */
  readonly isLast: boolean;
}

export interface Reporter {
  /** A sentence the user should see. */
  notice(sentence: string): void;
  /** Takes the place of the progress before. */
  progress(progress: Progress): void;
  /** A step on the way that programs may follow; people see its line, where it has one. */
  step(event: string, fields: Fields, line?: string): void;
  /** A result: its fields in JSON, its text for people. */
  result(event: string, fields: Fields, text: string): void;
}

export function createReporter({ json }: { readonly json: boolean }): Reporter {
  if (json) return jsonReporter();
  return process.stderr.isTTY ? terminalReporter() : plainReporter();
}

function jsonReporter(): Reporter {
  const emit = (event: string, fields: Fields) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  return {
    notice: (sentence) => emit('notice', { message: sentence }),
    progress: ({ fields }) => emit('progress', fields),
    step: (event, fields) => emit(event, fields),
    result: (event, fields) => emit(event, fields),
  };
}

function terminalReporter(): Reporter {
  const live = createLogUpdate(process.stderr);
  const above = (write: () => void) => {
    live.clear();
    write();
  };
  return {
    notice: (sentence) => above(() => process.stderr.write(`${sentence}\n`)),
    progress: ({ line }) => live(line),
    step: (_event, _fields, line) => {
      if (line !== undefined) above(() => process.stderr.write(`${line}\n`));
    },
    result: (_event, _fields, text) => above(() => process.stdout.write(`${text}\n`)),
  };
}

/** A line of progress in a log at most this often. */
const MS_BETWEEN_LINES = 2000;

function plainReporter(): Reporter {
  let last = -Infinity;
  return {
    notice: (sentence) => process.stderr.write(`${sentence}\n`),
    progress: ({ line, isLast }) => {
      const now = performance.now();
      if (now - last < MS_BETWEEN_LINES && !isLast) return;
      last = now;
      process.stderr.write(`${line}\n`);
    },
    step: (_event, _fields, line) => {
      if (line !== undefined) process.stderr.write(`${line}\n`);
    },
    result: (_event, _fields, text) => process.stdout.write(`${text}\n`),
  };
}
