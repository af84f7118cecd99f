/** Paths of alphas by others, each in a process of its own that keeps its arrays in memory. In: a problem's arrays in a folder. Out: seconds, and a row of coefficients for each alpha. */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readFloat64, rowsOf, writeArray } from './cold.js';
import { howToGet, onPath, peerEnvironment, type Interpreter } from './interpreter.js';
import type { Loaded } from './lasso-loaded.js';
import { ROOT } from './runner/machine.js';

export interface PeerPath {
  readonly seconds: number;
  /** In the coordinates that it was given, one an alpha; null when it ran out of time. */
  readonly coefficients: readonly Float64Array[] | null;
}

/** Where a peer finds y.f64, alphas.f64, values.f64 and, of sparse columns, rowIds.u32 and starts.u32. */
interface PathArrays {
  readonly folder: string;
  readonly rows: number;
  readonly columns: number;
  readonly kind: 'dense' | 'sparse';
}

/** The Rscript that has glmnet; null where there is none. */
export function findGlmnet(): Interpreter | null {
  for (const path of onPath('Rscript')) {
    const { status, stdout } = spawnSync(path, ['-e', 'cat("glmnet ", as.character(packageVersion("glmnet")), ", R ", as.character(getRversion()), sep = "")'], { encoding: 'utf8', env: peerEnvironment() });
    if (status === 0) return { path, versions: stdout.trim() };
  }
  return null;
}

export function missingGlmnet(): string {
  return howToGet('glmnet', 'no Rscript on PATH has it', { debian: 'r-cran-glmnet', cran: 'glmnet' });
}

/** What peers get beside what `writeArrays` wrote: y centred, dense columns centred and scaled where the problem asks for it, constant ones 0. */
export function writeForPeers(folder: string, { problem: { standardize }, columns, scorer: { means, scales, centredTarget } }: Loaded, alphas: Float64Array): PathArrays {
  const { rows, count, kind, values } = columns;
  const isScaled = standardize && kind === 'dense';
  writeArray(folder, 'alphas.f64', alphas);
  writeArray(folder, 'y.f64', centredTarget);
  writeArray(folder, 'values.f64', isScaled ? values.map((value, at) => (value - means[Math.floor(at / rows)]!) / scales[Math.floor(at / rows)]!) : values);
  return { folder, rows, columns: count, kind };
}

/** A process that answers a line with a line. */
class Peer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  constructor(path: string, script: string) {
    this.#process = spawn(path, [join(ROOT, 'bench', script)], { env: peerEnvironment() });
    this.#process.stderr.pipe(process.stderr);
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async ask(line: string): Promise<string> {
    this.#process.stdin.write(`${line}\n`);
    const { done, value } = await this.#answers.next();
    if (done) throw new Error('a peer ended before it answered: its message stands above');
    return value;
  }

  close(): void {
    this.#process.kill();
  }
}

/** glmnet: `fit` stops at `thresh`, or gives up after `limit` seconds. */
export class GlmnetPath {
  readonly #peer: Peer;
  readonly #arrays: PathArrays;

  private constructor(peer: Peer, arrays: PathArrays) {
    this.#peer = peer;
    this.#arrays = arrays;
  }

  static async load({ path }: Interpreter, arrays: PathArrays, intercept: boolean): Promise<GlmnetPath> {
    const peer = new Peer(path, 'glmnet_path.R');
    await peer.ask(`load ${arrays.folder} ${arrays.rows} ${arrays.columns} ${arrays.kind} ${Number(intercept)}`);
    return new GlmnetPath(peer, arrays);
  }

  async fit(thresh: number, limit: number): Promise<PeerPath> {
    const [seconds, alphas] = (await this.#peer.ask(`fit ${thresh} ${limit}`)).trim().split(' ').map(Number) as [number, number];
    return { seconds, coefficients: coefficientsOf(this.#arrays, alphas) };
  }

  close(): void {
    this.#peer.close();
  }
}

/** scikit-learn's lasso_path, which gives up after `limit` seconds. */
export class ScikitLearnPath {
  readonly #peer: Peer;
  readonly #arrays: PathArrays;

  private constructor(peer: Peer, arrays: PathArrays) {
    this.#peer = peer;
    this.#arrays = arrays;
  }

  static async load({ path }: Interpreter, arrays: PathArrays): Promise<ScikitLearnPath> {
    const peer = new Peer(path, 'scikit_learn_path.py');
    await peer.ask(JSON.stringify({ load: arrays }));
    return new ScikitLearnPath(peer, arrays);
  }

  async fit(tol: number, limit: number): Promise<PeerPath> {
    const { seconds, alphas } = JSON.parse(await this.#peer.ask(JSON.stringify({ fit: { tol, limit } }))) as { seconds: number; alphas: number };
    return { seconds, coefficients: coefficientsOf(this.#arrays, alphas) };
  }

  close(): void {
    this.#peer.close();
  }
}

/** A path that ends before the last alpha counts as none. */
function coefficientsOf({ folder, columns }: PathArrays, alphas: number): Float64Array[] | null {
  return alphas === 0 ? null : rowsOf(readFloat64(folder, 'coefficients.f64'), columns);
}
