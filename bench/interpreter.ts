/** Where peers are: the first python3 on PATH that has a package, programs on PATH, and what to say of a peer that is not there. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Interpreter {
  readonly path: string;
  /** What the program printed: 'scikit-learn 1.2.1, NumPy …, Python …'. */
  readonly versions: string;
}

/** `program` prints versions, and fails where the package is not there. Null where there is none. */
export function findInterpreter(program: string): Interpreter | null {
  for (const path of onPath('python3')) {
    const { status, stdout } = spawnSync(path, ['-c', program], { encoding: 'utf8', env: peerEnvironment() });
    if (status === 0) return { path, versions: stdout.trim() };
  }
  return null;
}

/** Every file of this name in a folder of PATH, in its order. */
export function onPath(name: string): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)).filter((path) => existsSync(path));
}

/** A peer runs with its libraries' own choices: a processor that somebody set for OpenBLAS is not always the one that is here. */
export function peerEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'OPENBLAS_CORETYPE' && name !== 'OPENBLAS_L2_SIZE'));
}

/** Names of packages by who offers them. */
export interface Packages {
  readonly debian?: string;
  readonly pip?: string;
  readonly npm?: string;
  readonly cran?: string;
}

/** "gensim: no python3 on PATH has it; to compare, install python3-gensim (Debian) or gensim (pip)" */
export function howToGet(peer: string, why: string, packages: Packages): string {
  const offers = Object.entries({ Debian: packages.debian, pip: packages.pip, npm: packages.npm, CRAN: packages.cran }).flatMap(([who, name]) => (name === undefined ? [] : [`${name} (${who})`]));
  return `${peer}: ${why}; to compare, ${offers.length > 0 ? `install ${offers.join(' or ')}` : 'install it from its own distribution, as no package manager has it'}`;
}
