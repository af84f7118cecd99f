/** glmnet beside us: R in a process of its own. In: columns as a peer is given them, and alphas. Out: seconds of the path alone, and the coefficients. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { howToGet, onPath, peerEnvironment } from './interpreter.js';
import { ROOT } from './runner/machine.js';
import type { PeerPath } from './scikit-learn.js';

const SCRIPT = join(ROOT, 'bench/glmnet_path.R');

/** 'glmnet 4.1.6, R 4.2.2'; null where no Rscript on PATH has it. */
export function findGlmnet(): string | null {
  const [rscript] = onPath('Rscript');
  if (rscript === undefined) return null;
  const { status, stdout } = spawnSync(rscript, ['-e', 'cat("glmnet ", as.character(packageVersion("glmnet")), ", R ", as.character(getRversion()), sep = "")'], { encoding: 'utf8', env: peerEnvironment() });
  return status === 0 ? stdout.trim() : null;
}

export function missingGlmnet(): string {
  return howToGet('glmnet', 'no Rscript on PATH has it', { debian: 'r-cran-glmnet', cran: 'glmnet' });
}

/** `folder` has what `writeProblem` writes, and the alphas. */
export function runGlmnet(folder: string, { rows, columns, kind }: { readonly rows: number; readonly columns: number; readonly kind: 'dense' | 'sparse' }, threshold: number): PeerPath {
  const output = execFileSync('Rscript', [SCRIPT, folder, String(rows), String(columns), kind, String(threshold)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: peerEnvironment() });
  const bytes = readFileSync(join(folder, 'coefficients.f64'));
  return { seconds: Number(output.trim()), coefficients: new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)) };
}
