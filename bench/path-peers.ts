/** Paths of alphas by others, each in a process of its own that keeps its arrays in memory. In: a problem's arrays in a folder. Out: seconds, and one row of coefficients for each alpha. */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onPath, type Interpreter } from './interpreter.js';
import { ROOT } from './report.js';

export interface PeerPath {
  readonly seconds: number;
  /** In the coordinates that it was given, one an alpha; null when it ran out of time. */
  readonly coefficients: readonly Float64Array[] | null;
}

/** Arrays for a peer: y.f64, alphas.f64, values.f64 and, of sparse columns, rowIds.u32 and starts.u32. */
export interface PathArrays {
  readonly folder: string;
  readonly rows: number;
  readonly columns: number;
  readonly kind: 'dense' | 'sparse';
}

/** The Rscript that has glmnet; null where there is none. */
export function findGlmnet(): Interpreter | null {
  for (const path of onPath('Rscript')) {
    const { status, stdout } = spawnSync(path, ['-e', 'library(glmnet); cat("glmnet", as.character(packageVersion("glmnet")), R.version.string)'], { encoding: 'utf8' });
    if (status === 0) return { path, versions: stdout.trim() };
  }
  return null;
}

/** A process that answers a line with a line. */
class Peer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  constructor(path: string, script: string) {
    this.#process = spawn(path, [join(ROOT, 'bench', script)]);
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
export class Glmnet {
  readonly #peer: Peer;
  readonly #arrays: PathArrays;

  private constructor(peer: Peer, arrays: PathArrays) {
    this.#peer = peer;
    this.#arrays = arrays;
  }

  static async load({ path }: Interpreter, arrays: PathArrays, intercept: boolean): Promise<Glmnet> {
    const peer = new Peer(path, 'glmnet_path.R');
    await peer.ask(`load ${arrays.folder} ${arrays.rows} ${arrays.columns} ${arrays.kind} ${Number(intercept)}`);
    return new Glmnet(peer, arrays);
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

function coefficientsOf({ folder, columns }: PathArrays, alphas: number): Float64Array[] | null {
  if (alphas === 0) return null;
  const bytes = readFileSync(join(folder, 'coefficients.f64'));
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return Array.from({ length: alphas }, (_, k) => all.subarray(k * columns, (k + 1) * columns));
}
