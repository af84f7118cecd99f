/** Runs whose workers join by TLS, through real processes: the bits are those of a run without, and who does not belong stays outside. */
import { chmodSync, cpSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { certificateFolder, strangerCertificate } from '../bus/certificates.js';
import { guestArguments, TOKEN } from './elsewhere.js';
import { asLines, factorsIn, HEADER, someRatings, trainMf } from './mf-data.js';
import { mistake, started, strads, workplace } from './strads.js';

const pems = certificateFolder();
strangerCertificate(pems, 'stranger');
const folder = await workplace({ 'ratings.csv': asLines(someRatings(60, 200, 20), ',', HEADER), token: `${TOKEN}\n` });
for (const name of ['ca', 'scheduler', 'scheduler-key', 'worker', 'worker-key', 'stranger', 'stranger-key']) cpSync(`${pems}/${name}.pem`, `${folder}/${name}.pem`);
chmodSync(`${folder}/token`, 0o600);

const DATA = ['--data', 'ratings.csv', '--rank', '32', '--algorithm', 'als', '--sweeps', '2'];
const SERVER = ['--tls-cert', 'scheduler.pem', '--tls-key', 'scheduler-key.pem'];
const OWN = ['--tls-cert', 'worker.pem', '--tls-key', 'worker-key.pem'];
const CA = ['--tls-ca', 'ca.pem'];
const WAITING = /waiting for \d+ worker\(s\) at (wss?:\/\/\S+):/;

const listen = (out: string, host: string, expected: number, ...tls: string[]) =>
  started(folder, WAITING, 'train', 'mf', ...DATA, '--out', out, '--workers', '0', '--listen', `${host}:0`, '--expect', String(expected), '--token-file', 'token', ...tls);

describe('a run with mutual TLS', () => {
  it('has the bits of one without, its workers link by TLS, and a local process works beside guests', async () => {
    await trainMf(folder, 'alone', ...DATA, '--workers', '1');
    const scheduler = await started(folder, WAITING, 'train', 'mf', ...DATA, '--out', 'secure', '--workers', '1', '--isolate', 'process', '--listen', '127.0.0.1:0', '--expect', '2', '--token-file', 'token', ...SERVER, ...CA);
    const url = scheduler.match[1]!;
    expect(url).toMatch(/^wss:/);
    const refused = await mistake(folder, ...guestArguments(url, { name: 'stranger' }), '--patience', '0.1');
    expect(refused).toMatch(/the certificate of the scheduler at wss:\S+ is not signed by an authority that is trusted here .*--tls-ca/);
    expect(await mistake(folder, ...guestArguments(url, { name: 'nameless' }), ...CA, '--patience', '0.1')).toMatch(/demands a certificate/);
    expect(await mistake(folder, ...guestArguments(url.replace('wss', 'ws'), { name: 'plain' }), '--patience', '0.1')).toMatch(/its address begins with wss:/);
    const guests = await Promise.all([0, 1].map((i) => strads(folder, ...guestArguments(url, { name: `guest-${i}` }), ...CA, ...OWN, '--peer-listen', '127.0.0.1:0')));
    const { code, stderr } = await scheduler.ended;
    expect([code, ...guests.map((guest) => guest.code)], stderr).toEqual([0, 0, 0]);
    for (const { stderr: said } of guests) expect(said).not.toMatch(/reached|in the clear/);
    expect((await factorsIn(folder, 'secure')).equals(await factorsIn(folder, 'alone'))).toBe(true);
  });
});

describe('notices', () => {
  it('tell of a listener for other machines without TLS, of theirs with it not, and of files that others may read', async () => {
    chmodSync(`${folder}/token`, 0o644);
    const open = await listen('open', '0.0.0.0', 1);
    const guest = await strads(folder, ...guestArguments(open.match[1]!, { name: 'guest' }), '--peer-listen', '0.0.0.0:0');
    expect(guest.stderr).toMatch(/guest: listening on 0\.0\.0\.0:\d+ without TLS: the token, data and model travel in the clear/);
    expect(guest.stderr).toMatch(/--token-file token: other users of this machine may read it \(mode 644\): chmod 600 token/);
    const { stderr } = await open.ended;
    expect(stderr).toMatch(/listening on 0\.0\.0\.0:\d+ without TLS: .*give --tls-cert and --tls-key/);
    expect(stderr).toMatch(/--token-file token: other users of this machine may read it/);
    chmodSync(`${folder}/token`, 0o600);
    const closed = await listen('closed', '0.0.0.0', 1, ...SERVER);
    await strads(folder, ...guestArguments(closed.match[1]!, { name: 'guest' }), ...CA);
    expect((await closed.ended).stderr).not.toMatch(/in the clear|other users/);
    const local = await listen('local', '127.0.0.1', 1);
    await strads(folder, ...guestArguments(local.match[1]!, { name: 'guest' }));
    expect((await local.ended).stderr).not.toMatch(/in the clear|other users/);
  });
});

describe('a scheduler', () => {
  const train = (...flags: string[]) => mistake(folder, 'train', 'mf', '--data', 'nowhere.csv', '--workers', '0', '--listen', '127.0.0.1:0', '--token-file', 'token', ...flags);
  it.each([
    [['--tls-cert', 'scheduler.pem'], 'strads: --tls-cert and --tls-key belong together: give both'],
    [['--tls-cert', 'scheduler.pem', '--tls-key', 'worker-key.pem'], 'strads: --tls-key worker-key.pem: is not the key of --tls-cert scheduler.pem: give the key that the certificate was made with'],
    [CA, 'strads: --tls-ca ca.pem: workers can show a certificate only by TLS: give --tls-cert and --tls-key too'],
    [['--allow-origin', 'lab.example/page'], 'strads: --allow-origin lab.example/page: expected the origin of a web page, scheme, host and port alone, as in https://lab.example:8443'],
  ])('refuses %j before data are read', async (flags, message) => expect(await train(...flags)).toBe(message));
});
