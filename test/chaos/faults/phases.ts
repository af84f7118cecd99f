/** SIGKILL of a worker, or of the scheduler, in each phase of a run, told by the frames that pass between the two. */
import { Verb } from '../../../src/runtime/protocol.js';
import type { Draws } from '../../fuzz/draws.js';
import type { Guest, Stage } from '../stage.js';
import type { Place } from '../wiretap.js';
import type { Fault } from './fault.js';

interface Phase {
  readonly name: string;
  readonly place: Omit<Place, 'afterTasks'>;
  /** Part of the run's tasks before which it happens. */
  readonly within: number;
}

const PHASES: readonly Phase[] = [
  // Some data have come to the worker, more are to come.
  { name: 'load', place: { kind: Verb.ShardPart, edge: 'end' }, within: 0 },
  // All is pushed: the scheduler chooses what comes next.
  { name: 'schedule', place: { kind: Verb.Pushed, edge: 'end' }, within: 0.7 },
  // The worker has its task, and computes.
  { name: 'push', place: { kind: Verb.Task, edge: 'end' }, within: 0.7 },
  // Sums are on their way and don't arrive.
  { name: 'pull', place: { kind: Verb.Partial, edge: 'begin' }, within: 0.7 },
  // Committed changes are on their way and don't arrive.
  { name: 'commit', place: { kind: Verb.Commit, edge: 'begin' }, within: 0.5 },
  // States of shards are on their way to a checkpoint.
  { name: 'checkpoint', place: { kind: Verb.SavedBlock, edge: 'begin' }, within: 0.3 },
];

export function placeIn(draws: Draws, tasks: number, { place, within }: Pick<Phase, 'place' | 'within'>): Place {
  return { ...place, afterTasks: draws.below(Math.ceil(within * tasks)) };
}

/** Any moment of a worker's work. */
export const AT_WORK: Pick<Phase, 'place' | 'within'> = PHASES.find(({ name }) => name === 'push')!;

/** The worker's process, which whoever started it starts again; or that too, as when a machine is lost. */
export function killWorker({ command, tap }: Guest, isMachine: boolean): void {
  if (isMachine) command.kill();
  else command.signalChildren('SIGKILL');
  tap.cut();
}

/** The workers that a run begins with. */
export async function enter(stage: Stage): Promise<[Guest, ...Guest[]]> {
  const guests = await Promise.all(Array.from({ length: stage.setting.guests }, (_, at) => stage.join(`guest-${at}`)));
  return guests as [Guest, ...Guest[]];
}

const workerKilled = (phase: Phase): Fault => ({
  name: `worker killed: ${phase.name}`,
  fits: ({ commits }) => commits || phase.name !== 'commit',
  conditions: (draws) => ({ isDirect: draws.once(2) }),
  async strike(stage, draws, tasks) {
    const isMachine = draws.once(2);
    const place = placeIn(draws, tasks, phase);
    const [victim] = await enter(stage);
    await victim.tap.at(place, () => {
      stage.strike();
      killWorker(victim, isMachine);
    });
  },
});

const schedulerKilled = (phase: Phase): Fault => ({
  name: `scheduler killed: ${phase.name}`,
  fits: ({ commits }) => commits || phase.name !== 'commit',
  conditions: (draws) => ({ isDirect: draws.once(2) }),
  async strike(stage, draws, tasks) {
    const place = placeIn(draws, tasks, phase);
    const [witness] = await enter(stage);
    await witness.tap.at(place, () => stage.crash());
  },
});

const twoKilled: Fault = {
  name: 'two workers killed at once',
  conditions: (draws) => ({ guests: 2 + draws.below(2) }),
  async strike(stage, draws, tasks) {
    const areMachines = stage.setting.guests > 2 && draws.once(2);
    const place = placeIn(draws, tasks, AT_WORK);
    const [first, second] = (await enter(stage)) as [Guest, Guest];
    await first.tap.at(place, () => {
      stage.strike();
      for (const victim of [first, second]) killWorker(victim, areMachines);
    });
  },
};

const MS_TO_DRAW = 1000;

/** The scheduler starts these itself, and nothing can be put between: so it happens some time after the first task at a moment that is drawn. */
const ownKilled: Fault = {
  name: "scheduler's own worker killed",
  conditions: () => ({ guests: 0, local: 2 }),
  async strike(stage, draws) {
    const ms = draws.below(MS_TO_DRAW);
    await stage.scheduler.says(/"event":"(progress|sweep|point|checkpoint)"/);
    await new Promise((resolve) => setTimeout(resolve, ms));
    const { children } = stage.scheduler;
    if (children.length === 0) return new Promise(() => undefined);
    process.kill(draws.of(children), 'SIGKILL');
  },
};

export const deaths: readonly Fault[] = [...PHASES.map(workerKilled), ...PHASES.map(schedulerKilled), twoKilled, ownKilled];
