/**
 * What a worker says when its memory does not suffice. In: what went wrong. Out: a CapacityError with numbers where it was that, whoever
 * noticed: the engine, which compares each buffer with what its adapter allows, or JavaScript itself, whose RangeErrors say little.
 */
import { CapacityError, type Engine } from '../engine/engine.js';
import type { ShardHeader } from '../program.js';
import { byteSize } from '../report/numbers.js';

/** How V8 says that it has no memory for an array or a WebAssembly memory. */
const NO_MEMORY = /^(Array buffer allocation failed|Invalid (typed )?array length|Invalid array buffer length|WebAssembly\.Memory)/;

/** The error; as a CapacityError where memory was short. */
export function withNumbers(error: unknown, engine: Engine): unknown {
  if (!(error instanceof RangeError) || !NO_MEMORY.test(error.message)) return error;
  return new CapacityError(`no memory is left in the worker's process (${error.message}), where the buffers of its engine take ${byteSize(engine.allocatedBytes)}`, { cause: error });
}

/** The error of a shard that could not be opened; where memory was short, it says what was to fit, and what to do. */
export function openingError(error: unknown, { shard, shards }: ShardHeader, engine: Engine): unknown {
  const found = withNumbers(error, engine);
  if (!(found instanceof CapacityError)) return found;
  const { bufferBytes, totalBytes } = engine.limits;
  const most = `${byteSize(bufferBytes)} in one buffer${Number.isFinite(totalBytes) ? ` and ${byteSize(totalBytes)} in all` : ''}`;
  return new CapacityError(
    `shard ${shard} of ${shards} does not fit beside the ${byteSize(engine.allocatedBytes)} that are taken: ${found.message} ` +
      `(${engine.adapter}, ${engine.kind}, takes ${most}). With more workers each hosts fewer of the ${shards} shards.`,
    { cause: found },
  );
}
