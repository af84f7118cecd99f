/**
 * scikit-learn beside us, in a process of its own that keeps its arrays in memory. In: columns as parsed. Out: seconds of .fit and
 * the coefficients. The interpreter is the first python3 on PATH that has scikit-learn.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DenseColumns, SparseColumns } from './columns.js';
import { findInterpreter, howToGet, peerEnvironment, type Interpreter } from './interpreter.js';
import { ROOT } from './runner/machine.js';

const SCRIPT = join(ROOT, 'bench/scikit_learn_lasso.py');

/** Null where no python3 on PATH has scikit-learn. */
export function findScikitLearn(): Interpreter | null {
  return findInterpreter('import sys,sklearn,numpy,scipy;print(f"scikit-learn {sklearn.__version__}, NumPy {numpy.__version__}, SciPy {scipy.__version__}, Python {sys.version.split()[0]}")');
}

export function missingScikitLearn(): string {
  return howToGet('scikit-learn', 'no python3 on PATH has it', { debian: 'python3-sklearn', pip: 'scikit-learn' });
}

export interface PeerFit {
  readonly seconds: number;
  readonly epochs: number;
  readonly converged: boolean;
  /** In the coordinates that it was given. */
  readonly coefficients: Float64Array;
}

export interface PeerRequest {
  readonly alpha: number;
  /** It stops at a gap of tol ||y||² in units of n times the objective: a relative gap of 2 tol at the most. */
  readonly tol: number;
}

export class ScikitLearn {
  readonly #folder = mkdtempSync(join(tmpdir(), 'strads-peer-'));
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  constructor({ path }: Interpreter) {
    this.#process = spawn(path, [SCRIPT], { env: peerEnvironment() });
    this.#process.stderr.pipe(process.stderr);
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /** `target` is centred where the problem has an intercept. */
  async load(columns: DenseColumns | SparseColumns, target: Float64Array, standardize: boolean): Promise<void> {
    this.#write('y.f64', target);
    this.#write('values.f64', columns.values);
    if (columns.kind === 'sparse') {
      this.#write('rowIds.u32', columns.rowIds);
      this.#write('starts.u32', columns.starts);
    }
    await this.#ask({ load: { rows: columns.rows, columns: columns.count, kind: columns.kind, folder: this.#folder, standardize } });
  }

  async fit(request: PeerRequest): Promise<PeerFit> {
    const into = join(this.#folder, 'coefficients.f64');
    const answer = await this.#ask({ fit: { ...request, into } });
    const bytes = readFileSync(into);
    return { ...(answer as Omit<PeerFit, 'coefficients'>), coefficients: new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)) };
  }

  close(): void {
    this.#process.stdin.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(name: string, { buffer, byteOffset, byteLength }: Float64Array | Uint32Array): void {
    writeFileSync(join(this.#folder, name), new Uint8Array(buffer, byteOffset, byteLength));
  }

  async #ask(request: object): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { done, value } = await this.#answers.next();
    if (done) throw new Error('scikit-learn ended before it answered: its message stands above');
    return JSON.parse(value) as unknown;
  }
}
