/**
 * A worker's set of shards may change, and each may be brought to a state: then the tables that it has are taken apart, and put together
 * anew from what the shards are. In: the shards. Out: tables of these shards, each as it was or as it was restored.
 */
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardPart } from '../../../src/program.js';
import { dropBytes, noteBytes } from '../../worker-memory.js';
import { itemsOf, partsOf, type SavedItem } from './saved.js';
import { PIECE, type LdaShard, type ShardDocuments, type Shards } from './shard.js';
import { resumeState, stateOf, totalsOf } from './state.js';
import { assemble, hostArrays, shift, type Place, type Tables } from './tables.js';
import { settleBlocks } from './turn.js';

/** The worker's tables; what has come for it takes its place in them. */
export async function settled(engine: Engine, shards: Shards): Promise<Tables> {
  const all = [...shards.values()].sort((a, b) => a.number - b.number);
  if (!areTogether(all)) await putTogether(engine, all);
  const tables = all[0].tables!;
  settle(engine, tables);
  return tables;
}

/** Blocks that have come, and changes of rows at home. */
function settle(engine: Engine, tables: Tables): void {
  settleBlocks(engine, tables);
  tables.copies?.apply(engine, tables, tables.travel.steps);
}

function areTogether(shards: readonly LdaShard[]): boolean {
  const [{ tables }] = shards;
  return tables !== null && tables.places.length === shards.length && shards.every((shard) => shard.tables === tables && shard.state === null);
}

async function putTogether(engine: Engine, shards: readonly LdaShard[]): Promise<void> {
  const former = shards.find(({ tables }) => tables)?.tables;
  if (former) await takeApart(engine, former, shards);
  const tables = assemble(engine, shards);
  for (const shard of shards) shard.tables = tables;
  resumeState(engine, tables);
}

/** Shards that stay have their documents back, and their state unless they were restored to another one. */
async function takeApart(engine: Engine, tables: Tables, staying: readonly LdaShard[]): Promise<void> {
  const places = tables.places.filter(({ shard }) => staying.includes(shard));
  if (places.some(({ shard }) => !shard.state)) settle(engine, tables);
  for (const place of places) {
    place.shard.state ??= await collected(stateOf(engine, tables, place));
    place.shard.documents = await documentsOf(engine, tables, place);
  }
  noteBytes(engine, places.flatMap(({ shard: { state, documents } }) => [...state!.flatMap(({ arrays }) => arrays), ...Object.values(documents!)]));
  destroy(engine, tables);
}

async function collected(items: AsyncIterable<SavedItem>): Promise<SavedItem[]> {
  const all: SavedItem[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A shard's documents as they were before they went into the tables, but for the topics: these are in its state. */
async function documentsOf(engine: Engine, { tokenStarts, work, proposals, rows }: Tables, place: Place): Promise<ShardDocuments> {
  const { row, firstDocument, documents, firstToken, tokens, pieceStarts, runStarts, pairStarts } = place;
  const records = (first: number, end: number) => ({ byteOffset: 4 * PIECE * first, bytes: 4 * PIECE * (end - first) });
  const inWork = (starts: Uint32Array) => ({ buffer: work, ...records(starts[0], starts.at(-1)!) });
  const inProposals = proposals ? [{ buffer: proposals.pieces, ...records(proposals.starts[row], proposals.starts[row + 1]) }] : [];
  const read = await engine.read([{ buffer: tokenStarts, byteOffset: 4 * firstDocument, bytes: 4 * (documents + 1) }, inWork(pairStarts), inWork(pieceStarts), inWork(runStarts), ...inProposals]);
  const [starts, pairs, pieces, runs, documentPieces = new Uint32Array(0)] = read.map((bytes) => new Uint32Array(bytes));
  const wordOf = (block: number, run: number) => rows.wordAt(place, block, runs[PIECE * (run - runStarts[0])]);
  const own = {
    tokenStarts: starts, topics: new Uint32Array(tokens), pairs, pieces, runs, documentPieces,
    pieceStarts: pieceStarts.map((start) => start - pieceStarts[0]), runStarts: runStarts.map((start) => start - runStarts[0]),
    runWords: Uint32Array.from({ length: runs.length / PIECE }),
  };
  for (let block = 0; block + 1 < runStarts.length; block++) {
    for (let run = runStarts[block]; run < runStarts[block + 1]; run++) own.runWords[run - runStarts[0]] = wordOf(block, run);
  }
  shift(own, { firstDocument: -firstDocument, firstToken: -firstToken }, -pairStarts[0]);
  return own;
}

export async function* saveShard(engine: Engine, shard: number, shards: Shards): AsyncGenerator<ShardPart> {
  const tables = await settled(engine, shards);
  const place = tables.places.find((own) => own.shard.number === shard)!;
  for await (const item of stateOf(engine, tables, place)) yield* partsOf(item);
}

/** The state waits for the others' before it goes into the tables: the commits that come until then change the totals. */
export async function restoreShard(_engine: Engine, number: number, parts: AsyncIterable<ShardPart>, shards: Shards): Promise<void> {
  const shard = shards.get(number)!;
  shard.state = await itemsOf(parts);
  shard.totals.set(totalsOf(shard.state));
}

/** Tables of which no shard is left are given back; else those that are left are put together when they are needed. */
export function closeShard(engine: Engine, { tables }: LdaShard, shards: Shards): void {
  if (tables && ![...shards.values()].some((shard) => shard.tables === tables)) destroy(engine, tables);
}

function destroy(engine: Engine, tables: Tables): void {
  const { tokenStarts, topics, work, documents, slots, copies, priors, proposals, deltas, pieceCells, runCells, scratch, wordScratch } = tables;
  const buffers = [tokenStarts, topics, work, documents, slots.buffer, copies?.buffer, priors.table, priors.aliases, proposals?.topics, proposals?.shards, proposals?.pieces, deltas, pieceCells, runCells, scratch, wordScratch];
  for (const buffer of buffers) buffer?.destroy();
  dropBytes(engine, hostArrays(tables));
}
