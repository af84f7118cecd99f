/**
 * Alternating least squares on a worker. The normal equations of all rows are solved by conjugate gradients, warm-started;
 * the equations are never formed: each step needs their product with the rows' directions, which a turn adds up block by
 * block. Users stay and the items' factors go round; for the items' own solve their directions and products go round.
 */
import { mf } from '#kernels';
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import type { ShardParcel, Task } from '../../../src/program.js';
import { fixedColumn } from '../shape.js';
import { addGramProduct } from './gram.js';
import { rowsOfTable } from './counts.js';
import { overPieces } from './pieces.js';
import { cellAt, itemsOfBlock, type Block, type BlockBuffer, type MfShard, type Shards } from './shard.js';
import { dropGramMatrix } from './shared.js';
import { handOver, workOnBlocks } from './turn.js';

/** The buffers of rows being solved for. */
interface Solve {
  readonly factors: EngineBuffer;
  readonly penalties: EngineBuffer;
  readonly products: EngineBuffer;
  readonly residuals: EngineBuffer;
  readonly directions: EngineBuffer;
  readonly rows: number;
  readonly fixed: number;
}

export async function* solveUsers(engine: Engine, { ids: [step, turn] }: Task, shards: Shards): AsyncGenerator<ShardParcel> {
  workOnBlocks(shards, step, (shard, block, number) => {
    if (turn === 0) shard.solving = 'userStart';
    const solve = userSolve(shard);
    addProducts(engine, shard, { set: 'user', group: number, columns: block.get('factors')!, solve, turn });
    if (step < shard.rotation.blocks - 1) return;
    takeStep(engine, shards, solve, turn);
    shard.solving = 'userSteps';
  });
  yield* handOver(engine, shards, step, ['factors']);
}

/**
 * In turn 0 the factors themselves are the directions that the residual is taken along. A block's step at the end of a turn is taken when it is worked on
 * at home in the next one: until then others may still be on their way.
 */
export async function* solveItems(engine: Engine, { ids: [step, turn] }: Task, shards: Shards): AsyncGenerator<ShardParcel> {
  workOnBlocks(shards, step, (shard, block, number) => {
    const isHome = step < shard.rotation.blocksAShard;
    if (isHome && turn > 0) takeStep(engine, shards, itemSolve(shard, block, number), turn - 1);
    shard.solving = turn === 0 ? 'itemStart' : 'itemSteps';
    const rows = block.get(turn === 0 ? 'factors' : 'directions')!;
    const solve = { products: block.get('products')!, rows: itemsOfBlock(shard, number) };
    addProducts(engine, shard, { set: 'item', group: number, columns: shard.users.get('factors')!, solve: { ...solve, factors: rows, directions: rows }, turn });
  });
  const carried: readonly BlockBuffer[] = [turn === 0 ? 'factors' : 'directions', 'products'];
  yield* handOver(engine, shards, step, carried);
}

export async function endItems(engine: Engine, { ids: [turn] }: Task, shards: Shards): Promise<void> {
  for (const shard of shards.values()) {
    for (const [number, block] of shard.blocks) takeStep(engine, shards, itemSolve(shard, block, number), turn);
    shard.solving = null;
  }
  dropGramMatrix(shards);
}

function userSolve({ users, description }: MfShard): Solve {
  const table = (name: 'factors' | 'penalties' | 'products' | 'residuals' | 'directions') => users.get(name)!;
  return { factors: table('factors'), penalties: table('penalties'), products: table('products'), residuals: table('residuals'), directions: table('directions'), rows: description.users, fixed: fixedColumn(description.shape, 'user') };
}

function itemSolve(shard: MfShard, block: Block, number: number): Solve {
  const { shape } = shard.description;
  const table = (name: BlockBuffer) => block.get(name)!;
  return { factors: table('factors'), penalties: shard.itemPenalties.get(number)!, products: table('products'), residuals: table('residuals'), directions: table('directions'), rows: itemsOfBlock(shard, number), fixed: fixedColumn(shape, 'item') };
}

interface Products {
  readonly set: 'user' | 'item';
  readonly group: number;
  readonly columns: EngineBuffer;
  readonly solve: Pick<Solve, 'factors' | 'directions' | 'products' | 'rows'>;
  readonly turn: number;
}

/** Adds what one cell's ratings contribute: to the residual along the factors in turn 0, else to the product with the directions. */
function addProducts(engine: Engine, shard: MfShard, { set, group, columns, solve, turn }: Products): void {
  const { arrays, description: { shape: { stride }, implicit } } = shard;
  const rows = turn === 0 ? solve.factors : solve.directions;
  overPieces(engine, cellAt(shard, set, group), {
    kernel: mf.normalProduct,
    buffers: { pieces: arrays.get(`${set}Pieces`)!, ids: arrays.get(`${set}Ids`)!, values: arrays.get(`${set}Values`)!, columns, rows, products: solve.products },
    parameters: { stride, residual: Number(turn === 0), implicit: Number(implicit) },
    columns: rowsOfTable(columns, stride), table: solve.products, rows: solve.rows, width: stride, accumulate: true, binned: false,
  });
}

/** The end of a turn: the products are complete. After turn 0 they are the residuals, from which the directions start. */
function takeStep(engine: Engine, shards: Shards, { rows, fixed, ...buffers }: Solve, turn: number): void {
  const [{ description: { shape: { stride }, implicit } }] = shards.values();
  if (implicit) addGramProduct(engine, { shards, rows: turn === 0 ? buffers.factors : buffers.directions, products: buffers.products, count: rows, stride, scale: turn === 0 ? -1 : 1 });
  engine.dispatch({ kernel: turn === 0 ? mf.conjugateStart : mf.conjugateStep, buffers, parameters: { rows, stride, fixed }, workgroups: rows });
}
