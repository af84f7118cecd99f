/**
 * What training has made of a shard and its data do not give. In: a worker's tables. Out: it, item by item; and tables that it is put
 * back into. Documents' lists are not among it: they are what the tokens were counted under when they were listed last.
 */
import type { Engine } from '../../../src/engine/engine.js';
import { packRegion } from '../count-lists.js';
import { resumeGathering, savedGathering } from './held-out.js';
import { DRAWS } from './proposals.js';
import { resumeBlockRows, savedBlockRows } from './rows.js';
import { listDocuments } from './sample.js';
import { Saved, type SavedItem } from './saved.js';
import { UNCOUNTED } from './shard.js';
import { noteKept, type Place, type Tables } from './tables.js';
import { blocksWith, writeRegion } from './turn.js';
import { resumeIncoming, savedIncoming, settleDrawing } from './warm.js';

/** What stays as it is from one snapshot to the next comes first, that its place does not depend on anything else. */
export async function* stateOf(engine: Engine, tables: Tables, place: Place): AsyncGenerator<SavedItem> {
  const { priors, lagged, copies, travel } = tables;
  yield* savedBlockRows(tables, place);
  yield { kind: Saved.Totals, ids: [], arrays: [place.shard.totals] };
  yield { kind: Saved.Priors, ids: [], arrays: [Float64Array.of(...priors.alpha, priors.beta)] };
  yield { kind: Saved.Steps, ids: [], arrays: [Uint32Array.of(travel.steps)] };
  if (lagged) yield* lagged.saved(place);
  yield* savedTokens(engine, tables, place);
  yield* savedProposals(engine, tables, place);
  for (const block of blocksWith(tables, place)) {
    yield { kind: Saved.Block, ids: [block], arrays: [packRegion(await tables.slots.region(block), tables.slots.words(null, block))] };
  }
  if (copies) yield* copies.saved(engine, place);
  yield* savedIncoming(tables, place);
  yield* savedGathering(place);
}

/** Puts an item into tables that were put together anew. */
type Resume = (engine: Engine, tables: Tables, place: Place, item: SavedItem) => void;

const resumes: Readonly<Record<Exclude<Saved, Saved.Tokens>, Resume>> = {
  [Saved.Kept]: resumeBlockRows,
  [Saved.Sample]: resumeBlockRows,
  [Saved.Totals]: () => undefined,
  [Saved.Priors]: resumePriors,
  [Saved.Steps]: (_engine, { travel }, _place, { arrays: [[steps]] }) => (travel.steps = steps),
  [Saved.Rounds]: (_engine, { lagged }, place, item) => lagged!.resume(place, item),
  [Saved.Truth]: (_engine, { lagged }, place, item) => lagged!.resume(place, item),
  [Saved.Changes]: (_engine, { lagged }, place, item) => lagged!.resume(place, item),
  [Saved.Proposals]: resumeProposals,
  [Saved.Block]: resumeBlock,
  [Saved.Copy]: (engine, { copies }, place, item) => copies!.resume(engine, place, item),
  [Saved.Refresh]: (engine, { copies }, place, item) => copies!.resume(engine, place, item),
  [Saved.Incoming]: resumeIncoming,
  [Saved.Gathering]: resumeGathering,
};

/** Brings the tables to the state of the shards that have one. */
export function resumeState(engine: Engine, tables: Tables): void {
  const resumed = tables.places.filter(({ shard }) => shard.state);
  for (const { shard: { number } } of resumed) for (const block of tables.rotation.held(number, 0)) tables.slots.release(block);
  for (const place of resumed) {
    place.shard.gathering = null;
    for (const item of place.shard.state!) if (item.kind !== Saved.Tokens) resumes[item.kind](engine, tables, place, item);
  }
  resumeTokens(engine, tables, resumed);
  for (const { shard } of resumed) shard.state = null;
  noteKept(engine, tables);
}

/** Topic counts of the whole corpus as a state knows them. */
export function totalsOf(state: readonly SavedItem[]): Float64Array {
  return state.find(({ kind }) => kind === Saved.Totals)!.arrays[0] as Float64Array;
}

function resumePriors(_engine: Engine, { priors }: Tables, _place: Place, { arrays: [values] }: SavedItem): void {
  const beta = values[values.length - 1];
  // Before the first ones are set there are none.
  if (beta > 0) priors.set(Float64Array.from(values.subarray(0, -1)), beta);
}

/** Tokens that are saved at a time. */
const TILE = 2 ** 16;

/** One number a token where all of a tile are counted under the topics that they have, else both. */
async function* savedTokens(engine: Engine, tables: Tables, { firstToken, tokens }: Place): AsyncGenerator<SavedItem> {
  settleDrawing(engine, tables);
  for (let begin = 0; begin < tokens; begin += TILE) {
    const count = Math.min(TILE, tokens - begin);
    const [bytes] = await engine.read([{ buffer: tables.topics, byteOffset: 4 * (firstToken + begin), bytes: 4 * count }]);
    const tile = new Uint32Array(bytes);
    const isCounted = tile.every((token) => token >>> 16 === (token & 0xffff));
    yield { kind: Saved.Tokens, ids: [begin, count, isCounted ? 1 : 0], arrays: [isCounted ? halved(tile) : tile] };
  }
}

/** Current topics, two to a number. */
function halved(tile: Uint32Array): Uint32Array<ArrayBuffer> {
  const half = new Uint32Array(Math.ceil(tile.length / 2));
  for (let at = 0; at < tile.length; at++) half[at >>> 1] |= (tile[at] & 0xffff) << (16 * (at % 2));
  return half;
}

function tokensOf({ ids: [, count, isCounted], arrays: [data] }: SavedItem): Uint32Array {
  if (!isCounted) return data as Uint32Array;
  return Uint32Array.from({ length: count }, (_, at) => countedUnder((data[at >>> 1] >>> (16 * (at % 2))) & 0xffff));
}

/** A token of this topic that is counted under it. */
function countedUnder(topic: number): number {
  return (topic | (topic << 16)) >>> 0;
}

/** Documents are listed by what their tokens were counted under; then the tokens are as they were saved. */
function resumeTokens(engine: Engine, tables: Tables, places: readonly Place[]): void {
  const tiles = places.flatMap(({ shard, firstToken }) =>
    shard.state!.filter(({ kind }) => kind === Saved.Tokens).map((item) => ({ byteOffset: 4 * (firstToken + item.ids[0]), tokens: tokensOf(item) })),
  );
  if (tiles.some(({ tokens: [token] }) => (token & 0xffff) !== UNCOUNTED)) {
    for (const { byteOffset, tokens } of tiles) engine.write(tables.topics, tokens.map((token) => countedUnder(token & 0xffff)), byteOffset);
    listDocuments(engine, tables);
  }
  for (const { byteOffset, tokens } of tiles) engine.write(tables.topics, tokens, byteOffset);
}

async function* savedProposals(engine: Engine, { proposals }: Tables, { firstToken, tokens }: Place): AsyncGenerator<SavedItem> {
  if (!proposals) return;
  for (let begin = 0; begin < tokens; begin += TILE) {
    const [bytes] = await engine.read([{ buffer: proposals.topics, byteOffset: 2 * DRAWS * (firstToken + begin), bytes: 2 * DRAWS * Math.min(TILE, tokens - begin) }]);
    yield { kind: Saved.Proposals, ids: [begin], arrays: [new Uint32Array(bytes)] };
  }
}

function resumeProposals(engine: Engine, { proposals }: Tables, { firstToken }: Place, { ids: [begin], arrays: [data] }: SavedItem): void {
  engine.write(proposals!.topics, data, 2 * DRAWS * (firstToken + begin));
}

function resumeBlock(engine: Engine, tables: Tables, _place: Place, { ids: [block], arrays: [packed] }: SavedItem): void {
  tables.slots.take(block);
  writeRegion(engine, tables, block, packed as Uint32Array<ArrayBuffer>);
}
