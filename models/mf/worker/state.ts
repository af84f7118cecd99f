/**
 * What of a shard its data and its description do not give: its users' factors, the blocks that are with it, and what is under
 * way. In: a shard. Out: its state in parts; or in: parts. Out: the shard as it was when they were saved.
 *
 * A part is [(kind, key, offset, length), numbers], offset and length in numbers. What the next push writes before it reads it is no
 * state: scratch rows, the items' sums, decreases, columns on their way, what a solver keeps when it is at rest (its products are zeros
 * then), and a Gram matrix that is summed anew from the same factors.
 */
import { DataError } from '../../../src/data/dataset.js';
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import type { ShardPart } from '../../../src/program.js';
import { dropBytes } from '../../worker-memory.js';
import { ERRORS_WIDTH, SETS } from '../operations.js';
import type { Side } from '../shape.js';
import { noteKept } from './rows.js';
import { addSolverBuffers, blocksAtHome, itemsOfBlock, putIn, scratchBytes, SOLVER_PHASES, SOLVER_TABLES, STATE_WIDTH, type BlockBuffer, type MfShard, type Shards, type UserTable } from './shard.js';
import { dropGramMatrix, dropShared, gramMatrixOf, sharedBy, spanOf } from './shared.js';
import { readTiles } from './tiles.js';

/** Where numbers stand: in engine memory or in the host's. */
type Room = EngineBuffer | Float32Array | Float64Array;

interface Held {
  readonly key: number;
  readonly room: Room;
  /** Numbers in it; behind them may lie scratch. */
  readonly length: number;
}

/** Where numbers are restored: a shard among those of its worker. */
interface Place {
  readonly engine: Engine;
  readonly shard: MfShard;
  readonly shards: Shards;
}

/** One kind of state. */
interface Kind {
  /** All there is of it now. */
  held(shard: MfShard, shards: Shards): readonly Held[];
  /** Where to put `length` numbers that were held under this key. */
  room(place: Place, key: number, length: number): Room;
}

const USER_TABLES: readonly UserTable[] = ['factors', 'states', 'sums', 'rowTerms', 'columnTerms'];
const BLOCK_BUFFERS: readonly BlockBuffer[] = ['factors', 'states'];
/** Numbers of a row, where they are not the shape's. */
const WIDTHS: Readonly<Partial<Record<UserTable, number>>> = { states: STATE_WIDTH, sums: 2, rowTerms: 2, columnTerms: 4 };

const NOTHING = new Float32Array(0);

/** A place in this list is the number of a kind. What comes and goes comes last, so that the rest keeps its place. */
const KINDS: readonly Kind[] = [
  ...USER_TABLES.map(userTable),
  ...(['userValues', 'itemValues'] as const).map(residuals),
  { held: ({ kept }) => (kept ? [hostArray(0, kept.users)] : []), room: roomForKept },
  { held: ({ kept }) => Array.from(kept?.blocks ?? [], ([number, rows]) => hostArray(number, rows)), room: roomForKeptBlock },
  ...BLOCK_BUFFERS.map(blockBuffer),
  ...SOLVER_TABLES.map(userTable),
  ...SOLVER_TABLES.map(blockBuffer),
  { held: ({ solving }) => (solving ? [hostArray(SOLVER_PHASES.indexOf(solving), NOTHING)] : []), room: inPhase },
  { held: ({ errors }) => (errors ? [hostArray(0, errors)] : []), room: ({ shard }) => (shard.errors = new Float64Array(SETS.length * ERRORS_WIDTH)) },
  listsOf('scores'),
  listsOf('ids'),
  { held: awaitedColumns, room: roomForColumns },
  { held: (_, shards) => heldBuffers([[0, sharedBy(shards).gram]]), room: ({ engine, shards }) => gramMatrixOf(engine, shards) },
];

function hostArray(key: number, room: Float32Array | Float64Array): Held {
  return { key, room, length: room.length };
}

/** Buffers that are there, whole. */
function heldBuffers(buffers: readonly (readonly [number, EngineBuffer | null | undefined])[]): Held[] {
  return buffers.flatMap(([key, room]) => (room ? [{ key, room, length: room.bytes / 4 }] : []));
}

function inPhase({ shard }: Place, phase: number): Room {
  shard.solving = SOLVER_PHASES[phase];
  return NOTHING;
}

/** Whether a table is state now: those of a solver are during a solve, and until its first step only the sums. */
function isInUse(side: Side, name: UserTable, { solving }: MfShard): boolean {
  if (!SOLVER_TABLES.some((table) => table === name)) return true;
  return solving === `${side}Steps` || (solving === `${side}Start` && name === 'products');
}

function widthOf(name: UserTable, { description: { shape } }: MfShard): number {
  return WIDTHS[name] ?? shape.stride;
}

function userTable(name: UserTable): Kind {
  return {
    held(shard) {
      const room = shard.users.get(name);
      return room && isInUse('user', name, shard) ? [{ key: 0, room, length: shard.description.users * widthOf(name, shard) }] : [];
    },
    room: ({ shard }) => shard.users.get(name)!,
  };
}

/** ccd: the ratings' residuals, in place of the ratings. */
function residuals(name: 'userValues' | 'itemValues'): Kind {
  return {
    held: ({ description, arrays }) => (description.algorithm === 'ccd' ? heldBuffers([[0, arrays.get(name)]]) : []),
    room: ({ shard }) => shard.arrays.get(name)!,
  };
}

function roomForKept({ shard }: Place, _key: number, length: number): Room {
  shard.kept = { users: new Float32Array(length), blocks: new Map() };
  return shard.kept.users;
}

function roomForKeptBlock({ shard }: Place, number: number, length: number): Room {
  const rows = new Float32Array(length);
  shard.kept!.blocks.set(number, rows);
  return rows;
}

function blockBuffer(name: BlockBuffer): Kind {
  return {
    held(shard) {
      if (!isInUse('item', name, shard)) return [];
      const buffers = [...shard.blocks].sort(([a], [b]) => a - b);
      return buffers.flatMap(([key, block]) => (block.has(name) ? [{ key, room: block.get(name)!, length: itemsOfBlock(shard, key) * widthOf(name, shard) }] : []));
    },
    room({ engine, shard }, number, length) {
      const buffer = engine.createBuffer(`mf item ${name}`, length * 4 + scratchBytes(shard, name));
      putIn(shard, number, name, buffer);
      return buffer;
    },
  };
}

function listsOf(part: 'scores' | 'ids'): Kind {
  return {
    held: ({ lists }) => heldBuffers(Array.from(lists, ([set, buffers]) => [SETS.indexOf(set), buffers[part]])),
    room({ engine, shard: { lists } }, key, length) {
      const set = SETS[key] as 'validation' | 'test';
      if (!lists.has(set)) lists.set(set, { scores: engine.createBuffer('mf scores', length * 4), ids: engine.createBuffer('mf ranked items', length * 4) });
      return lists.get(set)![part];
    },
  };
}

/** ccd: the columns that a pass by item is still to read. Every shard has them, since any may come to a worker that lacks them. */
function awaitedColumns(_: MfShard, shards: Shards): Held[] {
  const { span } = sharedBy(shards);
  return span?.isAwaited ? heldBuffers([[0, span.rowTerms]]) : [];
}

function roomForColumns({ engine, shards }: Place): Room {
  const span = spanOf(engine, shards);
  span.isAwaited = true;
  return span.rowTerms;
}

export async function* saveShard(engine: Engine, number: number, shards: Shards): AsyncGenerator<ShardPart> {
  const shard = shards.get(number)!;
  for (const [kind, { held }] of KINDS.entries()) {
    for (const { key, room, length } of held(shard, shards)) {
      let offset = 0;
      for await (const numbers of tilesOf(engine, room, length)) {
        yield [Uint32Array.of(kind, key, offset, length), numbers];
        offset += numbers.length;
      }
    }
  }
}

/** Numbers of a tile. */
const TILE = 2 ** 18;

/** The first `length` numbers, one tile at least. */
async function* tilesOf(engine: Engine, room: Room, length: number): AsyncGenerator<Float32Array | Float64Array> {
  if (length === 0) yield NOTHING;
  else if ('label' in room) for await (const [numbers] of readTiles(engine, [{ buffer: room, first: 0 }], length, 1)) yield numbers;
  else for (let at = 0; at < length; at += TILE) yield room.subarray(at, Math.min(at + TILE, length));
}

/** Throws DataError where a part is not one that this version saves. */
export async function restoreShard(engine: Engine, number: number, parts: AsyncIterable<ShardPart>, shards: Shards): Promise<void> {
  const shard = shards.get(number)!;
  forget(engine, shard, shards);
  const rooms = new Map<string, Room>();
  for await (const [[kind, key, offset, length], numbers] of parts) {
    if (!KINDS[kind]) throw new DataError(`a part of kind ${kind}, of which the state of a shard of ratings has ${KINDS.length}: it was saved by another version`);
    const name = `${kind}/${key}`;
    const room = rooms.get(name) ?? KINDS[kind].room({ engine, shard, shards }, key, length);
    rooms.set(name, room);
    if ('label' in room) engine.write(room, numbers, offset * 4);
    else room.set(numbers as Float32Array | Float64Array, offset);
  }
  if (shard.description.algorithm === 'als') {
    const missing = SOLVER_TABLES.filter((name) => !isInUse('item', name, shard));
    for (const block of blocksAtHome(shard)) addSolverBuffers(engine, shard, block, missing);
  }
  noteKept(engine, shards);
}

/** Gives up what comes and goes. */
function forget(engine: Engine, shard: MfShard, shards: Shards): void {
  destroyTransients(shard);
  shard.solving = null;
  shard.errors = null;
  shard.kept = null;
  const products = shard.users.get('products');
  if (products) {
    products.destroy();
    shard.users.set('products', engine.createBuffer(products.label, products.bytes));
  }
  const shared = sharedBy(shards);
  if (shared.span) shared.span.isAwaited = false;
  dropGramMatrix(shards);
}

function destroyTransients({ blocks, lists, grams }: MfShard): void {
  for (const block of blocks.values()) for (const buffer of block.values()) buffer.destroy();
  for (const { scores, ids } of lists.values()) for (const buffer of [scores, ids]) buffer.destroy();
  for (const buffer of grams.values()) buffer.destroy();
  for (const map of [blocks, lists, grams]) map.clear();
}

export function closeShard(engine: Engine, shard: MfShard, shards: Shards): void {
  destroyTransients(shard);
  for (const buffers of [shard.arrays, shard.users, shard.itemPenalties, shard.columns]) for (const buffer of buffers.values()) buffer.destroy();
  dropBytes(engine, [...shard.host.values(), ...shard.hostPenalties.values()]);
  noteKept(engine, shards);
  if (shards.size === 0) dropShared(shards);
}
