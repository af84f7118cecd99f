/** How many workers of which kind a run asks for: `2`, or `webgpu:1,wasm:2`. */
import type { EngineRequest } from '../engine/choose-engine.js';

export interface WorkerRequest {
  readonly engine: EngineRequest;
  readonly count: number;
}

/** Something the user asked for that can't be. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const MOST_WORKERS = 1024;

/** Parses a request; a bare number takes its kind from `engine`. Throws UsageError with what was found. */
export function parseWorkers(text: string, engine: EngineRequest): WorkerRequest[] {
  if (/^\d+$/.test(text)) return [{ engine, count: count(text, text) }];
  if (engine !== 'auto') throw new UsageError(`--workers ${text} names engines, and so does --engine ${engine}: give one of the two`);
  return text.split(',').map((item) => {
    const match = /^(webgpu|wasm):(\d+)$/.exec(item.trim());
    if (!match) throw new UsageError(`--workers ${text}: "${item}" is neither a number nor webgpu:N or wasm:N, as in --workers webgpu:1,wasm:2`);
    return { engine: match[1] as EngineRequest, count: count(match[2]!, text) };
  });
}

function count(digits: string, text: string): number {
  const number = Number(digits);
  if (number > MOST_WORKERS) throw new UsageError(`--workers ${text}: ${number} workers of one kind; at most ${MOST_WORKERS} are possible`);
  return number;
}
