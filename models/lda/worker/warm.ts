/**
 * Topics of an earlier model as a start. In: its counts, some topics at a time; they go into the rows of the blocks at home. While the
 * blocks make a turn every token draws its first topic from its word's row, p(k) ∝ n_wk; a token of a word without a row keeps a random one.
 */
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardParcel, Task } from '../../../src/program.js';
import { randomUnit, seedOfPart } from '../../../src/schedule/random.js';
import { mostCount } from '../count-lists.js';
import { cellsOfStep, type Cell } from './cells.js';
import { onHost, placeLists } from './lists.js';
import { proposeOwnTopics } from './proposals.js';
import { Saved, type SavedItem } from './saved.js';
import { PAIR, PIECE, UNCOUNTED, type Shards } from './shard.js';
import { tablesOf, type Place, type Tables } from './tables.js';
import { handOver, writeRegion } from './turn.js';

/** Topics (ascending) and tokens of a word. */
interface IncomingRow {
  readonly topics: number[];
  readonly tokens: number[];
}

/** Rows of the words whose home is here, as they come in. */
export interface Incoming {
  /** 1 for words whose home is here. */
  readonly isHere: Uint8Array;
  readonly rows: Map<number, IncomingRow>;
}

function incomingOf(tables: Tables): Incoming {
  tables.incoming ??= { isHere: flagsOfHome(tables), rows: new Map() };
  return tables.incoming;
}

function flagsOfHome({ description: { vocabulary, blockStarts }, slots }: Tables): Uint8Array {
  const flags = new Uint8Array(vocabulary);
  for (const block of slots.homes) flags.fill(1, blockStarts[block], blockStarts[block + 1]);
  return flags;
}

/** ids: a topic, and words by position; values: tokens. Topics come in order. */
export async function writeTopic(_engine: Engine, { ids, values }: Task, shards: Shards): Promise<void> {
  const { isHere, rows } = incomingOf(tablesOf(shards));
  for (let at = 1; at < ids.length; at++) {
    const word = ids[at];
    if (!isHere[word]) continue;
    if (!rows.has(word)) rows.set(word, { topics: [], tokens: [] });
    const row = rows.get(word)!;
    row.topics.push(ids[0]);
    row.tokens.push(values[at - 1]);
  }
}

/** What has come in becomes the rows at home. */
export async function setRows(engine: Engine, _task: Task, shards: Shards): Promise<void> {
  const tables = tablesOf(shards);
  const { rows } = incomingOf(tables);
  tables.incoming = null;
  for (const block of tables.slots.homes) writeRegion(engine, tables, block, await regionOf(tables, block, rows));
}

/** Incoming rows of the words whose home is with a shard: words, topics of each; topics and tokens. */
export function* savedIncoming({ incoming, description: { blockStarts }, rotation: { blocksAShard } }: Tables, { shard: { number } }: Place): Generator<SavedItem> {
  if (!incoming) return;
  const words: number[] = [];
  for (let word = blockStarts[number * blocksAShard]; word < blockStarts[(number + 1) * blocksAShard]; word++) if (incoming.rows.has(word)) words.push(word);
  const rows = words.map((word) => incoming.rows.get(word)!);
  const [lengths, topics] = [rows.map((row) => row.topics.length), rows.flatMap((row) => row.topics)];
  yield { kind: Saved.Incoming, ids: [], arrays: [Uint32Array.from(words), Uint32Array.from(lengths), Uint32Array.from(topics), Float64Array.from(rows.flatMap((row) => row.tokens))] };
}

export function resumeIncoming(_engine: Engine, tables: Tables, _place: Place, { arrays: [words, lengths, topics, tokens] }: SavedItem): void {
  const { rows } = incomingOf(tables);
  let at = 0;
  for (const [row, word] of words.entries()) {
    const end = at + lengths[row];
    rows.set(word, { topics: [...topics.subarray(at, end)], tokens: [...tokens.subarray(at, end)] });
    at = end;
  }
}

/** The block's region, packed, with the incoming rows. */
async function regionOf({ slots, bits, description }: Tables, block: number, rows: ReadonlyMap<number, IncomingRow>): Promise<Uint32Array<ArrayBuffer>> {
  const count = slots.words(null, block);
  const head = (await slots.region(block)).slice(0, 2 * count + 1);
  const entries: number[] = [];
  for (let word = 0; word < count; word++) {
    const row = rows.get(description.blockStarts[block] + word);
    const before = entries.length;
    if (row) for (const entry of heaviest(row, head[word + 1] - head[word], bits)) entries.push(entry);
    head[count + 1 + word] = entries.length - before;
  }
  const packed = new Uint32Array(head.length + entries.length);
  packed.set(head);
  packed.set(entries, head.length);
  return packed;
}

/** As many entries as there is room for, topics ascending: the word may have had more tokens where the model comes from. */
function heaviest({ topics, tokens }: IncomingRow, room: number, bits: number): number[] {
  const order = topics.map((_, at) => at).sort((a, b) => tokens[b] - tokens[a] || a - b).slice(0, room).sort((a, b) => a - b);
  return order.map((at) => (topics[at] | (Math.min(Math.max(1, Math.round(tokens[at])), mostCount(bits)) << bits)) >>> 0);
}

/** The tokens of a worker on the host, while they draw. */
export interface Drawing {
  readonly topics: Uint32Array<ArrayBuffer>;
  readonly work: Uint32Array;
}

export async function* drawStep(engine: Engine, { ids: [step] }: Task, shards: Shards): AsyncGenerator<ShardParcel> {
  const tables = tablesOf(shards);
  tables.drawing ??= { topics: (await onHost(engine, tables.topics)).slice(), work: await onHost(engine, tables.work) };
  const { drawing } = tables;
  for (const cell of cellsOfStep(tables, step)) await drawCell(engine, tables, cell, drawing);
  if (step === tables.rotation.blocks - 1) {
    settleDrawing(engine, tables);
    if (tables.proposals) proposeOwnTopics(engine, tables.proposals.topics, drawing.topics, 0);
    tables.drawing = null;
  }
  yield* handOver(engine, shards, step);
}

/** What tokens have drawn so far becomes their topics. */
export function settleDrawing(engine: Engine, { drawing, topics }: Tables): void {
  if (drawing) engine.write(topics, drawing.topics);
}

/** Words that keep their topic are left as they are. */
async function drawCell(engine: Engine, tables: Tables, { place, block }: Cell, { topics, work }: Drawing): Promise<void> {
  const { bits, description, rows } = tables;
  const { data, begins, ends } = await placeLists(engine, tables, place, block);
  const key = seedOfPart(description.seed, WARM_TOPICS);
  const pinned = new Set(description.pinned.filter((_, at) => at % 2 === 0));
  const toRun = place.shard.description.firstToken - place.firstToken;
  for (let run = place.runStarts[block]; run < place.runStarts[block + 1]; run++) {
    const [word, firstPair, count] = work.subarray(PIECE * run, PIECE * (run + 1));
    if (begins[word] === ends[word] || pinned.has(rows.wordAt(place, block, word))) continue;
    const row = data.subarray(begins[word], ends[word]);
    const running = runningCounts(row, bits);
    for (let pair = firstPair; pair < firstPair + count; pair++) {
      const first = work[PAIR * pair + 1];
      for (let t = first; t < first + work[PAIR * pair + 2]; t++) {
        const entry = row[entryAt(running, randomUnit(key, 0, (toRun + t) % 2 ** 31) * running.at(-1)!)];
        topics[t] = (UNCOUNTED | ((entry & (2 ** bits - 1)) << 16)) >>> 0;
      }
    }
  }
}

/** Part of the seed that draws first topics from rows. */
const WARM_TOPICS = 12;

function runningCounts(row: Uint32Array, bits: number): Float64Array {
  let sum = 0;
  return Float64Array.from(row, (entry) => (sum += entry >>> bits));
}

/** The first whose running count exceeds `place`. */
function entryAt(running: Float64Array, place: number): number {
  let [low, high] = [0, running.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (running[middle] > place) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The rows at home are empty again: what was drawn from them will be counted. */
export async function emptyRows(_engine: Engine, _task: Task, shards: Shards): Promise<void> {
  tablesOf(shards).slots.empty();
}
