/** Exit codes: 0 done, 1 the run failed, 2 the user's mistake. */
import { CommanderError } from 'commander';
import { BusError } from '../bus/error.js';
import { DataError } from '../data/dataset.js';
import { EngineError } from '../engine/engine.js';
import { UsageError } from '../runtime/worker-request.js';

const MISTAKE = 2;
const FAILURE = 1;

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISTAKE;
  if (error instanceof BusError && error.reason === 'lost') return FAILURE;
  const mistakes = [DataError, UsageError, BusError, EngineError];
  return mistakes.some((kind) => error instanceof kind) ? MISTAKE : FAILURE;
}

/** A sentence for what we know of; a stack for what we don't. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const unexpected = ['Error', 'TypeError', 'RangeError', 'ReferenceError'].includes(error.name);
  return unexpected ? (error.stack ?? error.message) : error.message;
}
