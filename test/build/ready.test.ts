/** What `npm start` and `npm test` do first, on a small project of its own with a build that leaves a trace. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const READY = fileURLToPath(new URL('../../src/build/ready.mjs', import.meta.url));
const BUILD = `
const fs = require('node:fs');
if (fs.existsSync('src/broken.ts')) { fs.mkdirSync('dist', { recursive: true }); fs.writeFileSync('dist/.tsbuildinfo', ''); console.log('src/broken.ts(1,1): no'); process.exit(2); }
fs.mkdirSync('dist/shaders', { recursive: true });
fs.writeFileSync('dist/shaders/kernels.js', '');
fs.writeFileSync('dist/.tsbuildinfo', '');
fs.appendFileSync('builds', '.');
`;

describe('ready', () => {
  let folder: string;
  const inFolder = (path: string) => join(folder, path);
  const builds = () => readFileSync(inFolder('builds'), 'utf8').length;
  const json = (path: string, value: unknown) => writeFileSync(inFolder(path), JSON.stringify(value));

  function ready() {
    const { status, stdout, stderr } = spawnSync(process.execPath, [inFolder('src/build/ready.mjs')], { encoding: 'utf8', env: { ...process.env, npm_config_offline: 'true' } });
    return { status, lines: stdout.split('\n').filter(Boolean), stderr };
  }

  function project(engines: string) {
    json('package.json', { name: 'clone', version: '1.0.0', engines: { node: engines }, scripts: { build: 'node build.cjs', prepare: 'npm run build' } });
    json('package-lock.json', { name: 'clone', version: '1.0.0', lockfileVersion: 3, requires: true, packages: { '': { name: 'clone', version: '1.0.0', engines: { node: engines } } } });
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'strads-ready-'));
    mkdirSync(inFolder('src/build'), { recursive: true });
    copyFileSync(READY, inFolder('src/build/ready.mjs'));
    writeFileSync(inFolder('build.cjs'), BUILD);
    project('>=20.11');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** As after an installation without packages: npm writes its record where there is something to install. */
  function pretendInstalled() {
    mkdirSync(inFolder('node_modules'));
    json('node_modules/.package-lock.json', { packages: {} });
  }

  it('installs a bare clone, which builds it, once', () => {
    const { status, lines } = ready();
    expect([status, lines]).toEqual([0, ['Installing packages …']]);
    expect(builds()).toBe(1);
  });

  it('builds what changed since, and is silent when nothing did', () => {
    pretendInstalled();
    expect(ready()).toEqual({ status: 0, lines: ['Building …'], stderr: '' });
    expect(ready()).toEqual({ status: 0, lines: [], stderr: '' });
    const later = new Date(Date.now() + 5000);
    writeFileSync(inFolder('src/new.ts'), '');
    utimesSync(inFolder('src/new.ts'), later, later);
    expect(ready().lines).toEqual(['Building …']);
    expect(builds()).toBe(2);
  });

  it('passes a failed build through and does not take it for done', () => {
    pretendInstalled();
    ready();
    writeFileSync(inFolder('src/broken.ts'), '');
    const later = new Date(Date.now() + 5000);
    utimesSync(inFolder('src/broken.ts'), later, later);
    for (let turn = 0; turn < 2; turn++) {
      const { status, stderr } = ready();
      expect(status).toBe(1);
      expect(stderr).toMatch(/src\/broken\.ts\(1,1\): no[\s\S]*'npm run --silent build' failed/);
    }
  });

  it('installs again when a package is missing, unless it is optional, and passes a failure through', () => {
    pretendInstalled();
    const lock = JSON.parse(readFileSync(inFolder('package-lock.json'), 'utf8'));
    const withPackage = (entry: object) => ({ ...lock, packages: { ...lock.packages, 'node_modules/no-such-package': entry } });
    json('package-lock.json', withPackage({ version: '2.0.0', optional: true }));
    expect(ready().lines).toEqual(['Building …']);
    json('package-lock.json', withPackage({ version: '2.0.0' }));
    json('package.json', { ...JSON.parse(readFileSync(inFolder('package.json'), 'utf8')), dependencies: { 'no-such-package': '3.0.0' } });
    const { status, lines, stderr } = ready();
    expect([status, lines]).toEqual([1, ['Installing packages …']]);
    expect(stderr).toMatch(/npm[\s\S]*'npm ci --no-audit --no-fund' failed/);
  });

  it('asks for a newer Node in a sentence', () => {
    project('>=99.5');
    const { status, stderr } = ready();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Node \d+\.\d+\.\d+ is too old: Strads needs 99\.5 or newer\. Install it/);
  });
});
