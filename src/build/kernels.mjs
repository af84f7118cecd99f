/**
 * Builds the table of kernels. In: a folder of `<model>/<kernel>.wgsl`, each with its AssemblyScript twin
 * `<model>/<kernel>.ts` and its cost function `<model>/<kernel>.cost.ts` beside it (`common/` holds what several kernels, or several twins,
 * share). Out: `kernels.js` and `kernels.d.ts`, imported as `#kernels`. Does nothing when the sources are those of the last build.
 *
 *   node src/build/kernels.mjs [shaders folder] [output folder]
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const [shaders = join(root, 'shaders'), out = join(root, 'dist/shaders')] = process.argv.slice(2).map((path) => resolve(path));

/** Every file below a folder, as sorted paths relative to it, with forward slashes. */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/'))
    .sort();
}

/** One hash of the shaders, of this build's own code and of the pinned compilers. */
function fingerprint(files) {
  const hash = createHash('sha256');
  const own = ['kernels.mjs', 'shader-table.mjs', 'twin.mjs'].map((name) => join(root, 'src/build', name));
  const sources = [...files.map((file) => join(shaders, file)), ...own, join(root, 'package-lock.json')];
  for (const path of sources) {
    const bytes = readFileSync(path);
    hash.update(`${relative(root, path)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

function upToDate(hash) {
  const table = join(out, 'kernels.js');
  return existsSync(table) && existsSync(join(out, 'kernels.d.ts')) && readFileSync(table, 'utf8').split('\n', 2)[1] === `// ${hash}`;
}

/** The `<model>/<kernel>` of every shader; throws where a file stands elsewhere or without the others of its three. */
function kernelNames(files) {
  const own = files.filter((file) => !file.startsWith('common/'));
  const stems = (extension) => own.filter((file) => file.endsWith(extension)).map((file) => file.slice(0, -extension.length));
  const wgsl = stems('.wgsl');
  const costs = stems('.cost.ts');
  const twins = stems('.ts').filter((name) => !name.endsWith('.cost'));
  const misplaced = wgsl.filter((name) => !/^[^/]+\/[^/]+$/.test(name));
  const withoutTwin = wgsl.filter((name) => !twins.includes(name));
  const withoutCost = wgsl.filter((name) => !costs.includes(name));
  const withoutKernel = twins.filter((name) => !wgsl.includes(name));
  const costOfNone = costs.filter((name) => !wgsl.includes(name));
  const mistakes = [
    ...misplaced.map((name) => `shaders/${name}.wgsl is out of place: a kernel is shaders/<model>/<kernel>.wgsl.`),
    ...withoutTwin.map((name) => `shaders/${name}.wgsl has no twin: write shaders/${name}.ts.`),
    ...withoutCost.map((name) => `shaders/${name}.wgsl has no cost function: write shaders/${name}.cost.ts.`),
    ...costOfNone.map((name) => `shaders/${name}.cost.ts has no kernel: write shaders/${name}.wgsl.`),
    ...withoutKernel.map((name) => `shaders/${name}.ts has no kernel: write shaders/${name}.wgsl, or move it to shaders/common.`),
  ];
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return wgsl;
}

/** A line of a kernel that asks for what it shares with others. */
const USE = /^\/\/ use \.\.\/common\/(\S+)\.wgsl$/gm;

/** The kernel, and behind it, so that its own lines stay where they are, what it uses, each under a line that names its file. */
function withShared(name) {
  const own = readFileSync(join(shaders, `${name}.wgsl`), 'utf8');
  const parts = Array.from(own.matchAll(USE), ([, part]) => `\n// shaders/common/${part}.wgsl\n${sharedText(name, part)}`);
  return own + parts.join('');
}

function sharedText(name, part) {
  const file = join(shaders, `common/${part}.wgsl`);
  if (!existsSync(file)) throw new Error(`shaders/${name}.wgsl uses common/${part}.wgsl, which is not there: write shaders/common/${part}.wgsl.`);
  return readFileSync(file, 'utf8');
}

async function buildKernel(name) {
  const { shaderTable } = await import('./shader-table.mjs');
  const { compileTwin } = await import('./twin.mjs');
  const wgsl = withShared(name);
  const table = shaderTable(`shaders/${name}.wgsl`, wgsl);
  const wasm = await compileTwin(shaders, name, table);
  return { name, wgsl, ...table, wasm: Buffer.from(wasm).toString('base64') };
}

/** Builds all, so that one run shows every mistake. */
async function buildAll(names) {
  const kernels = [];
  const failures = [];
  for (const name of names) {
    try {
      kernels.push(await buildKernel(name));
    } catch (error) {
      failures.push(error.message);
    }
  }
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return kernels;
}

/** The cost functions of all kernels as one piece of JavaScript: `costs`, by the kernel's name. */
async function bundleCosts(names) {
  const { build: bundle } = await import('esbuild');
  const imports = names.map((name, i) => `import { cost as cost${i} } from './${name}.cost.ts';\n`);
  const contents = `${imports.join('')}export const costs = { ${names.map((name, i) => `'${name}': cost${i}`).join(', ')} };\n`;
  const options = { bundle: true, write: false, format: 'iife', globalName: 'bundled', target: 'es2022', logLevel: 'silent' };
  try {
    const { outputFiles } = await bundle({ stdin: { contents, resolveDir: shaders, loader: 'js' }, ...options });
    return outputFiles[0].text;
  } catch (error) {
    throw new Error(error.errors.map((found) => costMistake(names, found)).join('\n'), { cause: error });
  }
}

/** Where the compiler found a mistake: in a cost function, or in the line that imports one that is not exported. */
function costMistake(names, { text, location }) {
  const file = location.file === '<stdin>' ? `${names[location.line - 1]}.cost.ts` : relative(shaders, resolve(location.file));
  return `shaders/${file}:${location.file === '<stdin>' ? 1 : location.line}: ${text}.`;
}

const camelCase = (text) => text.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

/** Kernels by model, both in camelCase. */
function byModel(kernels) {
  const models = new Map();
  for (const kernel of kernels) {
    const [model, key] = kernel.name.split('/').map(camelCase);
    if (!models.has(model)) models.set(model, []);
    models.get(model).push({ key, kernel });
  }
  return [...models];
}

function javascript(models, costs, hash) {
  const object = ({ kernel }) => `{ ...${JSON.stringify(kernel)}, cost: costs['${kernel.name}'] }`;
  const objects = models.map(
    ([model, members]) => `export const ${model} = {\n${members.map((member) => `  ${member.key}: ${object(member)},`).join('\n')}\n};\n`,
  );
  const all = models.flatMap(([model, members]) => members.map(({ key }) => `${model}.${key}`));
  return `// Generated from shaders/ by src/build/kernels.mjs.\n// ${hash}\n${costs}const { costs } = bundled;\n${objects.join('')}export const all = [${all.join(', ')}];\n`;
}

/** The types come from the source, not from its build, so that the first build of a clone has them. */
function declarations(models) {
  const from = relative(out, join(root, 'src/engine/engine.js')).split(sep).join('/');
  const objects = models.map(
    ([model, members]) => `export declare const ${model}: {\n${members.map(({ key }) => `  readonly ${key}: Kernel;`).join('\n')}\n};\n`,
  );
  return (
    `// Generated from shaders/ by src/build/kernels.mjs.\nimport type { Kernel } from '${from}';\n` +
    `${objects.join('')}export declare const all: readonly Kernel[];\n`
  );
}

/** Written beside and renamed: a reader never sees half a file, and two builds at once do not mix. */
function writeWhole(name, text) {
  const beside = join(out, `${name}.${process.pid}`);
  writeFileSync(beside, text);
  renameSync(beside, join(out, name));
}

async function build() {
  const files = filesBelow(shaders);
  const hash = fingerprint(files);
  if (upToDate(hash)) return;
  const names = kernelNames(files);
  const kernels = await buildAll(names);
  const costs = await bundleCosts(names);
  const models = byModel(kernels);
  mkdirSync(out, { recursive: true });
  writeWhole('kernels.d.ts', declarations(models));
  writeWhole('kernels.js', javascript(models, costs, hash));
  console.log(`kernels: ${kernels.length} built, each with its twin and its cost`);
}

try {
  await build();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
