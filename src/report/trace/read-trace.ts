/** The profile at the end of a trace. In: a file that --profile wrote. Out: the profile; DataError for any other file, by what is wrong with it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { DataError } from '../../data/dataset.js';
import { quoted, shown } from '../../data/number.js';
import { PROFILE_VERSION, profileSchema, type Profile } from './profile.js';
import { LAST_LINE, MAGIC } from './trace-file.js';

/** Bytes that are read at once from the end; a last line is at most so many blocks long. */
const BLOCK = 1 << 16;
const MOST_BLOCKS = 1024;
const LONGEST_VERSION = 16;
const AGAIN = 'Run the command again with --profile FILE';

export function readTrace(path: string): Profile {
  const file = openTrace(path);
  try {
    const size = fstatSync(file).size;
    checkStart(path, textAt(file, 0, MAGIC.length + LONGEST_VERSION));
    const { begin, text } = lastLine(file, size);
    return profileIn(path, begin, text);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${path}: can't be read (${(error as Error).message}). Give a file that --profile wrote`, { cause: error });
  } finally {
    closeSync(file);
  }
}

function openTrace(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new DataError(`${path}: can't be opened (${(error as Error).message}). Give a file that --profile wrote`, { cause: error });
  }
}

function textAt(file: number, at: number, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  let done = 0;
  for (let read = -1; read !== 0 && done < bytes; done += read) read = readSync(file, buffer, done, bytes - done, at + done);
  return buffer.toString('utf8', 0, done);
}

/** Ours, whole this far, and of a version that we know. */
function checkStart(path: string, start: string): void {
  if (start === '') throw new DataError(`${path}: is empty, expected a trace. ${AGAIN}`);
  if (MAGIC.startsWith(start)) throw cutShort(path);
  if (!start.startsWith(MAGIC)) throw new DataError(`${path}: is no trace of strads: it begins with ${quoted(start.slice(0, LONGEST_VERSION))}. Give a file that --profile wrote`);
  const version = /^(\d+)\}/.exec(start.slice(MAGIC.length))?.[1];
  if (version === undefined) throw cutShort(path);
  if (version !== String(PROFILE_VERSION)) throw new DataError(`${path}: is a trace of version ${version}, and this strads reads version ${PROFILE_VERSION}. Use the strads that wrote it, or profile again with this one`);
}

/** The text after the last newline but one, and where it begins. */
function lastLine(file: number, size: number): { begin: number; text: string } {
  let tail = Buffer.alloc(0);
  for (let begin = size, blocks = 0; begin > 0 && blocks < MOST_BLOCKS; blocks++) {
    const from = Math.max(0, begin - BLOCK);
    const block = Buffer.alloc(begin - from);
    readSync(file, block, 0, block.length, from);
    tail = Buffer.concat([block, tail]);
    begin = from;
    const newline = tail.lastIndexOf(0x0a, tail.length - 2);
    if (newline >= 0) return { begin: begin + newline + 1, text: tail.toString('utf8', newline + 1) };
  }
  return { begin: 0, text: tail.toString('utf8') };
}

function profileIn(path: string, begin: number, line: string): Profile {
  if (!line.startsWith(LAST_LINE) || !line.endsWith('}\n')) throw cutShort(path);
  let last: { at?: unknown; profile?: unknown };
  try {
    last = JSON.parse(line.slice(LAST_LINE.length, -2)) as typeof last;
  } catch {
    throw cutShort(path);
  }
  if (last.at !== begin) throw new DataError(`${path}: is damaged: its last line should begin at byte ${shown(JSON.stringify(last.at) ?? '?')} and begins at ${begin}. Copy it again in full, or profile again`);
  const parsed = profileSchema.safeParse(last.profile);
  if (!parsed.success) throw new DataError(`${path}: is damaged: its profile has a wrong ${shown(parsed.error.issues[0]!.path.join('.')) || 'form'}. ${AGAIN}`);
  return parsed.data;
}

function cutShort(path: string): DataError {
  return new DataError(`${path}: is a trace that was cut short: its end, with the tables, is missing. Copy it again in full, or profile again`);
}
