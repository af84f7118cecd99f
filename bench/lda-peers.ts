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
import { findInterpreter, howToGet, peerEnvironment, type Packages } from './interpreter.js';
import { shapeText, type MeasuredSets } from './lda-sets.js';
import { conditionsOf, train } from './lda-training.js';
import type { Context } from './runner/benchmark.js';
import { ROOT } from './runner/machine.js';
import { quality, speed, speedRow, type Row, type Table } from './runner/result.js';

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
  /** What to say where it is not there. */
  readonly why: string;
  readonly packages: Packages;
}

const NO_PYTHON = 'no python3 on PATH has it';

const PEERS: readonly Settings[] = [
  { peer: 'scikit-learn', check: packageCheck('sklearn', 'scikit-learn'), method: 'batch variational Bayes', iterations: 20, why: NO_PYTHON, packages: { debian: 'python3-sklearn', pip: 'scikit-learn' } },
  { peer: 'gensim', check: packageCheck('gensim', 'gensim'), method: 'online variational Bayes', iterations: 20, why: NO_PYTHON, packages: { debian: 'python3-gensim', pip: 'gensim' } },
  { peer: 'tomotopy', check: packageCheck('tomotopy', 'tomotopy'), method: 'collapsed Gibbs sampling', iterations: 200, why: NO_PYTHON, packages: { pip: 'tomotopy' } },
  { peer: 'MALLET', check: 'import numpy,shutil;assert shutil.which("mallet")', method: 'sparse Gibbs sampling; whole command', iterations: 200, why: 'no mallet on PATH', packages: {} },
];

/** They offer no topics that anybody could score: of each topic the npm package `lda` gives the terms of a probability of .02 or more, after 10,000 sweeps whatever is asked for. */
const NOT_COMPARED = ['lda (npm): gives only the terms of a probability of .02 or more, so no perplexity can be found'];

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
  readonly table: Table;
  readonly versions: string[];
  readonly missing: string[];
}

export async function measurePeers(sets: MeasuredSets, context: Context): Promise<PeersMeasured> {
  const threads = context.workers;
  const folder = mkdtempSync(join(tmpdir(), 'strads-peers-'));
  const runs = [await runOurs(sets, context)];
  const missing = [...NOT_COMPARED];
  try {
    writeDocuments(sets.train, folder);
    for (const { peer, check, why, packages, method, iterations } of PEERS) {
      const interpreter = findInterpreter(check);
      if (interpreter === null) {
        missing.push(howToGet(peer, why, packages));
        continue;
      }
      const seconds = runPython(interpreter.path, { peer, folder, words: sets.train.words.count, topics: TOPICS, alpha: ALPHA, beta: BETA, iterations, threads });
      const perplexity = await perplexityOf(readTopics(folder, sets.train.words.count), sets.test);
      context.say(`${peer}: ${iterations} iterations in ${seconds.toPrecision(3)} s, perplexity ${perplexity.toFixed(1)}`);
      runs.push({ peer, version: interpreter.versions, method, iterations, seconds, perplexity });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const note = `${shapeText(sets)}. Once each on ${threads} threads, alpha ${ALPHA} and beta ${BETA}. Seconds of training alone where nothing else is said; every perplexity is of our own document completion with ${STEPS} steps.`;
  const [, ...others] = runs;
  return { table: { title: `Others on KOS at ${TOPICS} topics`, note, rows: runs.map(rowOf) }, versions: others.map(nameOf), missing };
}

function nameOf({ peer, version }: PeerRun): string {
  return `${peer} ${version}`.trim();
}

function rowOf(run: PeerRun): Row {
  const { method, iterations, seconds, perplexity } = run;
  return speedRow({ case: `${iterations} iterations: ${method}`, who: nameOf(run), speeds: [speed('training', 's', [seconds])], quality: [quality('perplexity', perplexity)] });
}

async function runOurs(sets: MeasuredSets, context: Context): Promise<PeerRun> {
  const { sampler, sweeps, seconds, history } = await train(sets, { topics: TOPICS, alpha: ALPHA, beta: BETA, sweeps: OWN_SWEEPS }, conditionsOf(context));
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
  const answer = execFileSync(path, [SCRIPT, JSON.stringify(request)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: peerEnvironment() });
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
