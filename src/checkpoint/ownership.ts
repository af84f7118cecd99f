/**
 * Whose the checkpoints of a store are. In: the store. Out: a run number above all earlier ones; who took an older one is superseded from
 * then on, and finds out before it writes or removes anything more.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { CheckpointError } from './error.js';
import { manifestId, packId } from './names.js';
import type { CheckpointStore } from './store.js';

const OWNER = 'owner.json';
/** Filled up with blanks, so that who reads while it is replaced gets one or the other whole. */
const OWNER_BYTES = 512;

/** Neither clock nor liveness decides: who comes later owns. Host and process are for people. */
const schema = z.strictObject({
  run: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  /** Tells apart two that came at once and took the same run number. */
  key: z.string(),
  host: z.string(),
  process: z.number().int(),
  done: z.boolean(),
});

type Owner = z.infer<typeof schema>;

export class Ownership {
  readonly #key = randomUUID();

  private constructor(
    private readonly store: CheckpointStore,
    /** 1 for the first to own these checkpoints, then 2, … */
    readonly run: number,
  ) {}

  /** `notice` hears of an earlier owner that still seems to run. */
  static async take(store: CheckpointStore, notice: (text: string) => void): Promise<Ownership> {
    const earlier = await ownerIn(store);
    const runs = (await store.list()).map((name) => (manifestId(name) ?? packId(name))?.run ?? 0);
    const ownership = new Ownership(store, Math.max(earlier?.run ?? 0, ...runs) + 1);
    await ownership.#write(false);
    if (earlier !== null && seemsAlive(earlier)) notice(`${store.nameOf(OWNER)}: process ${earlier.process} on this machine, which still seems to run, wrote checkpoints there. This run takes them over, and that one's are refused from now on`);
    return ownership;
  }

  /** Rejects with CheckpointError (`superseded`) when somebody took the checkpoints over since. */
  async assertHeld(): Promise<void> {
    const owner = await ownerIn(this.store);
    if (owner?.key === this.#key) return;
    const found = owner === null ? 'names no owner any more' : `names process ${owner.process} on ${owner.host} as the owner (run ${owner.run})`;
    throw new CheckpointError('superseded', `${this.store.nameOf(OWNER)}: ${found}, expected process ${process.pid} (run ${this.run}): another scheduler has taken these checkpoints over, and this one writes none any more. Stop this run, or start it again with a folder of its own`);
  }

  async isHeld(): Promise<boolean> {
    return (await ownerIn(this.store))?.key === this.#key;
  }

  /** Nobody need think that this owner still runs. Where that can't be said (a full disk, say) its process will tell by being gone. */
  async release(): Promise<void> {
    try {
      if (await this.isHeld()) await this.#write(true);
    } catch (error) {
      if (!(error instanceof CheckpointError) || error.fault !== 'storage') throw error;
    }
  }

  #write(done: boolean): Promise<void> {
    const owner: Owner = { run: this.run, key: this.#key, host: hostname(), process: process.pid, done };
    return this.store.put(OWNER, Buffer.from(`${JSON.stringify(owner).padEnd(OWNER_BYTES - 1)}\n`));
  }
}

/** Null when there is none, or none that can be read: run numbers then follow from the objects' names. */
async function ownerIn(store: CheckpointStore): Promise<Owner | null> {
  try {
    const bytes = await store.read(OWNER, 0, OWNER_BYTES);
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    if (error instanceof CheckpointError && error.fault !== 'damaged') throw error;
    return null;
  }
}

function seemsAlive({ host, process: id, done }: Owner): boolean {
  if (done || host !== hostname() || id === process.pid) return false;
  try {
    return process.kill(id, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
