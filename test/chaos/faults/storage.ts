/** What can happen to checkpoints: damage between death and resumption, and a disk that is full. */
import { open, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Draws } from '../../fuzz/draws.js';
import { DISK_BYTES, whyNoDisk } from '../small-disk.js';
import type { Stage } from '../stage.js';
import type { Fault } from './fault.js';
import { AT_WORK, enter, placeIn } from './phases.js';

/** More than there is between two checkpoints. */
const MS_A_TASK = 150;

type Damage = (file: string, bytes: number, draws: Draws) => Promise<void>;

/** The newest checkpoint's manifest, or a pack that it alone has. */
const damaged = (name: string, damage: Damage): Fault => ({
  name: `newest checkpoint ${name}, scheduler killed`,
  conditions: () => ({}),
  tells: / is refused: .*The checkpoint used is /,
  async strike(stage, draws) {
    const [witness] = await enter(stage);
    stage.beforeResume = async () => {
      const file = await newestObject(stage, draws);
      await damage(file, (await stat(file)).size, draws);
    };
    // A run that is over in a moment has no time for checkpoints: every task is held a little.
    for (let tasks = 1; (await stage.manifests()).length < 2; tasks++) {
      await witness.tap.at({ ...AT_WORK.place, afterTasks: tasks }, () => witness.tap.hold());
      await new Promise((resolve) => setTimeout(resolve, MS_A_TASK));
      witness.tap.release();
    }
    stage.crash();
  },
});

async function newestObject(stage: Stage, draws: Draws): Promise<string> {
  const manifest = (await stage.manifests()).at(-1)!;
  const [, id] = /^checkpoint-(.*)\.json$/.exec(manifest)!;
  const packs = (await readdir(stage.checkpoints)).filter((name) => name.startsWith(`pack-${id}-`));
  return join(stage.checkpoints, draws.of([manifest, ...packs]));
}

const cutShort: Damage = (file, bytes, draws) => truncate(file, draws.below(bytes));

const flipped: Damage = async (file, bytes, draws) => {
  const at = draws.below(bytes);
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  byte[0]! ^= 1 << draws.below(8);
  await handle.write(byte, 0, 1, at);
  await handle.close();
};

/** A disk of memory of its own, which fills while the run is on. */
const full: Fault = {
  name: 'disk of the checkpoints full',
  conditions: () => ({ hasSmallDisk: true }),
  tells: /could not be written, and the run goes on without it/,
  missing: whyNoDisk,
  async strike(stage, draws, tasks) {
    const place = placeIn(draws, tasks / 2, AT_WORK);
    const [witness] = await enter(stage);
    await witness.tap.at(place, () => witness.tap.hold());
    await writeFile(join(stage.checkpoints, 'filler'), Buffer.alloc(DISK_BYTES)).catch(() => undefined);
    stage.strike();
    witness.tap.release();
  },
};

export const storages: readonly Fault[] = [damaged('truncated', cutShort), damaged('with a flipped bit', flipped), full];
