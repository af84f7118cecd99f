/**
 * What a command says while it runs. On a terminal one line lives at the bottom; elsewhere plain lines, seldom enough
 * for a log file; with `json` one JSON object a line on stdout. People's text goes to stderr, results to stdout.
 */
import { createLogUpdate } from 'log-update';
import { progressLine, TimeLeft, type Progress } from './progress.js';

export interface Reporter {
  /** A sentence the user should see. */
  notice(sentence: string): void;
  progress(progress: Progress): void;
  /** A step on the way that programs may follow; people see the progress. */
  step(event: string, fields: Readonly<Record<string, unknown>>): void;
  /** A result: its fields in JSON, its text for people. */
  result(event: string, fields: Readonly<Record<string, unknown>>, text: string): void;
}

export interface ReporterOptions {
  readonly json: boolean;
  /** The relative gap the run works towards. */
  readonly goal: number;
}

export function createReporter({ json, goal }: ReporterOptions): Reporter {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  if (json) return jsonReporter();
  return process.stderr.isTTY ? terminalReporter(goal) : plainReporter(goal);
}

/** Whoever read may stop reading (`| head`); the run goes on. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function jsonReporter(): Reporter {
  const emit = (event: string, fields: Readonly<Record<string, unknown>>) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  return {
    notice: (sentence) => emit('notice', { message: sentence }),
    progress: (progress) => emit('progress', { ...progress }),
    step: emit,
    result: (event, fields) => emit(event, fields),
  };
}

function terminalReporter(goal: number): Reporter {
  const line = createLogUpdate(process.stderr);
  const timeLeft = new TimeLeft(goal);
  const above = (write: () => void) => {
    line.clear();
    write();
  };
  return {
    notice: (sentence) => above(() => process.stderr.write(`${sentence}\n`)),
    progress: (progress) => line(progressLine(progress, goal, timeLeft.after(progress))),
    step: () => undefined,
    result: (_event, _fields, text) => above(() => process.stdout.write(`${text}\n`)),
  };
}

/** A line in a log at most this often. */
const MS_BETWEEN_LINES = 2000;

function plainReporter(goal: number): Reporter {
  const timeLeft = new TimeLeft(goal);
  let last = -Infinity;
  return {
    notice: (sentence) => process.stderr.write(`${sentence}\n`),
    progress: (progress) => {
      const left = timeLeft.after(progress);
      const now = performance.now();
      const isEnd = progress.relativeGap <= goal && progress.place === undefined;
      if (now - last < MS_BETWEEN_LINES && !isEnd) return;
      last = now;
      process.stderr.write(`${progressLine(progress, goal, left)}\n`);
    },
    step: () => undefined,
    result: (_event, _fields, text) => process.stdout.write(`${text}\n`),
  };
}
