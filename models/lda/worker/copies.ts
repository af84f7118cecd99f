/**
 * Data-parallel training, YahooLDA's way (Smola and Narayanamurthy 2010): every shard has its own copy of the rows of all its words and
 * samples from it; what it changed goes to the block's home, and what the home has comes back with a fixed lag. In: the shards'
 * tables. Out: the copies as rows for the kernels, and parcels.
 */
import { lda } from '#kernels';
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import type { Parcel, ShardParcel } from '../../../src/program.js';
import { noteBytes } from '../../worker-memory.js';
import { emptyRegion, packRegion, unpackRegion } from '../count-lists.js';
import type { Cell } from './cells.js';
import { countsOfLists } from './counts.js';
import { onHost } from './lists.js';
import type { Rows } from './row-store.js';
import { Saved, type SavedItem } from './saved.js';
import { groupsOf } from './scratch.js';
import { PAIR, PIECE, type LdaShard, type Shards } from './shard.js';
import { bufferOf, type Place, type Tables } from './tables.js';
import { Travelling } from './turn.js';

/** Rows of a block as its home has them, packed, and after how many steps of the worker a copy takes them in. */
interface Refresh {
  readonly to: number;
  readonly block: number;
  readonly packed: Uint32Array<ArrayBuffer>;
  readonly due: number;
}

/** What a shard changed in a block: tokens of its words, as the kernels keep them. */
interface Changes {
  readonly block: number;
  /** (word in its block, tokens) of each word that changed. */
  readonly words: Uint32Array;
  /** Counted and current topic of each of these tokens. */
  readonly tokens: Uint32Array;
  readonly due: number;
}

export class Copies implements Rows {
  readonly buffer: EngineBuffer;
  /** By shard row: where each block's region begins and how long it is, and the words that it has, by position. */
  readonly #bases: readonly Uint32Array[];
  readonly #lengths: readonly Uint32Array[];
  readonly #words: readonly (readonly Uint32Array[])[];
  #refreshes: Refresh[] = [];
  #changes: Changes[] = [];

  constructor(engine: Engine, shards: readonly LdaShard[]) {
    const { topics } = shards[0].description;
    this.#words = shards.map(ownWords);
    let length = 0;
    const heads: { at: number; head: Uint32Array<ArrayBuffer> }[] = [];
    const placed = shards.map(({ wordTokens }, row) =>
      this.#words[row].map((words) => {
        const head = emptyRegion(words.map((word) => wordTokens[word]), topics);
        heads.push({ at: length, head });
        length += head[words.length];
        return { base: heads.at(-1)!.at, length: head[words.length] };
      }),
    );
    this.#bases = placed.map((regions) => Uint32Array.from(regions, ({ base }) => base));
    this.#lengths = placed.map((regions) => Uint32Array.from(regions, (region) => region.length));
    this.buffer = engine.createBuffer('lda copies', length * 4);
    for (const { at, head } of heads) engine.write(this.buffer, head, at * 4);
  }

  get hostArrays(): readonly Uint32Array[] {
    return this.#words.flat();
  }

  /** A copy that will be overwritten by what waits for it is of no use any more. */
  async *saved(engine: Engine, place: Place): AsyncGenerator<SavedItem> {
    for (const [block, { length: words }] of this.#words[place.row].entries()) {
      const refresh = this.#refreshes.find((waiting) => waiting.to === place.shard.number && waiting.block === block);
      if (refresh) {
        yield { kind: Saved.Refresh, ids: [block, refresh.due], arrays: [refresh.packed] };
        continue;
      }
      const [bytes] = await engine.read([{ buffer: this.buffer, byteOffset: 4 * this.base(place, block), bytes: 4 * this.length(place, block) }]);
      yield { kind: Saved.Copy, ids: [block], arrays: [packRegion(new Uint32Array(bytes), words)] };
    }
  }

  resume(engine: Engine, place: Place, { kind, ids: [block, due], arrays: [data] }: SavedItem): void {
    const packed = data as Uint32Array<ArrayBuffer>;
    if (kind === Saved.Refresh) {
      this.#refreshes.push({ to: place.shard.number, block, packed, due });
      return;
    }
    const region = new Uint32Array(this.length(place, block));
    unpackRegion(packed, this.words(place, block), region);
    engine.write(this.buffer, region, 4 * this.base(place, block));
  }

  base({ row }: Place, block: number): number {
    return this.#bases[row][block];
  }

  length({ row }: Place, block: number): number {
    return this.#lengths[row][block];
  }

  words({ row }: Place, block: number): number {
    return this.#words[row][block].length;
  }

  wordAt({ row }: Place, block: number, list: number): number {
    return this.#words[row][block][list];
  }

  /** Copies take in what homes sent them for this step. */
  async refresh(engine: Engine, tables: Tables, cells: readonly Cell[], steps: number): Promise<void> {
    for (const { place, block } of cells) {
      const found = this.#refreshes.find(({ to, block: other, due }) => to === place.shard.number && other === block && due === steps);
      if (found) await this.#copy(engine, tables, place, found);
    }
    this.#refreshes = this.#refreshes.filter(({ due }) => due > steps);
  }

  /** The rows of the shard's own words out of the whole block. */
  async #copy(engine: Engine, { description, slots }: Tables, { row }: Place, { block, packed }: Refresh): Promise<void> {
    const words = this.#words[row][block];
    const first = description.blockStarts[block];
    const count = slots.words(null, block);
    const starts = new Uint32Array(count + 1);
    starts[0] = 2 * count + 1;
    for (let word = 0; word < count; word++) starts[word + 1] = starts[word] + packed[count + 1 + word];
    const [head] = await engine.read([{ buffer: this.buffer, byteOffset: this.#bases[row][block] * 4, bytes: (words.length + 1) * 4 }]);
    const rooms = new Uint32Array(head);
    const region = new Uint32Array(rooms[words.length]);
    region.set(rooms);
    for (const [at, word] of words.entries()) {
      const [begin, end] = [starts[word - first], starts[word - first + 1]];
      region[words.length + 1 + at] = end - begin;
      region.set(packed.subarray(begin, end), rooms[at]);
    }
    engine.write(this.buffer, region, this.#bases[row][block] * 4);
  }

  /** Homes take in what shards changed in the steps before this one. */
  apply(engine: Engine, tables: Tables, steps: number): void {
    const due = this.#changes.filter((changes) => changes.due <= steps);
    this.#changes = this.#changes.filter((changes) => changes.due > steps);
    for (const changes of due) applyChanges(engine, tables, changes);
  }

  /** What the cells' shards changed goes home, to be there in the next step. */
  async *sendChanges(engine: Engine, tables: Tables, shards: Shards, cells: readonly Cell[], due: number): AsyncGenerator<ShardParcel> {
    const [topics, work] = [await onHost(engine, tables.topics), await onHost(engine, tables.work)];
    for (const { place, block } of cells) {
      const changed = this.#changedTokens(tables, place, block, { topics, work });
      const to = tables.rotation.home(block);
      if (shards.has(to)) this.#changes.push({ block, ...changed, due });
      else yield { shard: place.shard.number, to, parcel: [Uint32Array.of(Travelling.Changes, block, due), changed.words, changed.tokens] };
    }
    this.#note(engine);
  }

  #changedTokens({ description }: Tables, { row, runStarts }: Place, block: number, { topics, work }: Readonly<Record<'topics' | 'work', Uint32Array>>): Pick<Changes, 'words' | 'tokens'> {
    const words: number[] = [];
    const tokens: number[] = [];
    const own = this.#words[row][block];
    for (let run = runStarts[block]; run < runStarts[block + 1]; run++) {
      const [word, firstPair, count] = work.subarray(PIECE * run, PIECE * (run + 1));
      const before = tokens.length;
      for (let pair = firstPair; pair < firstPair + count; pair++) {
        const first = work[PAIR * pair + 1];
        for (let t = first; t < first + work[PAIR * pair + 2]; t++) if ((topics[t] & 0xffff) !== topics[t] >>> 16) tokens.push(topics[t]);
      }
      if (tokens.length > before) words.push(own[word] - description.blockStarts[block], tokens.length - before);
    }
    return { words: Uint32Array.from(words), tokens: Uint32Array.from(tokens) };
  }

  /** Homes tell their rows, as they are, to the shards that come to them `lag` steps from this one. */
  async *sendRows(engine: Engine, tables: Tables, shards: Shards, step: number, steps: number, lag: number): AsyncGenerator<ShardParcel> {
    const { rotation, slots } = tables;
    for (const block of slots.homes) {
      for (let to = 0; to < rotation.shards; to++) {
        if (rotation.blockAt(to, step + lag) !== block) continue;
        const packed = packRegion(await slots.region(block), slots.words(null, block));
        if (shards.has(to)) this.#refreshes.push({ to, block, packed, due: steps + lag });
        else yield { shard: rotation.home(block), to, parcel: [Uint32Array.of(Travelling.Rows, block, steps + lag), packed] };
      }
    }
    this.#note(engine);
  }

  receive(engine: Engine, { to, content }: Parcel): void {
    const [[kind, block, due], ...data] = content as readonly Uint32Array<ArrayBuffer>[];
    if (kind === Travelling.Changes) this.#changes.push({ block, words: data[0], tokens: data[1], due });
    else this.#refreshes.push({ to, block, packed: data[0], due });
    this.#note(engine);
  }

  /** What waits for its step. */
  #note(engine: Engine): void {
    noteBytes(engine, [...this.#refreshes.map(({ packed }) => packed), ...this.#changes.flatMap(({ words, tokens }) => [words, tokens])]);
  }
}

/** Words that a shard has tokens of, by position, block by block in the order of its runs. */
function ownWords({ documents }: LdaShard): Uint32Array[] {
  const { runWords, runStarts } = documents!;
  return Array.from({ length: runStarts.length - 1 }, (_, block) => runWords.slice(runStarts[block], runStarts[block + 1]));
}

/** The changed tokens as the only tokens of their words: rows take over what became of them. */
function applyChanges(engine: Engine, tables: Tables, { block, words, tokens }: Changes): void {
  const { slots, bits, description, scratch } = tables;
  const count = words.length / 2;
  if (count === 0) return;
  const work = new Uint32Array(PAIR * count + PIECE * count);
  for (let at = 0, first = 0; at < count; at++) {
    work.set([0, first, words[2 * at + 1]], PAIR * at);
    work.set([words[2 * at], at, 1], PIECE * (count + at));
    first += words[2 * at + 1];
  }
  const cells = Uint32Array.of(0, count, slots.base(null, block), 0, 0, slots.words(null, block));
  const buffers = { cells: bufferOf(engine, 'lda change cells', cells), work: bufferOf(engine, 'lda change work', work), topics: bufferOf(engine, 'lda changed tokens', tokens) };
  const groups = groupsOf(engine, description.topics);
  engine.dispatch({
    kernel: lda.updateRows,
    buffers: { ...buffers, rows: slots.buffer, scratch },
    parameters: { cellCount: 1, count, groups, topicCount: description.topics, bits },
    workgroups: groups,
    ...countsOfLists(slots.buffer, { base: slots.base(null, block), words: slots.words(null, block) }, words),
  });
  for (const buffer of Object.values(buffers)) buffer.destroy();
}
