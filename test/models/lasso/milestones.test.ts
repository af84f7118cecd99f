/** A run that is resumed at any of its milestones sends what was still to be sent, and ends with the same model. */
import { describe, expect, it } from 'vitest';
import { workerPrograms } from '../../../models/workers.js';
import type { Engine } from '../../../src/engine/engine.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import type { Commit, SchedulerState, ShardChunk, ShardHeader, ShardParcel, ShardPart, Task, WorkerProgram } from '../../../src/program.js';
import { Cluster, type Pending } from '../../../src/runtime/cluster.js';
import { loopbackWorkers } from '../../runtime/loopback-workers.js';
import { bitsOf, EVERY_FIT, fitOn, type Fitted } from './every-fit.js';

const SHARDS = 6;
/** Milestones of a fit that a run is resumed at. */
const MOST_RESUMED = 12;

type Saved = ReadonlyMap<number, readonly ShardPart[]>;

interface Milestone {
  readonly place: string;
  readonly state: SchedulerState;
  /** Tasks sent before. */
  readonly sent: number;
}

const copy = (part: ShardPart): ShardPart => part.map((array) => array.slice());
const throughJson = ({ facts, arrays }: SchedulerState): SchedulerState => ({ facts: JSON.parse(JSON.stringify(facts)), arrays: copy(arrays) });

/** Saves its shards before every push, or restores them once. */
class SavingShards implements WorkerProgram {
  readonly saved: Saved[] = [];
  #restored: Saved | null = null;
  readonly #half: WorkerProgram;

  constructor(half: WorkerProgram) {
    this.#half = half;
  }

  /** Before the next push the shards become what these were. */
  bringTo(saved: Saved): void {
    this.#restored = saved;
  }

  open(engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<unknown> {
    return this.#half.open(engine, header, parts);
  }

  apply(engine: Engine, commit: Commit, shards: ReadonlyMap<number, unknown>): void {
    this.#half.apply(engine, commit, shards);
  }

  async *push(engine: Engine, task: Task, shards: ReadonlyMap<number, unknown>): AsyncGenerator<ShardChunk | ShardParcel> {
    const restored = this.#restored;
    this.#restored = null;
    if (restored) for (const shard of shards.keys()) await this.#half.restore!(engine, shard, streamed(restored.get(shard)!), shards);
    const saved = new Map<number, ShardPart[]>();
    for (const shard of shards.keys()) {
      const parts: ShardPart[] = [];
      for await (const part of this.#half.save!(engine, shard, shards)) parts.push(copy(part));
      saved.set(shard, parts);
    }
    this.saved.push(saved);
    yield* this.#half.push(engine, task, shards);
  }
}

async function* streamed(parts: readonly ShardPart[]): AsyncGenerator<ShardPart> {
  for (const part of parts) yield await Promise.resolve(copy(part));
}

/** Takes down every milestone and task, and resumes at one milestone of another run. */
class RecordingCluster extends Cluster {
  readonly milestones: Milestone[] = [];
  readonly sent: { round: number; task: Task }[] = [];
  /** Tasks sent before the run was resumed. */
  resumedAfter = 0;
  #resume: Milestone | null;
  readonly #restore: () => void;

  constructor(members: ConstructorParameters<typeof Cluster>[0], resume: Milestone | null, restore: () => void) {
    super(members, SHARDS);
    this.#resume = resume;
    this.#restore = restore;
  }

  override milestone(place: string, state: () => SchedulerState): void {
    this.milestones.push({ place, state: throughJson(state()), sent: this.sent.length });
  }

  override resumed(place: string): SchedulerState | null {
    if (this.#resume?.place !== place) return null;
    const { state } = this.#resume;
    this.#resume = null;
    this.resumedAfter = this.sent.length;
    this.#restore();
    return throughJson(state);
  }

  override send(round: number, task: Task): Promise<Pending> {
    this.sent.push({ round, task: { operation: task.operation, ids: task.ids.slice(), values: task.values.slice() } });
    return super.send(round, task);
  }
}

interface Run {
  readonly bits: object;
  readonly cluster: RecordingCluster;
  readonly saved: readonly Saved[];
}

async function run(fitted: Fitted, from: { milestone: Milestone; saved: Saved | undefined } | null): Promise<Run> {
  const programs = new Map(Array.from(workerPrograms, ([name, half]): [string, SavingShards] => [name, new SavingShards(half)]));
  const hall = await loopbackWorkers(1, () => programs, undefined, () => createWasmEngine({ memoryBytes: 1 << 26 }));
  try {
    const restore = () => {
      if (from?.saved) for (const program of programs.values()) program.bringTo(from.saved);
    };
    const cluster = new RecordingCluster(hall.members, from?.milestone ?? null, restore);
    const fit = await fitOn(cluster, fitted);
    expect(fit.bytesOutsideRounds).toBeGreaterThanOrEqual(0);
    return { bits: bitsOf(fit), cluster, saved: [...programs.values()].flatMap(({ saved }) => saved) };
  } finally {
    await hall.close();
  }
}

/** At most so many of them, first and last among them, and one of every place. */
function some(milestones: readonly Milestone[], most: number): readonly Milestone[] {
  if (milestones.length <= most) return milestones;
  const places = new Set<string>();
  return milestones.filter(({ place }, k) => {
    const isNew = !places.has(place);
    places.add(place);
    return isNew || k === milestones.length - 1 || Math.floor((k * most) / milestones.length) !== Math.floor(((k - 1) * most) / milestones.length);
  });
}

/** All but the numbers of the ledger, some of which say what the clock and the links said. */
const afterLedger = ({ state: { facts, arrays } }: Milestone) => ({ facts, arrays: arrays.slice(1) });

describe('a run', () => {
  for (const [title, fitted] of EVERY_FIT) {
    it(`goes on from any milestone: ${title}`, async () => {
      const whole = await run(fitted, null);
      const { milestones, sent } = whole.cluster;
      expect(milestones.length).toBeGreaterThan(1);
      for (const milestone of some(milestones, MOST_RESUMED)) {
        const resumed = await run(fitted, { milestone, saved: whole.saved[milestone.sent] });
        expect(resumed.bits).toEqual(whole.bits);
        expect(resumed.cluster.sent.slice(resumed.cluster.resumedAfter)).toEqual(sent.slice(milestone.sent));
        expect(afterLedger(resumed.cluster.milestones.at(-1)!)).toEqual(afterLedger(milestones.at(-1)!));
      }
    });
  }
});
