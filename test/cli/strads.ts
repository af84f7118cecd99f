/** The built command line as users run it: a process of its own, in a folder of its own. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const MAIN = join(ROOT, 'dist/src/cli/main.js');

/** A command that takes longer hangs; it is ended so that its test fails and nothing stays behind. */
const STUCK_MS = 170_000;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with these files in it, removed after the tests of the file. */
export async function workplace(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'strads-cli-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

export function strads(cwd: string, ...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { cwd, maxBuffer: 1 << 26, timeout: STUCK_MS, killSignal: 'SIGKILL' }, (error, stdout, stderr) => resolve({ code: exitCode(error), stdout, stderr }));
  });
}

/** A command that goes on in the background: what it said so far matched, and how it will end. */
export interface Started {
  readonly child: ChildProcess;
  readonly match: RegExpExecArray;
  readonly ended: Promise<Ran>;
}

/** Starts a command and resolves once what it says matches. */
export async function started(cwd: string, pattern: RegExp, ...args: string[]): Promise<Started> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  const ended = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, ...said })));
  return new Promise((resolve, reject) => {
    void ended.then(({ code, stderr }) => reject(new Error(`ended with ${code}: ${stderr}`)));
    const listen = (name: 'stdout' | 'stderr') =>
      child[name].setEncoding('utf8').on('data', (piece: string) => {
        said[name] += piece;
        const match = pattern.exec(said[name]);
        if (match) resolve({ child, match, ended });
      });
    listen('stdout');
    listen('stderr');
  });
}

/** Resolves once a command that goes on says on stdout, from now on, what matches; rejects when it ends before. */
export function says({ child, ended }: Started, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    void ended.then(({ code, stderr }) => reject(new Error(`ended with ${code} before it said ${pattern}: ${stderr}`)));
    let said = '';
    child.stdout!.on('data', (piece: string) => {
      said += piece;
      if (pattern.test(said)) resolve();
    });
  });
}

/** Runs a command that must fail for the user's mistake and leave the folder as it was. → what it says of it. */
export async function mistake(cwd: string, ...args: string[]): Promise<string> {
  const before = await contents(cwd);
  const { code, stderr } = await strads(cwd, ...args);
  const after = await contents(cwd);
  if (code !== 2) throw new Error(`exit code ${code}, expected 2: ${stderr}`);
  if (after !== before) throw new Error(`files before: ${before}; after: ${after}`);
  return complaint(stderr).replaceAll(cwd, '<folder>');
}

/** stderr from the error on; what comes before are notices. */
function complaint(stderr: string): string {
  const at = stderr.search(/^(strads|error): /m);
  return stderr.slice(at).trimEnd();
}

async function contents(folder: string): Promise<string> {
  return (await readdir(folder, { recursive: true })).sort().join(' ');
}

function exitCode(error: { code?: string | number | null } | null): number {
  return error === null ? 0 : Number(error.code);
}
