/** PEM files that can't be used: each is named, with what to do, before anything else happens. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCertificates, TLS_FLAGS, type TlsFiles } from '../../src/runtime/certificates.js';
import { joinOptions } from '../../src/runtime/join-options.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { certificateFolder, expiredCertificate, strangerCertificate } from '../bus/certificates.js';

const folder = certificateFolder();
strangerCertificate(folder, 'stranger');
expiredCertificate(folder);
writeFileSync(join(folder, 'prose.pem'), 'no certificate at all\n');
writeFileSync(join(folder, 'torn.pem'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
execFileSync('sh', ['-c', 'openssl pkey -in worker-key.pem -aes256 -passout pass:secret -out locked-key.pem; openssl req -x509 -newkey rsa:512 -noenc -days 1 -subj /CN=weak -keyout weak-key.pem -out weak.pem'], { cwd: folder, stdio: 'ignore' });

const at = (name: string) => join(folder, `${name}.pem`);
const paths = (files: TlsFiles): TlsFiles => Object.fromEntries(Object.entries(files).map(([what, name]) => [what, at(name as string)]));

async function complaint(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => null, (reason: Error) => reason);
  expect(error).toBeInstanceOf(UsageError);
  return error!.message.replaceAll(`${folder}/`, '');
}

describe('certificates', () => {
  it('come as they lie in the files', async () => {
    const identity = await readCertificates(paths({ cert: 'worker', key: 'worker-key', ca: 'ca' }), TLS_FLAGS);
    expect(Object.values(identity).map((text) => text.slice(0, 16))).toEqual(['-----BEGIN CERTI', '-----BEGIN PRIVA', '-----BEGIN CERTI']);
    expect(await readCertificates({}, TLS_FLAGS)).toEqual({ ca: undefined });
  });

  it.each<[string, TlsFiles, RegExp]>([
    ['a certificate without its key', { cert: 'worker' }, /^--tls-cert and --tls-key belong together: give both$/],
    ['a file that is not there', { cert: 'nowhere', key: 'worker-key' }, /^--tls-cert nowhere.pem: can't be read \(ENOENT.*give a PEM file that this user may read/],
    ['an authority that is not there', { ca: 'nowhere' }, /^--tls-ca nowhere.pem: can't be read/],
    ['prose', { ca: 'prose' }, /^--tls-ca prose.pem: has no certificate, expected PEM text/],
    ['a torn file', { ca: 'torn' }, /^--tls-ca torn.pem: is no certificate \(/],
    ['the key of another certificate', { cert: 'worker', key: 'scheduler-key' }, /^--tls-key scheduler-key.pem: is not the key of --tls-cert .*worker.pem/],
    ['a certificate where a key belongs', { cert: 'worker', key: 'worker' }, /^--tls-key worker.pem: is no private key in PEM/],
    ['a key with a passphrase', { cert: 'worker', key: 'locked-key' }, /^--tls-key locked-key.pem: is encrypted: write it without a passphrase/],
    ['a certificate that has expired', { cert: 'expired', key: 'worker-key' }, /^--tls-cert expired.pem: expired on Jan {2}1 00:00:00 2021 GMT: make a new one/],
    ['a key that is too short', { cert: 'weak', key: 'weak-key' }, /^--tls-cert weak.pem: can't be used \(.*too small/],
  ])('refuse %s', async (_what, files, message) => expect(await complaint(readCertificates(paths(files), TLS_FLAGS))).toMatch(message));
});

describe('a worker', () => {
  const names = { connect: '--connect', peerListen: '--peer-listen', name: '--name', ...TLS_FLAGS };
  const name = 'gpu-box-1';
  it('has a name that can be shown', async () => expect(await complaint(joinOptions({ name: 'a\u001b[2Jb', connect: 'ws://a:1' }, names))).toBe('--name: expected 1 to 128 printable characters, as in gpu-box-1'));
  it('gives certificates for wss:// only', async () => expect(await complaint(joinOptions({ name, connect: 'ws://a:1', ...paths({ ca: 'ca' }) }, names))).toBe('--connect ws://a:1: certificates are for wss://: connect to wss://…, or leave them out'));
  it('of a run with TLS listens for others with a certificate', async () => expect(await complaint(joinOptions({ name, connect: 'wss://a:1', peerListen: '0.0.0.0:0', ...paths({ ca: 'ca' }) }, names))).toBe('--peer-listen 0.0.0.0:0: workers of a run with TLS link by TLS: give --tls-cert and --tls-key too'));
});
