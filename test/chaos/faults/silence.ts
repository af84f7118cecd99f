/** Workers and connections that fall silent, or are slow, without anybody saying so. */
import { send } from '../command.js';
import type { Fault } from './fault.js';
import { AT_WORK, enter, placeIn } from './phases.js';

const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, 1000 * seconds));

/** A worker is given up within three heartbeats: this is one more. */
const HEARTBEATS = 4;

const stopped = (name: string, secondsOf: (heartbeat: number) => number): Fault => ({
  name,
  conditions: (draws) => ({ isDirect: draws.once(2) }),
  async strike(stage, draws, tasks) {
    const [victim] = await enter(stage);
    let pids: number[] = [];
    await victim.tap.at(placeIn(draws, tasks, AT_WORK), () => {
      stage.strike();
      pids = victim.command.signalChildren('SIGSTOP');
    });
    await pause(secondsOf(stage.setting.heartbeat));
    for (const pid of pids) send(pid, 'SIGCONT');
  },
});

const halfOpen: Fault = {
  name: 'half-open connection',
  conditions: () => ({}),
  async strike(stage, draws, tasks) {
    const [victim] = await enter(stage);
    await victim.tap.at(placeIn(draws, tasks, AT_WORK), () => {
      stage.strike();
      victim.tap.hold();
    });
  },
};

const reset: Fault = {
  name: 'connection reset',
  conditions: () => ({}),
  async strike(stage, draws, tasks) {
    const [victim] = await enter(stage);
    await victim.tap.at(placeIn(draws, tasks, AT_WORK), () => {
      stage.strike();
      victim.tap.cut();
    });
  },
};

const delayed: Fault = {
  name: 'connection stalled for a heartbeat',
  conditions: () => ({}),
  async strike(stage, draws, tasks) {
    const [victim] = await enter(stage);
    await victim.tap.at(placeIn(draws, tasks, AT_WORK), () => {
      stage.strike();
      victim.tap.hold();
    });
    await pause(stage.setting.heartbeat);
    victim.tap.release();
  },
};

export const silences: readonly Fault[] = [stopped('worker stopped, then continued', (heartbeat) => HEARTBEATS * heartbeat), halfOpen, reset, delayed];
export const longSilences: readonly Fault[] = [stopped('worker stopped for a minute', () => 60)];
