/** Count lists as the host reads them, a bounded part at a time. In: a worker's tables. Out: lists, and topic and count of their entries. */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import { noteBytes } from '../../worker-memory.js';
import type { Place, Tables } from './tables.js';

/** List l has entries begins[l] … ends[l] - 1 of `data`, which is to be read only. */
export interface Lists {
  readonly data: Uint32Array;
  readonly begins: Uint32Array;
  readonly ends: Uint32Array;
}

/** u32 that are read at a time: 4 MiB, or one list. */
const TILE = 2 ** 20;

/** A buffer of u32 for the host, to be read only: a copy where host and engine do not share memory. */
export async function onHost(engine: Engine, buffer: EngineBuffer): Promise<Uint32Array> {
  const view = engine.hostView(buffer);
  if (view) {
    await engine.finish();
    return new Uint32Array(view.buffer, view.byteOffset, view.byteLength / 4);
  }
  const [bytes] = await engine.read([{ buffer }]);
  noteBytes(engine, [bytes]);
  return new Uint32Array(bytes);
}

/** The lists of a shard's documents, in order. */
export async function* documentLists(engine: Engine, { documents, documentCount }: Tables, { firstDocument, documents: count }: Place): AsyncGenerator<Lists> {
  if (engine.hostView(documents)) {
    const data = await onHost(engine, documents);
    const begins = data.subarray(firstDocument, firstDocument + count);
    yield { data, begins, ends: begins.map((begin, l) => begin + data[documentCount + 1 + firstDocument + l]) };
    return;
  }
  const [startBytes, lengthBytes] = await engine.read([
    { buffer: documents, byteOffset: firstDocument * 4, bytes: (count + 1) * 4 },
    { buffer: documents, byteOffset: (documentCount + 1 + firstDocument) * 4, bytes: count * 4 },
  ]);
  const [starts, lengths] = [new Uint32Array(startBytes), new Uint32Array(lengthBytes)];
  for (let list = 0; list < count; ) {
    let next = list + 1;
    while (next < count && starts[next + 1] - starts[list] <= TILE) next++;
    const [bytes] = await engine.read([{ buffer: documents, byteOffset: starts[list] * 4, bytes: (starts[next] - starts[list]) * 4 }]);
    noteBytes(engine, [bytes]);
    const begins = starts.slice(list, next).map((start) => start - starts[list]);
    const first = list;
    yield { data: new Uint32Array(bytes), begins, ends: begins.map((begin, l) => begin + lengths[first + l]) };
    list = next;
  }
}

/** The lists that a shard samples a block's words from. */
export async function placeLists(engine: Engine, { rows }: Tables, place: Place, block: number): Promise<Lists> {
  const [bytes] = await engine.read([{ buffer: rows.buffer, byteOffset: rows.base(place, block) * 4, bytes: rows.length(place, block) * 4 }]);
  noteBytes(engine, [bytes]);
  return listsOf(new Uint32Array(bytes), rows.words(place, block));
}

/** The lists of a block's words, in order. */
export async function blockLists({ slots }: Tables, block: number): Promise<Lists> {
  return listsOf(await slots.region(block), slots.words(null, block));
}

function listsOf(data: Uint32Array, words: number): Lists {
  const begins = data.subarray(0, words);
  return { data, begins, ends: begins.map((begin, l) => begin + data[words + 1 + l]) };
}

/** Each topic of each list once: a count that does not fit one entry is put together. */
export function visitCounts({ data, begins, ends }: Lists, bits: number, visit: (list: number, topic: number, count: number) => void): void {
  const mask = 2 ** bits - 1;
  for (let list = 0; list < begins.length; list++) {
    for (let e = begins[list]; e < ends[list]; e++) {
      const topic = data[e] & mask;
      let count = data[e] >>> bits;
      while (e + 1 < ends[list] && (data[e + 1] & mask) === topic) count += data[++e] >>> bits;
      visit(list, topic, count);
    }
  }
}
