/** Looks into workers while they train. In: what to do before and after an operation. Out: programs to run, and what tokens and lists are like. */
import { LDA_PROGRAM, Operation } from '../../../models/lda/operations.js';
import { visitCounts, blockLists, documentLists } from '../../../models/lda/worker/lists.js';
import { ldaWorker } from '../../../models/lda/worker/program.js';
import { settled } from '../../../models/lda/worker/regroup.js';
import type { Shards } from '../../../models/lda/worker/shard.js';
import { tablesOf, type Place, type Tables } from '../../../models/lda/worker/tables.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { Task, WorkerProgram } from '../../../src/program.js';
import type { Programs } from '../../runtime/loopback-workers.js';
import type { Token } from './reference.js';

/** A worker at an operation. */
export interface Moment {
  readonly task: Task;
  readonly engine: Engine;
  readonly shards: Shards;
  readonly tables: Tables;
}

export interface Watch {
  before?(moment: Moment): Promise<void>;
  after?(moment: Moment): Promise<void>;
}

/** The worker's half of the program, watched. */
export function watchedPrograms(watch: Watch): Programs {
  const program: WorkerProgram<ReturnType<Shards['get']> & object> = {
    ...ldaWorker,
    async *push(engine, task, shards) {
      await watch.before?.({ task, engine, shards, tables: await settled(engine, shards) });
      yield* ldaWorker.push(engine, task, shards);
      await watch.after?.({ task, engine, shards, tables: tablesOf(shards) });
    },
  };
  return new Map([[LDA_PROGRAM, program as WorkerProgram]]);
}

/** A watch on the ends of sweeps, when all blocks are at home. */
export function afterSweeps(look: (moment: Moment) => Promise<void>): Programs {
  return watchedPrograms({
    after: async (moment) => {
      if (moment.task.operation === Operation.Finish) await look(moment);
    },
  });
}

export interface SeenToken {
  /** In the whole run. */
  readonly number: number;
  readonly shard: number;
  /** Of the shard. */
  readonly document: number;
  /** By position. */
  readonly word: number;
  readonly counted: number;
  readonly current: number;
}

/** The tokens of a worker's shards, by number. */
export async function tokensOf({ engine, tables }: Moment): Promise<SeenToken[]> {
  const [topics, work] = (await engine.read([{ buffer: tables.topics }, { buffer: tables.work }])).map((bytes) => new Uint32Array(bytes));
  const tokens: SeenToken[] = [];
  for (const place of tables.places) {
    for (let block = 0; block < tables.rotation.blocks; block++) {
      for (let run = place.runStarts[block]; run < place.runStarts[block + 1]; run++) {
        const [list, firstPair, count] = work.subarray(3 * run, 3 * run + 3);
        const word = tables.description.blockStarts[block] + list;
        for (let pair = firstPair; pair < firstPair + count; pair++) tokens.push(...tokensOfPair(place, work.subarray(3 * pair, 3 * pair + 3), word, topics));
      }
    }
  }
  return tokens.sort((a, b) => a.number - b.number);
}

function tokensOfPair({ shard, firstDocument, firstToken }: Place, [document, first, count]: Uint32Array, word: number, topics: Uint32Array): SeenToken[] {
  return Array.from({ length: count }, (_, at) => ({
    number: shard.description.firstToken + first + at - firstToken,
    shard: shard.number,
    document: document - firstDocument,
    word,
    counted: topics[first + at] & 0xffff,
    current: topics[first + at] >>> 16,
  }));
}

/** Counts by list and topic. */
export type Counts = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** What the lists of a shard's documents count, by document of the shard. */
export async function documentCounts({ engine, tables }: Moment, place: Place): Promise<Counts> {
  const counts = new Map<number, Map<number, number>>();
  let first = 0;
  for await (const lists of documentLists(engine, tables, place)) {
    visitCounts(lists, tables.bits, (list, topic, count) => note(counts, first + list, topic, count));
    first += lists.begins.length;
  }
  return counts;
}

/** What the rows at home count, by position of the word. */
export async function rowCounts({ tables }: Moment): Promise<Counts> {
  const counts = new Map<number, Map<number, number>>();
  for (const block of tables.slots.homes) {
    visitCounts(await blockLists(tables, block), tables.bits, (list, topic, count) => note(counts, tables.description.blockStarts[block] + list, topic, count));
  }
  return counts;
}

/** The same from tokens. */
export function counted(tokens: readonly SeenToken[], listOf: (token: SeenToken) => number): Counts {
  const counts = new Map<number, Map<number, number>>();
  for (const token of tokens) note(counts, listOf(token), token.current, 1);
  return counts;
}

function note(counts: Map<number, Map<number, number>>, list: number, topic: number, count: number): void {
  if (!counts.has(list)) counts.set(list, new Map());
  const own = counts.get(list)!;
  own.set(topic, (own.get(topic) ?? 0) + count);
}

/** Tokens as the definitions know them, documents numbered through all shards. */
export function plainTokens(tokens: readonly SeenToken[]): Token[] {
  return tokens.map(({ shard, document, word, current }) => ({ document: shard * 2 ** 20 + document, word, topic: current }));
}
