/** What the shards of a worker share, whichever they are: it goes by the worker's map of shards, which they come to and leave. */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import { largestSpan, type Shards } from './shard.js';

/** ccd: the columns of the span in work, as both passes read them. */
export interface Span {
  /** By item: newest and older value at the rank before, value at this rank, 0. */
  readonly columnTerms: EngineBuffer;
  /** By item: last change at the rank before, value at this rank. */
  readonly rowTerms: EngineBuffer;
  readonly gramColumn: EngineBuffer;
  /** Numbers of a block on their way into the factors. */
  readonly values: EngineBuffer;
  /** Whether a pass by item is still to read the `rowTerms` that came with the pass by user. */
  isAwaited: boolean;
}

interface Shared {
  span: Span | null;
  /** als: the other side's Gram matrix, from before the users' solve until after the items'. */
  gram: EngineBuffer | null;
}

const ofWorkers = new WeakMap<Shards, Shared>();

export function sharedBy(shards: Shards): Shared {
  const known = ofWorkers.get(shards) ?? { span: null, gram: null };
  ofWorkers.set(shards, known);
  return known;
}

export function spanOf(engine: Engine, shards: Shards): Span {
  const shared = sharedBy(shards);
  shared.span ??= makeSpan(engine, shards);
  return shared.span;
}

function makeSpan(engine: Engine, shards: Shards): Span {
  const [{ description }] = shards.values();
  const items = largestSpan(description);
  const make = (name: string, numbers: number) => engine.createBuffer(`mf span ${name}`, numbers * 4);
  return { columnTerms: make('columns', items * 4), rowTerms: make('rows', items * 2), gramColumn: make('Gram column', description.shape.stride), values: make('values', items), isAwaited: false };
}

export function gramMatrixOf(engine: Engine, shards: Shards): EngineBuffer {
  const shared = sharedBy(shards);
  const [{ description: { shape: { stride } } }] = shards.values();
  shared.gram ??= engine.createBuffer('mf Gram matrix', stride * stride * 4);
  return shared.gram;
}

export function dropGramMatrix(shards: Shards): void {
  const shared = sharedBy(shards);
  shared.gram?.destroy();
  shared.gram = null;
}

/** Where the last shard has left. */
export function dropShared(shards: Shards): void {
  const { span } = sharedBy(shards);
  if (span) for (const buffer of [span.columnTerms, span.rowTerms, span.gramColumn, span.values]) buffer.destroy();
  dropGramMatrix(shards);
  ofWorkers.delete(shards);
}
