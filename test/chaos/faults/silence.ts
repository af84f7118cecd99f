/** Workers and connections that fall silent, or are slow, without anybody saying so. */
import { send } from '../command.js';
import type { Fault } from './fault.js';
import type { Problem } from '../problems.js';
import type { Guest, Stage } from '../stage.js';
import { lingering, pause } from './pace.js';
import { atWork, enter } from './phases.js';

/** A worker is given up within three heartbeats: this is one more. */
const HEARTBEATS = 4;

const stopped = (name: string, secondsOf: (heartbeat: number) => number, fits?: (problem: Problem) => boolean): Fault => ({
  name,
  ...(fits && { fits }),
  conditions: (draws) => ({ isDirect: draws.once(2) }),
  async strike(stage, draws, tasks) {
    const place = atWork(draws, tasks / 4);
    const [victim, other] = (await enter(stage)) as [Guest, Guest];
    let pids: number[] = [];
    await victim.tap.at(place, () => {
      stage.strike();
      pids = victim.command.signalChildren('SIGSTOP');
    });
    await lingering(other, stage, pause(secondsOf(stage.setting.heartbeat)));
    for (const pid of pids) send(pid, 'SIGCONT');
  },
});

/** Something is done to the victim's connection, and perhaps made good again. */
const onTheLine = (name: string, act: (tap: Guest['tap']) => void, then?: (victim: Guest, stage: Stage) => Promise<void>): Fault => ({
  name,
  conditions: () => ({}),
  async strike(stage, draws, tasks) {
    const [victim] = (await enter(stage)) as [Guest];
    await victim.tap.at(atWork(draws, tasks), () => {
      stage.strike();
      act(victim.tap);
    });
    await then?.(victim, stage);
  },
});

const halfOpen = onTheLine('half-open connection', (tap) => tap.hold());
const reset = onTheLine('connection reset', (tap) => tap.cut());
const delayed = onTheLine('connection stalled for a heartbeat', (tap) => tap.hold(), async ({ tap }, { setting }) => {
  await pause(setting.heartbeat);
  tap.release();
});

export const silences: readonly Fault[] = [stopped('worker stopped, then continued', (heartbeat) => HEARTBEATS * heartbeat), halfOpen, reset, delayed];
export const longSilences: readonly Fault[] = [stopped('worker stopped for a minute, then continued', () => 60, ({ hasManyTasks }) => hasManyTasks)];
