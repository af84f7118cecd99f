/** A training goes on from any sweep with the scheduler's state and the shards': the same bits, and the same history. */
import { describe, expect, it } from 'vitest';
import type { RatingSets } from '../../../models/mf/distribute.js';
import type { MfInput } from '../../../models/mf/options.js';
import { mfWorker } from '../../../models/mf/worker/program.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import type { SchedulerState, Task, WorkerProgram } from '../../../src/program.js';
import { Cluster, type Pending } from '../../../src/runtime/cluster.js';
import { bitsOf, findingsOf, fitted, warmFrom, type Circumstances, type Fitted } from './fits.js';
import { movableShards, type MovableShards, type Snapshot } from './movable-shards.js';
import { chosen, lowRank, setsOf } from './ratings.js';

interface Checkpoint {
  /** How many were sent before. */
  readonly tasks: number;
  readonly place: string;
  readonly state: SchedulerState;
  readonly shards: Snapshot;
}

/** Takes a checkpoint at every milestone, or goes on from one. */
class CheckpointedCluster extends Cluster {
  readonly taken: Checkpoint[] = [];
  tasks = 0;
  readonly #shards: MovableShards;
  readonly #from: Checkpoint | null;
  #beforeTask: (() => Promise<void>) | null = null;

  constructor(members: ConstructorParameters<typeof Cluster>[0], shards: number, movable: MovableShards, from: Checkpoint | null) {
    super(members, shards);
    this.#shards = movable;
    this.#from = from;
  }

  override milestone(place: string, state: () => SchedulerState): void {
    if (this.#from) return;
    const { facts, arrays } = state();
    const copy = { facts: JSON.parse(JSON.stringify(facts)) as unknown, arrays: arrays.map((array) => array.slice()) };
    this.#beforeTask = async () => void this.taken.push({ tasks: this.tasks, place, state: copy, shards: await this.#shards.snapshot() });
  }

  override resumed(place: string): SchedulerState | null {
    if (this.#from?.place !== place) return null;
    this.#beforeTask = () => this.#shards.restore(this.#from!.shards);
    return this.#from.state;
  }

  override async send(round: number, task: Task): Promise<Pending> {
    const before = this.#beforeTask;
    this.#beforeTask = null;
    await before?.();
    this.tasks++;
    return super.send(round, task);
  }
}

interface Checkpointed extends Fitted {
  readonly checkpoints: readonly Checkpoint[];
  readonly tasks: number;
}

async function checkpointed(sets: RatingSets, input: MfInput, circumstances: Circumstances, from: Checkpoint | null = null): Promise<Checkpointed> {
  const engine = () => createWasmEngine({ memoryBytes: 1 << 25 });
  const movable = movableShards(mfWorker as WorkerProgram, { seed: 1, crews: from ? 3 : 2, engine, snapshots: 0, rollbacks: () => 0 });
  let cluster: CheckpointedCluster;
  const makeCluster: Circumstances['makeCluster'] = (members, shards) => (cluster = new CheckpointedCluster(members, shards, movable, from));
  const found = await fitted(sets, input, { ...circumstances, half: movable.half, makeCluster });
  await movable.close();
  return { ...found, checkpoints: cluster!.taken, tasks: cluster!.tasks };
}

async function expectSameFromEverySweep(sets: RatingSets, input: MfInput, circumstances: Circumstances = {}): Promise<Checkpointed> {
  const whole = await checkpointed(sets, input, circumstances);
  expect(whole.checkpoints).toHaveLength(whole.fit.sweeps);
  for (const [sweep, checkpoint] of whole.checkpoints.entries()) {
    const resumed = await checkpointed(sets, input, circumstances, checkpoint);
    expect(bitsOf(resumed)).toEqual(bitsOf(whole));
    expect(findingsOf(resumed)).toEqual(findingsOf(whole));
    const known = whole.fit.history.filter((report) => report.sweep <= sweep);
    expect(resumed.fit.history.slice(0, known.length)).toEqual(known);
    expect(resumed.tasks).toBe(whole.tasks - checkpoint.tasks);
    expectClocksToGoOn(resumed);
  }
  return whole;
}

function expectClocksToGoOn({ fit: { history, seconds, wallSeconds, bytesMovedPerSweep } }: Fitted): void {
  const clocks = [...history, { seconds, wallSeconds }];
  for (const [at, { seconds: later, wallSeconds: wall }] of clocks.slice(1).entries()) {
    expect(later).toBeGreaterThanOrEqual(clocks[at].seconds);
    expect(wall).toBeGreaterThanOrEqual(clocks[at].wallSeconds);
  }
  expect(bytesMovedPerSweep).toBeGreaterThan(0);
}

const recipe = { users: 47, items: 53, rank: 2, density: 0.35, seed: 31, noise: 0.4, shift: 3, skewed: true };
const heldOut = ({ train, validation, test }: ReturnType<typeof lowRank>) => setsOf(train, { validation, test });
const rated = heldOut(lowRank(recipe));
const counted = heldOut(chosen(recipe));

/** Two blocks a shard and more. */
const SMALL_BLOCKS = 0.0002;
const common = { rank: 6, sweeps: 5, seed: 7 };

const ways: MfInput[] = [
  { algorithm: 'ccd', biases: true },
  { algorithm: 'ccd', blockMib: SMALL_BLOCKS, evaluateEvery: 2 },
  { algorithm: 'ccd', schedule: 'priority', biases: true, nonNegative: true },
  { algorithm: 'ccd', schedule: 'priority', rank: 1 },
  { algorithm: 'ccd', implicit: true },
  { algorithm: 'ccd', implicit: true, schedule: 'priority', blockMib: SMALL_BLOCKS },
  { algorithm: 'als', biases: true, tol: 1e-9 },
  { algorithm: 'als', implicit: true, blockMib: SMALL_BLOCKS },
  { algorithm: 'sgd', biases: true, blockMib: SMALL_BLOCKS },
  { algorithm: 'sgd', nonNegative: true, evaluateEvery: 3 },
];

describe('a training that goes on from a checkpoint', () => {
  for (const way of ways) {
    it(`ends with the same bits and the same history, whichever sweep it was: ${JSON.stringify(way)}`, async () => {
      await expectSameFromEverySweep(way.implicit ? counted : rated, { ...common, ...way });
    });
  }

  it('keeps the best of all sweeps, and stops when the whole one does', async () => {
    const { train, validation, test } = lowRank({ users: 40, items: 40, rank: 1, density: 0.3, seed: 51, noise: 1.5, shift: 3 });
    const sets = setsOf(train, { validation, test });
    for (const input of [{ algorithm: 'ccd', rank: 12 }, { algorithm: 'als', rank: 12, cgSteps: 1 }, { algorithm: 'sgd', rank: 8, rate: 0.1 }] as const) {
      const { fit } = await expectSameFromEverySweep(sets, { ...input, lambda: 0.001, sweeps: 40, validationFraction: 0.1, patience: 3 });
      expect([fit.stopped, fit.sweeps - fit.best.sweep]).toEqual(['validation', 3]);
    }
  });

  it('that went on from a model already does not write it again', async () => {
    for (const algorithm of ['ccd', 'als', 'sgd'] as const) {
      const warm = warmFrom(await fitted(rated, { ...common, algorithm, sweeps: 2 }));
      await expectSameFromEverySweep(rated, { ...common, algorithm, sweeps: 3 }, { warm });
    }
  });
});
