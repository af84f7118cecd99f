/** What npm start runs: its parts on packages made for the test, then all of it on the installed ones. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installedPackages } from '../../src/cli/demo/packages.js';
import { sizeProblem } from '../../src/cli/demo/problem.js';
import { learnVocabulary } from '../../src/cli/demo/words.js';
import { strads, workplace } from './strads.js';

async function install(modules: string, path: string, readme: string | null, manifest: object = { name: path }): Promise<void> {
  const folder = join(modules, path);
  await mkdir(join(folder, 'lib'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'lib', 'code.js'), 'x'.repeat(100));
  if (readme !== null) await writeFile(join(folder, 'readme.md'), readme);
}

describe('installed packages', () => {
  it('are those with a README, by name, scoped and nested ones too, each once', async () => {
    const modules = await workplace({});
    await install(modules, 'b', 'about b');
    await install(modules, '@scope/a', 'about a');
    await install(modules, 'silent', null);
    await install(modules, '.cache', 'no package');
    await install(modules, 'nameless', 'no package', {});
    await install(modules, 'b/node_modules/c', 'about c', { name: 'c' });
    await install(modules, '@scope/a/node_modules/b', 'an older b', { name: 'b' });
    const packages = await installedPackages(modules);
    expect(packages.map(({ name, readme }) => [name, readme])).toEqual([
      ['@scope/a', 'about a'],
      ['b', 'about b'],
      ['c', 'about c'],
    ]);
    expect(packages[1]!.bytes).toBe(100 + 'about b'.length + JSON.stringify({ name: 'b' }).length);
  });
});

describe('a vocabulary', () => {
  const vocabulary = learnVocabulary(['Red apple red', 'red APPLE', 'apple red blue', 'apple, green x']);

  it('holds the words of letters that at least 3 texts have', () => {
    expect(vocabulary.words).toEqual(['apple', 'red']);
  });

  it('weighs rare words, not those of every text, and scales rows to norm 1', () => {
    expect(vocabulary.row('red red apple green')).toEqual({ ids: [1], weights: [1] });
  });

  it('gives a text without known words an empty row', () => {
    expect(vocabulary.row('yellow')).toEqual({ ids: [], weights: [] });
  });
});

describe('the regression problem', () => {
  const packages = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `p${i}`, readme: 'alpha beta', bytes: 10 ** (i % 4) }));

  it('holds every fifth package out', () => {
    const { training, heldOut } = sizeProblem(packages(25), 'node_modules');
    expect(heldOut.packages).toEqual(['p4', 'p9', 'p14', 'p19', 'p24']);
    expect(training.packages).toHaveLength(20);
    expect(training.target.slice(0, 5)).toEqual([0, 1, 2, 3, 1]);
  });

  it('needs packages to learn from', () => {
    expect(() => sizeProblem(packages(3), 'node_modules')).toThrowErrorMatchingInlineSnapshot(`[DataError: node_modules: found 3 packages with a README, expected at least 20 to learn from. Install the packages with npm ci and run this again]`);
  });
});

describe('strads demo', () => {
  it('trains, shows the words and the error on held-out packages, and leaves files that predict reads', async () => {
    const cwd = await workplace({});
    const { code, stdout, stderr } = await strads(cwd, 'demo');
    expect(stderr).toMatch(/round [\d,]+ · objective/);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\$ npx strads train lasso --data runs\/readme-words\/X\.mtx\.gz /m);
    expect(stdout).toMatch(/the model +-?\d\.\d\d +\d\.\d\d/);

    const folder = join(cwd, 'runs/readme-words');
    const [words, packages, heldOut] = await Promise.all(['words.txt', 'packages.txt', 'held-out-packages.txt'].map(async (name) => (await readFile(join(folder, name), 'utf8')).trimEnd().split('\n')));
    expect(words!.length).toBeGreaterThan(packages!.length);

    const again = /^ {2}npx strads (predict .*)$/m.exec(stdout)![1]!.split(' ');
    const predictions = await strads(cwd, ...again);
    expect(predictions.code).toBe(0);
    expect(predictions.stdout.trimEnd().split('\n')).toHaveLength(1 + heldOut!.length);
  });
});
