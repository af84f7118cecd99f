/** What befell a worker of the run, and how that is told when it is made up for. */
import { counted } from '../report/numbers.js';

export interface Incident {
  readonly what: 'lost' | 'left' | 'joined' | 'slow';
  readonly worker: string;
  /** Logical shards that moved because of it. */
  readonly moved: number;
  /** Tasks that were sent again. */
  readonly repeated: number;
  /** From when it was noticed until the run went on, s. */
  readonly seconds: number;
}

/** Something has happened to a worker, and is yet to be made up for. */
export interface Trouble extends Pick<Incident, 'what' | 'worker'> {
  /** When it was noticed, ms. */
  readonly since: number;
}

/** A sentence for a person. */
export function outcomeOf({ what, worker, moved, repeated, seconds }: Incident): string {
  const shards = counted(moved, 'shard');
  const time = `${seconds.toFixed(1)} s`;
  switch (what) {
    case 'lost':
      return `the run goes on after the loss of worker ${worker}: ${shards} moved, ${counted(repeated, 'task')} repeated, back after ${time}`;
    case 'left':
      return `worker ${worker} leaves: ${shards} moved in ${time}`;
    case 'joined':
      return `worker ${worker} takes part: ${shards} moved in ${time}`;
    case 'slow':
      return `worker ${worker} is slow and gets less to do: ${shards} moved in ${time}`;
  }
}
