/** Workers that come and go while a run is on. */
import { Verb } from '../../../src/runtime/protocol.js';
import type { Fault } from './fault.js';
import { AT_WORK, enter, killWorker, placeIn } from './phases.js';

const oneFourTwo: Fault = {
  name: 'workers 1 → 4 → 2',
  // The first worker's line is held until the others are there: longer than links of the usual pace here may be silent.
  conditions: () => ({ guests: 1, heartbeat: 10 }),
  async strike(stage, draws, tasks) {
    const [first] = await enter(stage);
    const place = placeIn(draws, tasks / 2, AT_WORK);
    await first.tap.at(place, () => first.tap.hold());
    const [leaver, victim] = await Promise.all(['guest-1', 'guest-2', 'guest-3'].map(async (name) => {
      const guest = await stage.join(name);
      await stage.scheduler.says(new RegExp(`worker ${name} has joined`));
      return guest;
    }));
    first.tap.release();
    await leaver!.tap.at({ ...AT_WORK.place, afterTasks: 1 }, () => leaver!.command.signal('SIGTERM'));
    const asked = leaver!.tap.at({ kind: Verb.Leaving, edge: 'end', afterTasks: 0 }, () => undefined);
    await victim!.tap.at({ ...AT_WORK.place, afterTasks: 2 }, () => {
      stage.strike();
      killWorker(victim!, true);
    });
    await asked;
  },
};

export const comings: readonly Fault[] = [oneFourTwo];
