/**
 * Other topic models beside us on KOS, each in a process of its own: scikit-learn, gensim, tomotopy and MALLET (of the first python3 on PATH
 * that has them; MALLET's command on PATH). In: documents. Out: seconds of training, and the perplexity of their topics by our own
 * document completion; peers that are not there, by name.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completionOf, scoreCompletion } from '../models/lda/completion.js';
import type { FoldModel } from '../models/lda/fold-in.js';
import type { Corpus } from '../src/data/corpus.js';
import { createEngine } from '../src/runtime/join.js';
import { VERSION } from '../src/version.js';
import { findInterpreter } from './interpreter.js';
import { shapeText, type MeasuredSets } from './lda-sets.js';
import { perplexityText, train, type Conditions } from './lda-training.js';
import { ROOT, secondsText, table } from './report.js';

const SCRIPT = join(ROOT, 'bench/lda_peers.py');

const TOPICS = 100;
const ALPHA = 0.1;
const BETA = 0.01;
/** Of the fixed point by which every perplexity here is found, and bytes that a batch of documents may take. */
const STEPS = 100;
const BYTES = 2 ** 26;

interface Settings {
  readonly peer: string;
  /** Python that fails where the peer is not there, and prints its version. */
  readonly check: string;
  readonly method: string;
  readonly iterations: number;
}

const PEERS: readonly Settings[] = [
  { peer: 'scikit-learn', check: packageCheck('sklearn', 'scikit-learn'), method: 'batch variational Bayes', iterations: 20 },
  { peer: 'gensim', check: packageCheck('gensim', 'gensim'), method: 'online variational Bayes', iterations: 20 },
  { peer: 'tomotopy', check: packageCheck('tomotopy', 'tomotopy'), method: 'collapsed Gibbs sampling', iterations: 200 },
  { peer: 'MALLET', check: 'import numpy,shutil;assert shutil.which("mallet")', method: 'sparse Gibbs sampling; whole command', iterations: 200 },
];

/** Iterations of ours that stand beside them. */
const OWN_SWEEPS = 200;

function packageCheck(module: string, distribution: string): string {
  return `import ${module},numpy,scipy;from importlib.metadata import version;print(version("${distribution}"))`;
}

export interface PeerRun {
  readonly peer: string;
  /** Empty where it doesn't say. */
  readonly version: string;
  readonly method: string;
  readonly iterations: number;
  readonly seconds: number;
  readonly perplexity: number;
}

export interface PeersMeasured {
  readonly shape: string;
  readonly threads: number;
  readonly runs: readonly PeerRun[];
  readonly missing: readonly string[];
}

export async function measurePeers(sets: MeasuredSets, threads: number, conditions: Conditions): Promise<PeersMeasured> {
  const folder = mkdtempSync(join(tmpdir(), 'strads-peers-'));
  const runs = [await runOurs(sets, conditions)];
  const missing: string[] = [];
  try {
    writeDocuments(sets.train, folder);
    for (const settings of PEERS) {
      const interpreter = findInterpreter(settings.check);
      if (interpreter === null) {
        missing.push(`${settings.peer}: ${settings.peer === 'MALLET' ? 'no mallet on PATH' : 'no python3 on PATH has it'}`);
        continue;
      }
      const iterations = Math.min(settings.iterations, conditions.mostSweeps);
      const seconds = runPython(interpreter.path, { peer: settings.peer, folder, words: sets.train.words.count, topics: TOPICS, alpha: ALPHA, beta: BETA, iterations, threads });
      const perplexity = await perplexityOf(readTopics(folder, sets.train.words.count), sets.test);
      process.stderr.write(`${settings.peer}: ${iterations} iterations in ${secondsText(seconds)} s, perplexity ${perplexityText(perplexity)}\n`);
      runs.push({ peer: settings.peer, version: interpreter.versions, method: settings.method, iterations, seconds, perplexity });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { shape: shapeText(sets), threads, runs, missing };
}

async function runOurs(sets: MeasuredSets, conditions: Conditions): Promise<PeerRun> {
  const { sampler, sweeps, seconds, history } = await train(sets, { topics: TOPICS, alpha: ALPHA, beta: BETA, sweeps: OWN_SWEEPS }, conditions);
  return { peer: 'strads', version: VERSION, method: `collapsed Gibbs sampling, ${sampler}; sampling alone`, iterations: sweeps, seconds, perplexity: history.at(-1)!.perplexity! };
}

/** Three arrays of uint32: where documents begin, words, and how often each stands there. */
function writeDocuments(corpus: Corpus, folder: string): void {
  const starts = [0];
  const words: Uint32Array[] = [];
  const counts: Uint32Array[] = [];
  for (const batch of corpus.batches()) {
    const base = starts.at(-1)!;
    for (const end of batch.starts.subarray(1)) starts.push(base + end);
    words.push(batch.words);
    counts.push(batch.counts);
  }
  for (const [name, arrays] of [['starts', [Uint32Array.from(starts)]], ['words', words], ['counts', counts]] as const) writeFileSync(join(folder, name), Buffer.concat(arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength))));
}

function runPython(path: string, request: object): number {
  const answer = execFileSync(path, [SCRIPT, JSON.stringify(request)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return (JSON.parse(answer) as { readonly seconds: number }).seconds;
}

/** p(word | topic) as float32, topic by topic, with the words of the corpus in order; every word has all topics, so nothing is left to smooth. */
function readTopics(folder: string, words: number): FoldModel {
  const { buffer, byteOffset } = readFileSync(join(folder, 'phi'));
  const phi = new Float32Array(buffer.slice(byteOffset, byteOffset + 4 * TOPICS * words));
  return {
    words,
    topicCount: TOPICS,
    rowStarts: Uint32Array.from({ length: words + 1 }, (_, word) => word * TOPICS),
    rowTopics: Uint32Array.from({ length: words * TOPICS }, (_, at) => at % TOPICS),
    rowCounts: Float32Array.from({ length: words * TOPICS }, (_, at) => phi[(at % TOPICS) * words + Math.floor(at / TOPICS)]!),
    totals: new Float64Array(TOPICS).fill(1),
    alpha: new Float64Array(TOPICS).fill(ALPHA),
    beta: 1e-30,
    vocabulary: words,
  };
}

async function perplexityOf(topics: FoldModel, test: Corpus): Promise<number> {
  const engine = await createEngine('wasm');
  let [logLikelihood, tokens] = [0, 0];
  try {
    for (const batch of test.batches()) {
      const scores = await scoreCompletion(engine, topics, completionOf(batch), { steps: STEPS, bytes: BYTES });
      logLikelihood += scores.logLikelihoods.reduce((sum, value) => sum + value, 0);
      tokens += scores.tokens;
    }
  } finally {
    await engine.close();
  }
  return Math.exp(-logLikelihood / tokens);
}

export function peersSection({ shape, threads, runs, missing }: PeersMeasured): string[] {
  const lines = runs.map(({ peer, version, method, iterations, seconds, perplexity }) => [`${peer} ${version}`.trim(), method, String(iterations), perplexityText(perplexity), secondsText(seconds)]);
  return [
    `## Others on KOS at ${TOPICS} topics`,
    `${shape}.`,
    `Once each on ${threads} threads, alpha ${ALPHA} and beta ${BETA}. Seconds of training alone where nothing else is said; every perplexity is of our own document completion with ${STEPS} steps.`,
    table(['peer', 'method', 'iterations', 'perplexity', 's'], lines),
    ...(missing.length > 0 ? [`Missing: ${missing.join('; ')}.`] : []),
  ];
}
