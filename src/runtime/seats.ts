/** The workers that a session starts itself: a name, an engine, and the environment and kind of its process. */
import { chooseEngine } from '../engine/choose-engine.js';
import type { EngineKind } from '../engine/engine.js';
import { gpuEnvironments } from '../engine/gpu-binding.js';
import type { WorkerRequest } from './worker-request.js';

/** A worker of wasm is a thread of the scheduler's process, or a process of its own. */
export const ISOLATIONS = ['thread', 'process'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

export interface Seat {
  readonly name: string;
  readonly kind: EngineKind;
  readonly env: Readonly<Record<string, string>>;
  readonly isThread: boolean;
}

export async function assignSeats(workers: readonly WorkerRequest[], isolate: Isolation, notice: (sentence: string) => void): Promise<Seat[]> {
  const seats: Seat[] = [];
  for (const { engine, count } of workers) {
    if (count === 0) continue;
    const chosen = await chooseEngine(engine);
    notice(chosen.why);
    if (chosen.kind === 'webgpu' && !chosen.software && count > chosen.gpus) notice(`${count} workers share ${chosen.gpus} GPU(s): worker i runs on GPU i mod ${chosen.gpus}`);
    for (const [i, env] of (await gpuEnvironments(chosen, count)).entries()) seats.push({ name: `${chosen.kind}-${i}`, kind: chosen.kind, env, isThread: chosen.kind === 'wasm' && isolate === 'thread' });
  }
  return seats;
}
