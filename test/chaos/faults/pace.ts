/** How fast a run goes on while something else is waited for. */
import type { Guest, Stage } from '../stage.js';
import { AT_WORK } from './phases.js';

export const pause = (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, 1000 * seconds));

/** A task of a run that lingers takes so many heartbeats, less than what counts as silence. */
const HEARTBEATS_A_TASK = 1.2;

/** Until this is so a worker's line lets a task pass only now and then, so that the run is not over before. */
export async function lingering<T>({ tap }: Guest, { setting }: Stage, until: Promise<T>): Promise<T> {
  let isOver = false;
  const over = until.finally(() => (isOver = true));
  while (!isOver) {
    await Promise.race([tap.at({ ...AT_WORK, afterTasks: 0 }, () => isOver || tap.hold()), over]);
    await Promise.race([pause(HEARTBEATS_A_TASK * setting.heartbeat), over]);
    tap.release();
  }
  return over;
}
