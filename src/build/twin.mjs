/**
 * Compiles a kernel's AssemblyScript twin. In: the shaders folder, the kernel's name and its WGSL table. Out: a
 * WebAssembly module that imports `env.memory` (shared) and exports `run(buffers…, parameters…)`. Throws where the
 * twin does not take exactly what the kernel binds, or would bring memory of its own.
 */
/* global WebAssembly */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const DATA_SECTION = 11;

/** 65,536 pages are all that 32-bit addresses reach; an engine may reserve fewer. */
const FLAGS = [
  ...['--runtime', 'stub', '--enable', 'simd,threads', '-O3', '--noAssert'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
];

/** What `run` must take: an address for each buffer, then the parameters. */
function expectedSignature({ bindings, parameters }) {
  return [...bindings.map(({ name }) => `${name}: usize`), ...parameters.map(({ name, type }) => `${name}: ${type}`)];
}

function foundSignature(source) {
  const bare = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const run = /export\s+function\s+run\s*\(([^)]*)\)\s*:\s*void\b/.exec(bare);
  return run?.[1].split(',').map((parameter) => parameter.trim().replace(/\s*:\s*/, ': ')).filter(Boolean);
}

function checkSignature(file, source, table) {
  const expected = expectedSignature(table);
  const found = foundSignature(source);
  if (!found) throw new Error(`${file}: no 'export function run(…): void' found; expected run(${expected.join(', ')}).`);
  if (found.join() === expected.join()) return;
  throw new Error(
    `${file}: run does not take what the kernel binds.\n  twin:     ${found.join(', ')}\n  expected: ${expected.join(', ')}\n` +
      '  Buffers come in binding order, then the members of the uniform struct.',
  );
}

/** Ids of a module's sections, in order. */
function* sections(bytes) {
  let at = 8;
  while (at < bytes.length) {
    yield bytes[at++];
    let size = 0;
    let shift = 0;
    let byte;
    do {
      byte = bytes[at++];
      size |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80);
    at += size;
  }
}

function checkModule(file, bytes) {
  if ([...sections(bytes)].includes(DATA_SECTION)) {
    throw new Error(`${file}: the twin carries static data, which would overwrite buffers; use locals, or a buffer for tables.`);
  }
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(({ module, name }) => `${module}.${name}`);
  if (imports.join() !== 'env.memory') {
    throw new Error(`${file}: the twin imports ${imports.join(', ')}; only env.memory is there. Remove what needs the rest.`);
  }
}

async function compile(shaders, name) {
  const written = new Map();
  const { error, stderr } = await asc.main([`${name}.ts`, '--baseDir', shaders, '--outFile', 'twin.wasm', ...FLAGS], {
    writeFile: (path, contents) => void written.set(path, contents),
  });
  if (error) throw new Error(`shaders/${name}.ts: ${error.message}\n${stderr.toString().trim()}`);
  return written.get('twin.wasm');
}

export async function compileTwin(shaders, name, table) {
  const file = `shaders/${name}.ts`;
  checkSignature(file, readFileSync(join(shaders, `${name}.ts`), 'utf8'), table);
  const bytes = await compile(shaders, name);
  checkModule(file, bytes);
  return bytes;
}
