/** Certificates for tests, made by the very commands of SECURITY.md. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const SECURITY = join(dirname(fileURLToPath(import.meta.url)), '../../SECURITY.md');

/** The shell commands under this heading of SECURITY.md, a line each. */
export function commandsUnder(heading: string): string[] {
  const section = readFileSync(SECURITY, 'utf8').split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  const block = /```sh\n([^`]*)```/.exec(section ?? '');
  if (!block) throw new Error(`SECURITY.md has no commands under "${heading}"`);
  return block[1]!.trim().split('\n').filter((line) => !line.startsWith('#'));
}

function shell(cwd: string, command: string): void {
  execFileSync('sh', ['-c', command], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A folder with ca.pem, scheduler.pem, worker.pem, their keys and a token, for localhost; removed after the tests of the file. */
export function certificateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strads-tls-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const command of commandsUnder('Certificates')) shell(folder, command);
  return folder;
}

/** Another authority, and a certificate of its own as `name`.pem and `name`-key.pem; `days` may be 0 for one that expires at once. */
export function strangerCertificate(folder: string, name: string): void {
  shell(folder, `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 1 -subj '/CN=${name}' -addext 'subjectAltName=IP:127.0.0.1' -keyout ${name}-key.pem -out ${name}.pem`);
}

/** The worker's request, signed with dates long past. */
export function expiredCertificate(folder: string): void {
  shell(folder, 'mkdir -p issued && : > issued/index.txt && echo 01 > issued/serial');
  shell(folder, "printf '[ca]\\ndefault_ca=it\\n[it]\\nnew_certs_dir=issued\\ndatabase=issued/index.txt\\nserial=issued/serial\\ndefault_md=sha256\\npolicy=any\\ncopy_extensions=copy\\n[any]\\ncommonName=supplied\\n' > issued/conf");
  shell(folder, 'openssl ca -batch -config issued/conf -cert ca.pem -keyfile ca-key.pem -in worker.csr -out expired.pem -startdate 20200101000000Z -enddate 20210101000000Z -notext');
}
