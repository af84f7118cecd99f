/** The join token and a private key are nowhere but in their files: not in a command line, an environment, an output, or anything that a run writes. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateFolder } from '../bus/certificates.js';
import { tokenSubprotocol } from '../../src/bus/websocket-wire.js';
import { childrenOf, guestArguments } from './elsewhere.js';
import { asLines, HEADER, someRatings } from './mf-data.js';
import { started, strads, workplace, type Started } from './strads.js';

const TOKEN = 'q7-Vh2mZk9-never-to-be-seen-4Xw';
const pems = certificateFolder();
const key = readFileSync(join(pems, 'scheduler-key.pem'), 'utf8');
const SECRETS = [TOKEN, tokenSubprotocol(TOKEN), Buffer.from(TOKEN).toString('base64'), ...key.split('\n').filter((line) => line.length > 30)];

const folder = await workplace({ 'ratings.csv': asLines(someRatings(60, 200, 20), ',', HEADER), token: `${TOKEN}\n`, 'wrong-token': 'another-token-of-24-letters\n' });
const TLS = ['--tls-cert', join(pems, 'scheduler.pem'), '--tls-key', join(pems, 'scheduler-key.pem')];

function seenIn(text: string, where: string): string[] {
  return SECRETS.filter((secret) => text.includes(secret)).map((secret) => `${secret.slice(0, 6)}… in ${where}`);
}

/** Everything that the system tells others of a process and those it has started. Linux. */
async function seenInProcesses(pid: number): Promise<string[]> {
  const own = ['cmdline', 'environ', 'comm', 'status'].flatMap((name) => seenIn(readFileSync(`/proc/${pid}/${name}`, 'latin1'), `${name} of process ${pid}`));
  const children = await Promise.all((await childrenOf(pid)).map(seenInProcesses));
  return [...own, ...children.flat()];
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

describe('secrets of a run', () => {
  it.runIf(process.platform === 'linux')('are in no process list, no environment, no output and no file', async () => {
    const train = ['train', 'mf', '--data', 'ratings.csv', '--rank', '8', '--algorithm', 'als', '--sweeps', '3', '--workers', '1', '--isolate', 'process', '--out', 'model', '--profile', 'profile.json', '--json'];
    const scheduler: Started = await started(folder, /waiting for \d+ worker\(s\) at (wss:\/\/\S+):/, ...train, '--listen', '127.0.0.1:0', '--token-file', 'token', ...TLS);
    const url = scheduler.match[1]!;
    const refused = await strads(folder, ...guestArguments(url, { name: 'wrong' }).map((arg) => (arg === 'token' ? 'wrong-token' : arg)), '--tls-ca', join(pems, 'ca.pem'), '--patience', '0.1');
    expect(refused.code).toBe(2);
    const seen = [...(await seenInProcesses(scheduler.child.pid!)), ...seenIn(refused.stdout + refused.stderr, 'a refusal')];
    const guest = await started(folder, /./, ...guestArguments(url, { name: 'guest' }), '--tls-ca', join(pems, 'ca.pem'), '--peer-listen', '127.0.0.1:0', ...TLS);
    seen.push(...(await seenInProcesses(guest.child.pid!)));
    for (const { code, stdout, stderr } of await Promise.all([scheduler.ended, guest.ended])) {
      expect(code, stderr).toBe(0);
      seen.push(...seenIn(stdout + stderr, 'an output'));
    }
    const written = filesBelow(folder).filter((path) => !path.endsWith('token'));
    expect(written.length).toBeGreaterThan(4);
    for (const path of written) seen.push(...seenIn(readFileSync(path, 'latin1'), path));
    expect(seen).toEqual([]);
  });
});

describe('nothing listens beyond loopback', () => {
  it.runIf(process.platform === 'linux')('unless it is asked to', async () => {
    const guest = await started(folder, /waiting for/, 'train', 'mf', '--data', 'ratings.csv', '--workers', '2', '--isolate', 'process', '--listen', '127.0.0.1:0', '--token-file', 'token');
    const family = [guest.child.pid!, ...(await childrenOf(guest.child.pid!))];
    expect(listeners(family).filter((address) => address !== LOOPBACK)).toEqual([]);
    expect(listeners(family).length).toBeGreaterThan(0);
    guest.child.kill('SIGKILL');
    await guest.ended;
  });
});

/** 127.0.0.1 as /proc/net/tcp has it. */
const LOOPBACK = '0100007F';
const LISTENING = '0A';

/** Addresses on which these processes listen, as hexadecimal numbers. */
function listeners(pids: readonly number[]): string[] {
  const inodes = new Set(pids.flatMap((pid) => socketsOf(pid)));
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1).map((row) => row.trim().split(/\s+/)));
  return rows.filter((row) => row[3] === LISTENING && inodes.has(row[9]!)).map((row) => row[1]!.split(':')[0]!);
}

function socketsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
}
