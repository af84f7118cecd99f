/**
 * Makes a clone ready to run: `npm start` and `npm test` call it first. In: the project folder. Out: installed packages
 * and a current build; silent where both are there. It uses nothing that needs installing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const inRoot = (path) => join(root, path);

const SOURCES = ['src', 'models', 'bench', 'shaders', 'test/fuzz', 'test/chaos', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
/** The compiler's own record of the last build, written last; its time says how new the build is. */
const RECORD = inRoot('dist/.tsbuildinfo');
const KERNELS = inRoot('dist/shaders/kernels.js');

function stop(message) {
  console.error(message);
  process.exit(1);
}

const json = (path) => JSON.parse(readFileSync(inRoot(path), 'utf8'));

function checkNode() {
  const wanted = json('package.json').engines.node.replace('>=', '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  stop(`Node ${process.versions.node} is too old: Strads needs ${wanted} or newer. Install it from https://nodejs.org and run this again.`);
}

/** Runs npm and keeps what it prints to itself. Out: null, or what to tell when it fails. */
function npm(doing, ...args) {
  console.log(doing);
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20, shell: process.platform === 'win32' };
  const { status, error, stdout, stderr } = spawnSync('npm', args, options);
  if (error) return `npm did not start: ${error.message}. npm comes with Node: reinstall Node and run this again.`;
  return status === 0 ? null : `${stdout}${stderr}\n'npm ${args.join(' ')}' failed, see above. Correct what it names and run this again.`;
}

/** Whether every package of the lock file is there in its version; optional ones may not be for this platform. */
function installed() {
  if (!existsSync(inRoot('node_modules/.package-lock.json'))) return false;
  const present = json('node_modules/.package-lock.json').packages;
  return Object.entries(json('package-lock.json').packages).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || present[path]?.version === version || (!present[path] && (optional || devOptional)),
  );
}

/** Time of the newest change at or below a path; a file that came or went changes its folder. */
function newest(path) {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (!entry?.isDirectory()) return entry?.mtimeMs ?? 0;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), entry.mtimeMs);
}

function built() {
  const record = newest(RECORD);
  return existsSync(KERNELS) && SOURCES.every((path) => newest(inRoot(path)) <= record);
}

function install() {
  const failure = npm('Installing packages …', 'ci', '--no-audit', '--no-fund');
  if (failure) stop(failure);
}

/**
 * The compiler leaves its record alone when it finds nothing to do, and writes it when it finds mistakes: so the record
 * is dated here, back to the beginning of a build, and to the beginning of time when the build failed.
 */
function build() {
  const begin = new Date();
  const failure = npm('Building …', 'run', '--silent', 'build');
  const date = failure ? new Date(0) : begin;
  if (existsSync(RECORD)) utimesSync(RECORD, date, date);
  if (failure) stop(failure);
}

checkNode();
// Installing builds too (npm's `prepare`), so whether to build is asked afterwards.
if (!installed()) install();
if (!built()) build();
