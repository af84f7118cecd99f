/**
 * Text with a file a document. In: a folder, a glob or a file. Out: Documents in the order of their paths, by code unit. Files and folders whose
 * names begin with a dot are not looked at; a file with a byte 0 among its first 64 KiB is no text and is passed over, as a glob easily
 * takes in a picture.
 */
import { realpath, stat } from 'node:fs/promises';
import { parse, posix } from 'node:path';
import { glob } from 'tinyglobby';
import type { Documents } from './corpus.js';
import { DocumentStore } from './corpus-store.js';
import { DataError } from './dataset.js';
import { openSource, type Source } from './source.js';
import { MOST_DOCUMENT_BYTES, Utf8Decoder } from './text-bytes.js';
import { TextCollector } from './text-collector.js';

/** Plain or gzipped files; an empty file is an empty document. DataError when there is no file of text, and as `strict` says, for bytes that are not UTF-8. */
export async function readTextFiles(globOrFolder: string, { strict = false }: { readonly strict?: boolean | undefined } = {}): Promise<Documents> {
  const files = await textFilesOf(globOrFolder);
  const store = new DocumentStore();
  try {
    const collector = new TextCollector(store);
    const names: string[] = [];
    let replacedBytes = 0;
    for (const file of files) {
      const text = await textOf(file, strict);
      if (text === null) continue;
      collector.appendText(text.content);
      names.push(file);
      replacedBytes += text.replaced;
    }
    if (names.length === 0) throw new DataError(`${globOrFolder}: found only binary files (${files.length}), expected text. Name a folder or a glob of text files`);
    return collector.finish({ source: globOrFolder, format: 'text files', names, replacedBytes, skippedFiles: files.length - names.length });
  } catch (error) {
    store.close();
    throw error;
  }
}

/** The files that are meant, by path. DataError when there is none. */
export async function textFilesOf(globOrFolder: string): Promise<string[]> {
  const status = await stat(globOrFolder).catch(() => null);
  if (status?.isFile()) return [globOrFolder];
  const { root } = parse(globOrFolder);
  const [folder, pattern] = status === null ? [root, globOrFolder.slice(root.length)] : [globOrFolder, '**'];
  const found = await glob(pattern, { cwd: folder === '' ? '.' : folder, expandDirectories: false });
  if (found.length > 0) return withoutTwins(found.map((path) => posix.join(folder, path)).sort());
  if (status !== null) throw new DataError(`${globOrFolder}: found no file in this folder or below it, expected files of text whose names don't begin with a dot. Put them there, or name another folder`);
  throw new DataError(`${globOrFolder}: found no file that matches, expected files of text. Check the path and the folder it is relative to; in a shell, a glob stands in quotes`);
}

/** A file that links lead to as well counts once, by the first of its paths. */
async function withoutTwins(paths: readonly string[]): Promise<string[]> {
  const seen = new Set<string>();
  const files: string[] = [];
  for (const path of paths) {
    const real = await realpath(path);
    if (!seen.has(real)) files.push(path);
    seen.add(real);
  }
  return files;
}

interface Text {
  readonly content: string;
  /** Sequences of bytes that were replaced. */
  readonly replaced: number;
}

/** The text of a file; null when it is binary. */
async function textOf(file: string, strict: boolean): Promise<Text | null> {
  const status = await stat(file).catch(() => null);
  if (status?.size === 0) return { content: '', replaced: 0 };
  const source = await openSource(file);
  try {
    if (source.head.includes(0)) return null;
    const decoder = new Utf8Decoder(file, strict);
    return { content: decoder.decode(await allBytes(source), 1), replaced: decoder.replaced };
  } finally {
    await source.close();
  }
}

async function allBytes(source: Source): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of source.bytes()) {
    pieces.push(piece);
    length += piece.length;
    if (length > MOST_DOCUMENT_BYTES) throw new DataError(`${source.file}: found more than 64 MiB, expected a document a file. Cut it into documents`);
  }
  return Buffer.concat(pieces);
}
