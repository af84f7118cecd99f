/**
 * One fault done to one run. In: which problem, which fault, the draws that decide where it strikes. Out: whether the model came out the same, byte
 * for byte, as that of the run that nothing happened to.
 */
import { Draws } from '../fuzz/draws.js';
import { sameFolders } from './folders.js';
import type { Fault } from './faults/fault.js';
import type { Problem } from './problems.js';
import type { Reference } from './references.js';
import { Stage } from './stage.js';

export interface Outcome {
  readonly fault: string;
  readonly model: Problem['model'];
  readonly problem: string;
  /**
   * - `same`: the bits of the undisturbed run
   * - `missed`: the same bits, but the run was over before the fault
   * - `failed`: anything else; `why` tells
   */
  readonly result: 'same' | 'missed' | 'failed';
  readonly why: string | null;
  /** From the fault until a task was done that it had stopped, s. */
  readonly seconds: number | null;
  readonly heartbeat: number;
}

export interface Trial {
  readonly number: number;
  readonly seed: number;
  readonly fault: Fault;
  readonly problem: Problem;
}

/** A run that takes longer hangs. */
const STUCK_SECONDS = 150;
const HEARTBEAT_SECONDS = 1;

export async function runTrial({ number, seed, fault, problem }: Trial, place: string, reference: Reference): Promise<Outcome> {
  const draws = new Draws(seed, number);
  const setting = { problem, place, name: `trial-${number}`, guests: 2, local: 0, heartbeat: HEARTBEAT_SECONDS, isDirect: false, host: '127.0.0.1', hasSmallDisk: false, ...fault.conditions(draws) };
  const stage = await Stage.open(setting);
  try {
    let isDone = false;
    const struck = fault.strike(stage, draws, reference.tasks).then(() => {
      isDone = true;
      return new Promise<never>(() => undefined);
    });
    const why = (await Promise.race([stage.end(), struck, stuck()])) ?? (await complaint(stage, reference, isDone ? fault.tells : undefined));
    return { fault: fault.name, model: problem.model, problem: problem.name, result: why !== null ? 'failed' : isDone ? 'same' : 'missed', why, seconds: stage.recovered, heartbeat: setting.heartbeat };
  } finally {
    await stage.close();
  }
}

async function complaint(stage: Stage, { model }: Reference, tells: RegExp | undefined): Promise<string | null> {
  const difference = await sameFolders(model, stage.model);
  if (difference !== null) return difference;
  return tells === undefined || stage.said.some((line) => tells.test(line)) ? null : `nothing said matches ${tells}`;
}

function stuck(): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve(`it hangs: no end after ${STUCK_SECONDS} s`), 1000 * STUCK_SECONDS).unref());
}
