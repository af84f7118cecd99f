/** What a browser worker needs bundles for a browser, and a real browser runs a kernel through it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const BROWSER_FILES = ['src/program.ts', 'src/engine/engine.ts', 'src/engine/webgpu.ts', 'src/runtime/worker.ts', 'src/bus/frames.ts'];

/** Bundles a module given as text; an import a browser lacks is an error of the bundler. */
async function bundle(contents: string): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    logLevel: 'silent',
  });
  return result.outputFiles[0]!.text;
}

/** In the page: the sum 1·2 + 2·2 + 3·2 by the WGSL kernel, and the adapter that computed it. */
const PAGE_MODULE = `
import { createWebGpuEngine } from './src/engine/webgpu.ts';
import { scale } from './test/engine/scale-kernel.ts';
async function run() {
  const engine = await createWebGpuEngine(navigator.gpu);
  await engine.prepare([scale]);
  const a = engine.createBuffer('a', 12);
  const b = engine.createBuffer('b', 12);
  engine.write(a, Float32Array.of(1, 2, 3));
  engine.dispatch({ kernel: scale, buffers: { a, b }, parameters: { count: 3, factor: 2 }, workgroups: 1 });
  const [bytes] = await engine.read([{ buffer: b }]);
  await engine.close();
  return { adapter: engine.adapter, values: Array.from(new Float32Array(bytes)) };
}
const answer = await run().catch((error) => ({ error: String(error) }));
await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) });
`;

const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--no-first-run',
  '--disable-dev-shm-usage',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

interface Answer {
  readonly adapter?: string;
  readonly values?: number[];
  readonly error?: string;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request) body += String(part);
  return body;
}

/** Serves the page and resolves `answer` with what it posts. */
async function servePage(script: string): Promise<{ server: Server; url: string; answer: Promise<Answer> }> {
  let post!: (answer: Answer) => void;
  const answer = new Promise<Answer>((resolve) => (post = resolve));
  const server = createServer((request, response) => {
    if (request.url === '/answer') void bodyOf(request).then((body) => post(JSON.parse(body) as Answer));
    response.setHeader('content-type', 'text/html');
    response.end(request.url === '/' ? `<!doctype html><script type="module">${script}</script>` : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, answer };
}

/** Resolves with why the browser gave no answer. */
function failureOf(browser: ChildProcess): Promise<Answer> {
  let said = '';
  browser.stderr!.on('data', (text: Buffer) => (said += text.toString()));
  return new Promise((resolve) => {
    browser.on('error', ({ message }) => resolve({ error: `Chromium does not start: ${message}` }));
    browser.on('exit', (code, signal) => resolve({ error: `Chromium ended with ${signal ?? code}: ${said.trim().split('\n').at(-1)}` }));
  });
}

describe('browser', () => {
  it.each(BROWSER_FILES)('%s imports nothing of Node', async (file) => {
    const code = await bundle(`export * from './${file}'`);
    expect(code).not.toMatch(/\bnode:[a-z]/);
  });

  it('notices an import of Node', async () => {
    await expect(bundle(`export * from 'node:fs'`)).rejects.toThrow('node:fs');
  });

  it('runs a WGSL kernel in headless Chromium', async ({ skip }) => {
    const chromium = await import('@sparticuz/chromium').catch(() => null);
    if (!chromium || process.platform !== 'linux' || process.arch !== 'x64') return skip('@sparticuz/chromium carries no browser for this platform');
    const { server, url, answer } = await servePage(await bundle(PAGE_MODULE));
    const profile = await mkdtemp(join(tmpdir(), 'strads-browser-'));
    const browser = spawn(await chromium.default.executablePath(), [...CHROMIUM_FLAGS, `--user-data-dir=${profile}`, url], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 40_000,
      killSignal: 'SIGKILL',
    });
    const failure = failureOf(browser);
    const found = await Promise.race([answer, failure]);
    browser.kill('SIGKILL');
    await failure;
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    if (found.error?.startsWith('Chromium')) return skip(found.error);
    expect(found).toMatchObject({ values: [2, 4, 6] });
  });
});
