/** The Python that has a package. In: a program that prints versions and fails without the package. Out: the first python3 on PATH for which it succeeds. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Interpreter {
  readonly path: string;
  /** What the program printed: 'scikit-learn 1.2.1, NumPy …, Python …'. */
  readonly versions: string;
}

/** Null where there is none. */
export function findInterpreter(program: string): Interpreter | null {
  for (const path of onPath('python3')) {
    const { status, stdout } = spawnSync(path, ['-c', program], { encoding: 'utf8' });
    if (status === 0) return { path, versions: stdout.trim() };
  }
  return null;
}

/** Every file of this name in a folder of PATH, in its order. */
export function onPath(name: string): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)).filter((path) => existsSync(path));
}
