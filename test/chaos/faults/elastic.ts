/** Workers that come and go while a run is on. */
import type { Fault } from './fault.js';
import { lingering } from './pace.js';
import { AT_WORK, atWork, enter, killWorker } from './phases.js';

const oneFourTwo: Fault = {
  name: 'workers 1 → 4 → 2',
  conditions: () => ({ guests: 1 }),
  async strike(stage, draws, tasks) {
    const place = atWork(draws, tasks / 4);
    const [first] = await enter(stage);
    await first.tap.at(place, () => first.tap.hold());
    const newcomers = ['guest-1', 'guest-2', 'guest-3'].map(async (name) => {
      const guest = await stage.join(name);
      await stage.scheduler.says(new RegExp(`worker ${name} takes part`));
      return guest;
    });
    const [leaver, victim] = await lingering(first, stage, Promise.all(newcomers));
    leaver!.command.signal('SIGTERM');
    await lingering(first, stage, stage.scheduler.says(/worker guest-1 leaves/));
    await victim!.tap.at({ ...AT_WORK, afterTasks: 0 }, () => {
      stage.strike();
      killWorker(victim!, true);
    });
  },
};

export const comings: readonly Fault[] = [oneFourTwo];
