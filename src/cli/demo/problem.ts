/**
 * The demo's regression problem: how large an installed package is, from the words of its README. In: packages.
 * Out: X (tf-idf of words) and y (log10 of bytes) of four fifths of them, and of the fifth held out; written as
 * MatrixMarket, gzipped, with the names of rows and columns beside it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataError } from '../../data/dataset.js';
import type { PackageText } from './packages.js';
import { learnVocabulary, type WordRow } from './words.js';

export interface Part {
  readonly packages: readonly string[];
  readonly rows: readonly WordRow[];
  readonly target: readonly number[];
}

export interface Problem {
  readonly words: readonly string[];
  readonly training: Part;
  readonly heldOut: Part;
}

export interface ProblemFiles {
  readonly X: string;
  readonly y: string;
  readonly heldOutX: string;
  readonly words: string;
}

/** Every fifth package by name is held out. */
const PARTS = 5;
const LEAST_PACKAGES = 20;

/** Throws DataError when there are too few packages to learn from; `folder` is where they were looked for. */
export function sizeProblem(packages: readonly PackageText[], folder: string): Problem {
  if (packages.length < LEAST_PACKAGES) {
    throw new DataError(`${folder}: found ${packages.length} packages with a README, expected at least ${LEAST_PACKAGES} to learn from. Install the packages with npm ci and run this again`);
  }
  const isHeldOut = (index: number) => index % PARTS === PARTS - 1;
  const training = packages.filter((_, index) => !isHeldOut(index));
  const heldOut = packages.filter((_, index) => isHeldOut(index));
  const vocabulary = learnVocabulary(training.map(({ readme }) => readme));
  const part = (members: readonly PackageText[]): Part => ({
    packages: members.map(({ name }) => name),
    rows: members.map(({ readme }) => vocabulary.row(readme)),
    target: members.map(({ bytes }) => Math.log10(bytes)),
  });
  return { words: vocabulary.words, training: part(training), heldOut: part(heldOut) };
}

export async function writeProblem({ words, training, heldOut }: Problem, folder: string): Promise<ProblemFiles> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, name.endsWith('.gz') ? gzipSync(text) : text);
    return file;
  };
  await write('packages.txt', lines(training.packages));
  await write('held-out-packages.txt', lines(heldOut.packages));
  await write('held-out-y.mtx.gz', vector(heldOut.target));
  return {
    X: await write('X.mtx.gz', matrix(training.rows, words.length)),
    y: await write('y.mtx.gz', vector(training.target)),
    heldOutX: await write('held-out-X.mtx.gz', matrix(heldOut.rows, words.length)),
    words: await write('words.txt', lines(words)),
  };
}

function lines(items: readonly (string | number)[]): string {
  return items.map((item) => `${item}\n`).join('');
}

function matrix(rows: readonly WordRow[], columns: number): string {
  const entries = rows.flatMap(({ ids, weights }, row) => ids.map((id, at) => `${row + 1} ${id + 1} ${weights[at]!}`));
  return `%%MatrixMarket matrix coordinate real general\n${rows.length} ${columns} ${entries.length}\n${lines(entries)}`;
}

function vector(values: readonly number[]): string {
  return `%%MatrixMarket matrix array real general\n${values.length} 1\n${lines(values)}`;
}
