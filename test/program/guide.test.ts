/** The guide of the example: its snippets are the code of the folder, its commands run, and its output is what they say. */
import { readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort, runShell } from '../cli/shell.js';
import { ROOT, workplace } from '../cli/strads.js';
import { FOLDER } from './examples.js';

const guide = await readFile(join(FOLDER, 'README.md'), 'utf8');
const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.mjs'));
const sources = await Promise.all(files.map((file) => readFile(join(FOLDER, file), 'utf8')));

function blocks(language: string): string[] {
  return [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter((match) => match[1] === language).map((match) => match[2]);
}

/** Runs a command as in a clone: ./examples is there. */
const folder = await workplace({});
await symlink(join(ROOT, 'examples'), join(folder, 'examples'));

const shell = (command: string) => runShell(command, folder, dirname(process.execPath));

/** A block whose scheduler waits goes on with the next command meanwhile. */
async function runBlock(commands: readonly string[]): Promise<string> {
  const runs = [];
  for (const command of commands) {
    const run = shell(command);
    runs.push(run);
    if (!command.includes('--listen')) await run;
  }
  const ran = await Promise.all(runs);
  for (const [i, { code, output }] of ran.entries()) expect(code, `${commands[i]}\n${output}`).toBe(0);
  return ran.map(({ output }) => output).join('');
}

/** Acknowledgements ride along as they find room, so bytes differ a little from run to run. */
const withoutBytes = (lines: readonly string[]) => lines.map((line) => line.replace(/\d+ bytes/, 'some bytes'));

const bitsOf = (output: string) => /^bits of b: (\w+)$/m.exec(output)?.[1];

describe('the guide of the example', () => {
  it.each(blocks('js').map((snippet) => [snippet.split('\n')[0].trim(), snippet]))('shows code of the folder: %s', (_first, snippet) => {
    expect(sources.filter((source) => source.includes(snippet))).toHaveLength(1);
  });

  it('shows parts of every file that it is about', () => {
    const shown = new Set(blocks('js').map((snippet) => files[sources.findIndex((source) => source.includes(snippet))]));
    expect([...shown].sort()).toEqual(['data.mjs', 'main.mjs', 'program.mjs', 'worker.mjs']);
  });

  it('has commands that run and agree on the bits, which are those it shows', async () => {
    const port = await freePort();
    const commands = blocks('sh').map((block) => block.trim().replaceAll('7071', String(port)).split('\n'));
    expect(commands).toHaveLength(3);
    const outputs = [];
    for (const block of commands) outputs.push(await runBlock(block));
    const [alone, ...others] = outputs;
    const shown = blocks('text')[0].trim().split('\n');
    expect(withoutBytes(alone.trim().split('\n').slice(0, -1))).toEqual(withoutBytes(shown.slice(0, -1)));
    expect(alone).toContain('in-process: gpu.js in mode webasm on ');
    expect(others.map(bitsOf)).toEqual(others.map(() => bitsOf(alone)));
    expect(outputs[2]).toContain(`waiting for 1 worker(s) at ws://127.0.0.1:${port}: work({ connect: 'ws://127.0.0.1:${port}', token, program: { name: 'ridge', worker } }) of strads/program`);
  });

  it('imports nothing but the public interface, Node’s modules and its own files', () => {
    const imports = sources.flatMap((source) => [...source.matchAll(/(?:from|import\() ?'([^']+)'/g)].map((match) => match[1]));
    expect(new Set(imports.filter((name) => !/^(node:|\.\/)/.test(name)))).toEqual(new Set(['strads/program']));
  });
});
