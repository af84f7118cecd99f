/** Shards as they arrive with a worker: what a corpus is cut into, taken in again. */
import { describeShards, distributeCorpus, type CorpusSets } from '../../../models/lda/distribute.js';
import { layOut, type Layout } from '../../../models/lda/layout.js';
import { ldaOptionsSchema, type LdaInput } from '../../../models/lda/options.js';
import { openShard, type LdaShard } from '../../../models/lda/worker/shard.js';
import type { ShardPart } from '../../../src/program.js';
import { createWasmEngine } from '../../../src/engine/wasm.js';
import type { Entry } from './made-corpora.js';

export interface Arrived {
  readonly layout: Layout;
  readonly shards: readonly LdaShard[];
}

/** All shards, each with its documents as it indexes them. */
export async function arrived(sets: CorpusSets, input: LdaInput): Promise<Arrived> {
  const options = ldaOptionsSchema.parse(input);
  const layout = layOut(sets.train, options);
  const descriptions = describeShards(layout, sets, options);
  const parts = descriptions.map((): ShardPart[] => []);
  for await (const { shard, part } of distributeCorpus(layout, sets, options)) parts[shard].push(part);
  const engine = await createWasmEngine({ memoryBytes: 2 ** 20 });
  const shards: LdaShard[] = [];
  // A description travels as JSON.
  for (const [shard, own] of parts.entries()) shards.push(await openShard(engine, { shard, shards: parts.length, description: JSON.parse(JSON.stringify(descriptions[shard])) as unknown }, streamed(own)));
  await engine.close();
  return { layout, shards };
}

async function* streamed(parts: readonly ShardPart[]): AsyncGenerator<ShardPart> {
  yield* parts;
}

/** A pair as a shard's tables have it. */
export interface Pair {
  readonly document: number;
  readonly first: number;
  readonly tokens: number;
  /** By position. */
  readonly word: number;
  readonly block: number;
}

/** All pairs of a shard, by run. */
export function pairsOf({ documents, description: { blockStarts } }: LdaShard): Pair[] {
  const { runs, pairs, runStarts } = documents!;
  const found: Pair[] = [];
  for (let block = 0; block + 1 < runStarts.length; block++) {
    for (let run = runStarts[block]; run < runStarts[block + 1]; run++) {
      for (let pair = runs[3 * run + 1]; pair < runs[3 * run + 1] + runs[3 * run + 2]; pair++) {
        const [document, first, tokens] = pairs.subarray(3 * pair, 3 * pair + 3);
        found.push({ document, first, tokens, word: blockStarts[block] + runs[3 * run], block });
      }
    }
  }
  return found;
}

/** Corpus documents of each shard, in the order in which it has them. */
export function documentsOf({ shardOf, shards }: Layout): number[][] {
  const own = Array.from({ length: shards }, (): number[] => []);
  for (const [document, shard] of shardOf.entries()) own[shard].push(document);
  return own;
}

/** Tokens by word, of entries that may name a word more than once. */
export function countsOf(entries: readonly Entry[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const [word, count] of entries) if (count > 0) counts.set(word, (counts.get(word) ?? 0) + count);
  return new Map([...counts].sort(([a], [b]) => a - b));
}
