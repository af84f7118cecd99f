/**
 * The round loop. Bulk-synchronous when `depth` is 0; with pipelining depth s, round t is scheduled and pushed on
 * exactly the commits of the rounds up to t - 1 - s, however early the later ones come in. The parcels that shards handed over
 * in those rounds have arrived too; later ones may have.
 */
import type { SchedulerProgram, Task, VariableRange } from '../program.js';
import type { Cluster, Pending } from './cluster.js';

export interface RoundOptions {
  readonly range: VariableRange;
  /** Number of the first round, and how many to run. */
  readonly firstRound: number;
  readonly rounds: number;
  /** Pipelining depth s ≥ 0. */
  readonly depth: number;
  /** Asked before each round, after the pulls it reads; true ends the loop early, after what is in flight was pulled. */
  readonly shouldStop?: () => boolean;
  /** Told of every round once all of it was pulled. */
  readonly pulled?: (round: number) => void;
}

interface OpenRound {
  readonly round: number;
  readonly tasks: Pending[];
}

/** Runs rounds and returns how many there were. Everything in flight is pulled before it returns. */
export async function runRounds(cluster: Cluster, program: SchedulerProgram, options: RoundOptions): Promise<number> {
  const open: OpenRound[] = [];
  const pullOldest = async () => {
    const { round, tasks } = open.shift()!;
    for (const pending of tasks) {
      const sums = await summed(cluster, round, pending);
      cluster.commit(program.pull(round, pending.task, sums));
    }
    options.pulled?.(round);
  };
  let done = 0;
  for (; done < options.rounds; done++) {
    if (open.length > options.depth) await pullOldest();
    if (options.shouldStop?.()) break;
    const round = options.firstRound + done;
    const tasks: Pending[] = [];
    cluster.profile?.enter('schedule', round);
    for (const task of program.schedule(round, options.range)) tasks.push(await cluster.send(round, task));
    open.push({ round, tasks });
  }
  while (open.length > 0) await pullOldest();
  cluster.profile?.endLoop();
  return done;
}

/** The task's sums. What follows is their pull. */
async function summed({ profile }: Cluster, round: number, { id, sums }: Pending): Promise<Awaited<Pending['sums']>> {
  profile?.enter('wait', round, id);
  const all = await sums;
  profile?.enter('pull', round, id);
  return all;
}

/**
 * A pass over all shards that commits nothing: statistics, a certificate. Tasks are streamed with at most `window`
 * in flight, and `consume` sees their sums in task order.
 */
export async function gather(cluster: Cluster, round: number, tasks: Iterable<Task>, consume: (task: Task, sums: Awaited<Pending['sums']>) => void, window = 4): Promise<void> {
  const open: Pending[] = [];
  const consumeOldest = async () => {
    const pending = open.shift()!;
    consume(pending.task, await summed(cluster, round, pending));
  };
  cluster.profile?.enter('schedule', round);
  for (const task of tasks) {
    if (open.length >= window) await consumeOldest();
    open.push(await cluster.send(round, task));
  }
  while (open.length > 0) await consumeOldest();
  cluster.profile?.endLoop();
}
