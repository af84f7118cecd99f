/**
 * A Vulkan driver for machines without one: SwiftShader, which ships inside the npm package @sparticuz/chromium.
 * → the environment to start a process with, so that Dawn finds that driver; null where the package is missing or
 * carries nothing for this platform. For testing shaders, never for training.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { EngineError } from './engine.js';

/** Variables to start a process with, beside those it inherits. */
export type Environment = Readonly<Record<string, string>>;

/** What Dawn needs of the archive: the loader, the driver, and the file that names it to the loader. */
const DRIVER_FILES = ['libvulkan.so.1', 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'];
const ICD_FILE = 'vk_swiftshader_icd.json';
const TAR_BLOCK = 512;

/** Unpacks the driver on first use and returns the environment that leads to it. */
export async function softwareEnvironment(): Promise<Environment | null> {
  const archive = await findArchive();
  if (!archive) return null;
  const folder = await unpackOnce(archive);
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter((path) => path);
  return { LD_LIBRARY_PATH: libraries.join(delimiter), VK_DRIVER_FILES: join(folder, ICD_FILE) };
}

interface Archive {
  readonly path: string;
  /** The node_modules folder the package lies in. */
  readonly modules: string;
}

async function findArchive(): Promise<Archive | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const entry = resolvePackage();
  if (!entry) return null;
  const root = dirname(dirname(dirname(entry)));
  const path = join(root, 'bin', 'swiftshader.tar.br');
  return (await exists(path)) ? { path, modules: dirname(dirname(root)) } : null;
}

function resolvePackage(): string | null {
  try {
    return createRequire(import.meta.url).resolve('@sparticuz/chromium');
  } catch {
    return null;
  }
}

/** The folder with the driver's files, named after the archive's content, so that another version gets another one. */
async function unpackOnce(archive: Archive): Promise<string> {
  const packed = await readFile(archive.path);
  const name = `swiftshader-${createHash('sha256').update(packed).digest('hex').slice(0, 16)}`;
  const caches = [join(archive.modules, '.cache', 'strads'), join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'strads')];
  for (const cache of caches) if (await exists(join(cache, name))) return join(cache, name);

  const files = readTar(await promisify(brotliDecompress)(packed), archive.path).filter((file) => DRIVER_FILES.includes(file.name));
  const missing = DRIVER_FILES.filter((file) => !files.some(({ name: found }) => found === file));
  if (missing.length > 0) throw new EngineError(`${archive.path} lacks ${missing.join(', ')}. Reinstall with \`npm ci\`.`);
  for (const cache of caches) if (await unpackInto(cache, name, files)) return join(cache, name);
  throw new EngineError(`The software adapter cannot be unpacked: neither ${caches.join(' nor ')} can be written. Make one of them writable.`);
}

/** Writes beside and renames, so that several processes may do it at once; false where the folder cannot be written. */
async function unpackInto(cache: string, name: string, files: readonly TarFile[]): Promise<boolean> {
  const beside = await mkdir(cache, { recursive: true })
    .then(() => mkdtemp(join(cache, `${name}-`)))
    .catch(() => null);
  if (!beside) return false;
  for (const file of files) await writeFile(join(beside, file.name), file.data, { mode: 0o755 });
  await rename(beside, join(cache, name)).catch(async (error: unknown) => {
    await rm(beside, { recursive: true, force: true });
    if (!(await exists(join(cache, name)))) throw error;
  });
  return true;
}

interface TarFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** Plain files at the top level of a tar archive. Anything that does not add up is an error. */
export function readTar(tar: Uint8Array, source: string): TarFile[] {
  const files: TarFile[] = [];
  for (let at = 0; at + TAR_BLOCK <= tar.length && tar[at] !== 0; ) {
    const header = tar.subarray(at, at + TAR_BLOCK);
    if (octal(header, 148, 8) !== checksum(header)) throw new EngineError(`${source}: the tar header at byte ${at} has a wrong checksum. Reinstall with \`npm ci\`.`);
    const size = octal(header, 124, 12);
    const begin = at + TAR_BLOCK;
    if (begin + size > tar.length) throw new EngineError(`${source}: the archive ends inside "${text(header, 0, 100)}". Reinstall with \`npm ci\`.`);
    const name = text(header, 0, 100).replace(/^\.\//, '');
    const plain = header[156] === 0x30 || header[156] === 0;
    if (plain && !name.includes('/')) files.push({ name, data: tar.subarray(begin, begin + size) });
    at = begin + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  return files;
}

function text(header: Uint8Array, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function octal(header: Uint8Array, at: number, length: number): number {
  return Number.parseInt(text(header, at, length).trim(), 8);
}

/** Sum of a header's bytes with the checksum field itself read as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
