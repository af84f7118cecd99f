/** Topic models trained on workers inside the test's process, and their topics by index of the word. */
import { createHash } from 'node:crypto';
import type { CorpusSets } from '../../../models/lda/distribute.js';
import { fitLda, type LdaFit, type LdaObserver } from '../../../models/lda/fit.js';
import { ldaShards } from '../../../models/lda/layout.js';
import { ldaOptionsSchema, type LdaInput } from '../../../models/lda/options.js';
import { topicTiles, type TopicTile } from '../../../models/lda/topic-tiles.js';
import type { WarmStart } from '../../../models/lda/warm-start.js';
import { workerPrograms } from '../../../models/workers.js';
import type { Engine } from '../../../src/engine/engine.js';
import { Cluster, type MemberTally } from '../../../src/runtime/cluster.js';
import { loopbackWorkers, type Programs } from '../../runtime/loopback-workers.js';
import type { Networks } from '../../runtime/peer-networks.js';

/** Topic k has entries starts[k] … starts[k + 1] - 1. */
export type Topics = Omit<TopicTile, 'first'>;

export interface Fitted {
  readonly fit: LdaFit;
  readonly topics: Topics;
  /** Tiles that the topics came in. */
  readonly tiles: number;
  readonly tally: readonly MemberTally[];
}

export interface Circumstances {
  readonly workers?: number;
  /** wasm where it is not said. */
  readonly engine?: () => Promise<Engine>;
  readonly observer?: LdaObserver;
  /** What the workers run, where it is watched. */
  readonly programs?: Programs;
  /** How workers reach each other; by the scheduler alone where it is not said. */
  readonly networks?: Networks;
  readonly warm?: WarmStart | null;
}

export async function fitted(sets: CorpusSets, input: LdaInput, { workers = 1, engine, observer, programs = workerPrograms, networks, warm }: Circumstances = {}): Promise<Fitted> {
  const hall = await loopbackWorkers(workers, () => programs, undefined, engine, undefined, networks);
  try {
    const cluster = new Cluster(hall.members, ldaShards(sets.train.tokens));
    return { ...(await fittedOn(cluster, sets, input, observer, warm)), tally: cluster.tally() };
  } finally {
    await hall.close();
  }
}

/** Trained on this cluster. */
export async function fittedOn(cluster: Cluster, sets: CorpusSets, input: LdaInput, observer?: LdaObserver, warm: WarmStart | null = null): Promise<Omit<Fitted, 'tally'>> {
  const options = ldaOptionsSchema.parse(input);
  const fit = await fitLda(cluster, sets, options, observer, warm);
  const tiles: TopicTile[] = [];
  for await (const tile of topicTiles(cluster, fit, options)) tiles.push(tile);
  return { fit, topics: joined(tiles), tiles: tiles.length };
}

function joined(tiles: readonly TopicTile[]): Topics {
  const starts = [0];
  for (const tile of tiles) {
    const before = starts.at(-1)!;
    if (tile.first !== starts.length - 1) throw new Error(`a tile begins at topic ${tile.first}, expected ${starts.length - 1}`);
    for (const start of tile.starts.subarray(1)) starts.push(before + start);
  }
  return { starts: Uint32Array.from(starts), words: Uint32Array.from(tiles.flatMap(({ words }) => [...words])), tokens: Float64Array.from(tiles.flatMap(({ tokens }) => [...tokens])) };
}

/** Counts by word and topic. */
export function tableOf({ starts, words, tokens }: Topics, vocabulary: number): number[][] {
  const table = Array.from({ length: vocabulary }, () => new Array<number>(starts.length - 1).fill(0));
  for (let k = 0; k + 1 < starts.length; k++) for (let e = starts[k]; e < starts[k + 1]; e++) table[words[e]][k] += tokens[e];
  return table;
}

const digest = (...arrays: readonly (Uint32Array | Float64Array)[]) => arrays.reduce((hash, array) => hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)), createHash('sha256')).digest('hex');

/** Equal where every bit of the model is. */
export const bitsOf = ({ topics: { starts, words, tokens }, fit: { priors, totals, samples } }: Omit<Fitted, 'tally'>) => ({
  topics: digest(starts, words, tokens), alpha: digest(priors.alpha), beta: priors.beta, totals: digest(totals), samples,
});

/** What is not a clock's, and must be the same at any number of workers. */
export const findingsOf = ({ fit: { history, best, sweeps, stopped, sampler } }: Omit<Fitted, 'tally'>) => ({
  reports: history.map(({ sweep, logLikelihoodPerToken, validation, test, sError }) => ({ sweep, logLikelihoodPerToken, validation, test, sError })),
  best: best.sweep,
  sweeps,
  stopped,
  sampler,
});
