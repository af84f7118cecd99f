/** Every command and library snippet of README.md and of the model cards, run in order on small data of the names they use. */
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseEngine } from '../../src/engine/choose-engine.js';
import { npy, npyMatrix } from '../data/numpy-files.js';
import { asCsv, asLibsvm, smallProblem, type SmallProblem } from './lasso-data.js';
import { freePort, runShell } from './shell.js';
import { ROOT, workplace } from './strads.js';

/** What npm start runs has a test of its own, and this is part of npm test. */
const ELSEWHERE = /^npm (start|test)$/;
const needsGpu = (command: string) => command.includes('webgpu');

const problem = smallProblem(30, 12);
/** 60 users and 55 items; two of three pairs are rated, by taste. */
const taste = (user: number, item: number) => 3 + ((user + item) % 2 === 0 ? 1.5 : -1.5);
const pairs = Array.from({ length: 60 * 55 }, (_, pair) => [1 + Math.floor(pair / 55), 1 + (pair % 55)] as const);
const rated = pairs.filter(([user, item]) => (user + 2 * item) % 3 !== 0);
/** 40 documents of one of four subjects each. */
const SUBJECTS = ['cat dog horse cow sheep goat', 'star moon sun planet comet sky', 'bread milk cheese butter egg honey', 'piano violin drum flute song choir'].map((words) => words.split(' '));
const texts = Array.from({ length: 40 }, (_, d) => Array.from({ length: 30 }, (_, t) => SUBJECTS[d % 4]![(d + t * t) % 6]).join(' '));
const vocabulary = SUBJECTS.flat();

/** UCI docword: documents, words, lines, then document, word and count of each. */
function docword(documents: readonly string[]): string {
  const lines = documents.flatMap((text, d) => {
    const counts = new Map<number, number>();
    for (const word of text.split(' ')) counts.set(vocabulary.indexOf(word), (counts.get(vocabulary.indexOf(word)) ?? 0) + 1);
    return [...counts].map(([word, count]) => `${d + 1} ${word + 1} ${count}`);
  });
  return `${documents.length}\n${vocabulary.length}\n${lines.length}\n${lines.join('\n')}\n`;
}

const folder = await workplace({
  'genes.csv.gz': gzipSync(asCsv(problem)),
  'new.csv': asCsv(problem),
  'ratings.csv': `user,item,rating\n${rated.map(([user, item]) => `${user},${item},${taste(user, item)}`).join('\n')}\n`,
  'clicks.csv': `user,item,count,time\n${rated.map(([user, item], at) => `${user},${item},${1 + (user % 3)},${at}`).join('\n')}\n`,
  'docword.train.txt.gz': gzipSync(docword(texts)),
  'docword.test.txt.gz': gzipSync(docword(texts.slice(0, 8))),
  'new.txt': `${texts.slice(0, 3).join('\n')}\n\nunheard of\n`,
  'seeds.txt': 'cat 0\nmoon 1\n',
  'pairs.csv': 'user,item\n1,2\n42,50\n60,1\n',
  'X.mtx.gz': gzipSync(market(problem)),
  'X.npy': npyMatrix(problem.values),
  'y.npy': npy(problem.target, { shape: [problem.rows] }),
  'train.svm.gz': gzipSync(asLibsvm(problem)),
  'y.mtx.gz': gzipSync(`%%MatrixMarket matrix array real general\n${problem.rows} 1\n${problem.target.join('\n')}\n`),
});
const webgpu = await chooseEngine('webgpu').then(
  () => true,
  () => false,
);
const readme = await commandsOf('README.md');
const cards = await Promise.all(['models/lasso/README.md', 'models/mf/README.md', 'models/lda/README.md'].map(async (file) => ({ file, commands: await commandsOf(file) })));

function market({ rows, columns, values }: SmallProblem): string {
  const entries = values.flatMap((row, i) => row.map((value, j) => `${i + 1} ${j + 1} ${value}`));
  return `%%MatrixMarket matrix coordinate real general\n${rows} ${columns} ${entries.length}\n${entries.join('\n')}\n`;
}

async function blocks(file: string, ...languages: string[]): Promise<string[]> {
  const text = await readFile(join(ROOT, file), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, language]) => languages.includes(language!)).map(([, , content]) => content!);
}

/** The commands of a file by block, without prompts and comments. */
async function commandsOf(file: string): Promise<string[][]> {
  const lines = (await blocks(file, 'sh', 'console')).map((block) => block.split('\n').map((line) => line.replace(/^\$ /, '').replace(/\s+# .*$/, '').trim()));
  return lines.map((block) => block.filter((line) => line !== '' && !ELSEWHERE.test(line))).filter((block) => block.length > 0);
}

/** `npx strads …` as in a project that depends on strads: the built command line of this one. */
beforeAll(async () => {
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin/npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(ROOT, 'dist/src/cli/main.js')}" "$@"\n`);
  await chmod(join(folder, 'bin/npx'), 0o755);
  await mkdir(join(folder, 'docs'));
  for (const [d, text] of texts.entries()) await writeFile(join(folder, `docs/${d}.md`), `# ${text}\n`);
  await mkdir(join(folder, 'node_modules'));
  await symlink(ROOT, join(folder, 'node_modules/strads'));
});

const shell = (command: string) => runShell(command, folder, join(folder, 'bin'));

/** Runs a block; a command that waits for workers goes on while the rest of its block runs. */
async function runBlock(commands: readonly string[]): Promise<void> {
  const address = `127.0.0.1:${await freePort()}`;
  const here = commands.map((command) => command.replace('0.0.0.0:7070', address).replace('scheduler:7070', address));
  const runs: Promise<void>[] = [];
  for (const command of here) {
    const run = shell(command).then(({ code, output }) => expect(code, `${command}\n${output}`).toBe(0));
    runs.push(run);
    if (!command.includes('--listen')) await run;
  }
  await Promise.all(runs);
}

/** A block by its first command; skipped where it needs an adapter and there is none. */
function itRuns(block: readonly string[]): void {
  it.skipIf(!webgpu && block.some(needsGpu))(block[0]!, () => runBlock(block));
}

describe('README.md', () => {
  it('has commands', () => expect(readme.length).toBeGreaterThan(3));
  for (const block of readme) itRuns(block);

  it('has library snippets that run', async () => {
    for (const [at, snippet] of (await blocks('README.md', 'js')).entries()) {
      await writeFile(join(folder, `snippet-${at}.mjs`), snippet);
      const { code, output } = await shell(`"${process.execPath}" snippet-${at}.mjs`);
      expect(code, output).toBe(0);
      expect(output).toMatch(/Float(32|64)Array\(/);
    }
  });
});

describe.each(cards)('$file', ({ commands }) => {
  it('has commands', () => expect(commands.length).toBeGreaterThan(1));
  for (const block of commands) itRuns(block);
});
