/**
 * Compiles what a model computes in WebAssembly beside its kernels, on the host. In: `models/<model>/wasm/index.ts`
 * (AssemblyScript). Out: `dist/wasm/<model>.js` and `.d.ts`, imported as `#wasm/<model>`, whose `wasm` is the module in base64,
 * for a memory of its own, and `wasmShared` for a shared one; they import `env.memory`. Does nothing where the sources are those of the last build.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = join(root, 'dist/wasm');
/** As the twins of kernels are compiled, whose memory a shared module may work in. */
const SHARED = ['--sharedMemory', '--enable', 'threads', '--maximumMemory', '65536'];
const FLAGS = ['--runtime', 'stub', '--enable', 'simd', '-O3', '--noAssert', '--importMemory'];

function fingerprint(folder) {
  const hash = createHash('sha256').update([...FLAGS, ...SHARED].join());
  for (const file of [...readdirSync(folder).sort().map((name) => join(folder, name)), join(root, 'package-lock.json')]) hash.update(readFileSync(file));
  return hash.digest('hex');
}

async function compile(folder, flags) {
  const { default: asc } = await import('assemblyscript/asc');
  const written = new Map();
  const { error, stderr } = await asc.main(['index.ts', '--baseDir', folder, '--outFile', 'module.wasm', ...flags], {
    writeFile: (path, contents) => void written.set(path, contents),
  });
  if (error) throw new Error(`${folder}: ${error.message}\n${stderr.toString().trim()}`);
  return written.get('module.wasm');
}

mkdirSync(out, { recursive: true });
for (const model of readdirSync(join(root, 'models'))) {
  const folder = join(root, 'models', model, 'wasm');
  if (!existsSync(folder)) continue;
  const mark = `// ${fingerprint(folder)}`;
  const file = join(out, `${model}.js`);
  if (existsSync(file) && readFileSync(file, 'utf8').startsWith(mark)) continue;
  const own = await compile(folder, FLAGS);
  const shared = await compile(folder, [...FLAGS, ...SHARED]);
  const text = (bytes) => Buffer.from(bytes).toString('base64');
  writeFileSync(join(out, `${model}.d.ts`), '/** WebAssembly modules, base64. */\nexport declare const wasm: string;\nexport declare const wasmShared: string;\n');
  writeFileSync(file, `${mark}\nexport const wasm = '${text(own)}';\nexport const wasmShared = '${text(shared)}';\n`);
}
