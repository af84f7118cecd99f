/** Commands of the documents, as a user's shell runs them. */
import { execFile } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter } from 'node:path';

/** Runs a command in a folder; `programs` is looked through before the PATH. */
export function runShell(command: string, cwd: string, programs: string): Promise<{ code: number; output: string }> {
  const env = { ...process.env, PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}` };
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { cwd, env }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` }));
  });
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
