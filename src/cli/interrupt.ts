/** Ctrl-C: the first one asks the run to stop at a good place, the second one quits. */

export interface Interrupt {
  readonly requested: boolean;
  /** Back to the default behaviour. */
  release(): void;
}

const EXIT_INTERRUPTED = 130;

/** Takes over SIGINT and SIGTERM until released. `onFirst` tells the user what happens now. */
export function catchInterrupt(onFirst: () => void): Interrupt {
  let requested = false;
  const handle = () => {
    if (requested) process.exit(EXIT_INTERRUPTED);
    requested = true;
    onFirst();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    get requested() {
      return requested;
    },
    release: () => {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}

/** The same, once the run is past what it repeats from a checkpoint: stopped in the midst of that, it would do something else than was recorded. */
export function onceLive(interrupt: Interrupt, cluster: { readonly replaying: boolean }): Pick<Interrupt, 'requested'> {
  return {
    get requested() {
      return interrupt.requested && !cluster.replaying;
    },
  };
}

class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** The same blocks; throws instead of going on once an interrupt was requested. */
export async function* untilInterrupted<Block>(blocks: AsyncIterable<Block>, interrupt: Interrupt): AsyncGenerator<Block> {
  for await (const block of blocks) {
    if (interrupt.requested) throw new InterruptedError('interrupted');
    yield block;
  }
}
