/**
 * A saved topic model. In: its folder. Out: everything in it, checked: each file there and whole, of the sizes that model.json says,
 * words once each, every number one that it can be. The topics stay in their file and are read some at a time. DataError names the
 * file at fault and what to do.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../src/data/dataset.js';
import { visitIds } from '../../src/data/ids-file.js';
import { Ids } from '../../src/data/ids.js';
import { quoted, shown } from '../../src/data/number.js';
import { TensorFile } from '../../src/data/safetensors-file.js';
import { describeCounts, describePhi, FILES, REPAIR, type LdaContent, type TensorDescription } from './files.js';
import { readCoherences } from './saved-topics.js';
import type { Priors } from './schedule/learning.js';
import { readSummary, type LdaSummary } from './summary.js';
import type { TopicTile } from './topic-tiles.js';

/** A model whose file of counts is open. */
export interface SavedLda extends LdaContent {
  close(): Promise<void>;
}

export async function openSavedLda(folder: string): Promise<SavedLda> {
  const summary = await readSummary(join(folder, FILES.summary));
  await assertComplete(folder);
  const words = await readVocabulary(join(folder, FILES.vocabulary), summary);
  const priors = await readPriors(join(folder, FILES.phi), summary);
  const tensors = await openTensors(join(folder, FILES.counts), (entries) => describeCounts(summary, entries));
  try {
    const totals = await readTotals(tensors, summary);
    const lengths = await readLengths(tensors);
    const coherences = await readCoherences(join(folder, FILES.topics), { priors, totals });
    return { summary, words, priors, totals, coherences, tiles: () => savedTiles(tensors, { summary, lengths, totals }), close: () => tensors.close() };
  } catch (error) {
    await tensors.close();
    throw error;
  }
}

async function assertComplete(folder: string): Promise<void> {
  for (const name of Object.values(FILES)) {
    const file = join(folder, name);
    const { size } = await stat(file).catch((error: NodeJS.ErrnoException) => {
      throw new DataError(error.code === 'ENOENT' ? `${file}: there is no such file. ${REPAIR}` : `${file}: cannot be opened (${error.message}). ${REPAIR}`, { cause: error });
    });
    if (size === 0) throw new DataError(`${file}: the file is empty. ${REPAIR}`);
  }
}

async function readVocabulary(file: string, { vocabulary }: LdaSummary): Promise<Ids> {
  const words = new Ids();
  await visitIds(file, (word, line) => {
    const known = words.count;
    const index = words.add(word);
    if (index < known) throw new DataError(`${file}, line ${line}: found the word ${quoted(word)} again (it is number ${index + 1}), expected every word once. ${REPAIR}`);
  });
  if (words.count !== vocabulary) throw new DataError(`${file}: found ${words.count} words, expected ${vocabulary}, as many as ${FILES.summary} counts. ${REPAIR}`);
  return words;
}

/** A file of tensors, which are those that are expected for its number of words; the caller closes it. */
async function openTensors(file: string, expected: (entries: number) => readonly TensorDescription[]): Promise<TensorFile> {
  const tensors = await TensorFile.open(file);
  const entries = tensors.tensors.get('words')?.shape[0] ?? 0;
  const found = Array.from(tensors.tensors, described).sort().join(', ');
  const wanted = expected(entries).map(described).sort().join(', ');
  if (found === wanted) return tensors;
  await tensors.close();
  throw new DataError(`${file}: found ${shown(found) || 'no tensors'}, expected ${wanted}. ${REPAIR}`);
}

function described([name, { dtype, shape }]: TensorDescription): string {
  return `${name} (${dtype} ${shape.join(' × ')})`;
}

/** alpha and beta; phi itself is for others. */
async function readPriors(file: string, summary: LdaSummary): Promise<Priors> {
  const tensors = await openTensors(file, () => describePhi(summary));
  try {
    const alpha = (await tensors.read('alpha', 0, summary.topics)) as Float64Array;
    const [beta] = (await tensors.read('beta', 0, 1)) as Float64Array;
    assertAll(tensors, 'alpha', alpha, isPositive, 'a number greater than 0');
    assertAll(tensors, 'beta', Float64Array.of(beta), isPositive, 'a number greater than 0');
    return { alpha, beta };
  } finally {
    await tensors.close();
  }
}

/** Between a sum of means in float64 and the sum of the same in float32. */
const ROUNDING = 1e-6;

async function readTotals(tensors: TensorFile, { topics, tokens }: LdaSummary): Promise<Float64Array> {
  const totals = (await tensors.read('totals', 0, topics)) as Float64Array;
  assertAll(tensors, 'totals', totals, (value) => Number.isFinite(value) && value >= 0, 'a number of tokens');
  const sum = totals.reduce((all, total) => all + total, 0);
  if (Math.abs(sum - tokens) > ROUNDING * tokens) throw new DataError(`${tensors.file}: totals add up to ${sum}, expected ${tokens}, the tokens that ${FILES.summary} counts. ${REPAIR}`);
  return totals;
}

async function readLengths(tensors: TensorFile): Promise<Uint32Array> {
  const [topics] = tensors.tensors.get('lengths')!.shape;
  const [entries] = tensors.tensors.get('words')!.shape;
  const lengths = (await tensors.read('lengths', 0, topics)) as Uint32Array;
  const sum = lengths.reduce((all, length) => all + length, 0);
  if (sum !== entries) throw new DataError(`${tensors.file}: lengths add up to ${sum}, expected ${entries}, the number of words listed. ${REPAIR}`);
  return lengths;
}

function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

function assertAll(tensors: TensorFile, name: string, values: Float64Array, isRight: (value: number) => boolean, expected: string): void {
  const bad = values.findIndex((value) => !isRight(value));
  if (bad >= 0) throw new DataError(`${tensors.file}: ${name}, number ${bad} (from 0): found ${values[bad]}, expected ${expected}. ${REPAIR}`);
}

/** Words of a tile, where a topic does not have more. */
const TILE = 2 ** 20;

interface Counted {
  readonly summary: LdaSummary;
  readonly lengths: Uint32Array;
  readonly totals: Float64Array;
}

async function* savedTiles(tensors: TensorFile, { summary, lengths, totals }: Counted): AsyncGenerator<TopicTile> {
  let place = 0;
  for (let first = 0; first < lengths.length; ) {
    const starts = [0];
    let end = first;
    do starts.push(starts[end - first] + lengths[end++]);
    while (end < lengths.length && starts[end - first] + lengths[end] <= TILE);
    const entries = starts[end - first];
    const words = (await tensors.read('words', place, entries)) as Uint32Array;
    const tokens = Float64Array.from((await tensors.read('counts', place, entries)) as Float32Array);
    const tile = { first, starts: Uint32Array.from(starts), words, tokens };
    checkTile(tensors.file, tile, summary.vocabulary, totals);
    yield tile;
    place += entries;
    first = end;
  }
}

function checkTile(file: string, { first, starts, words, tokens }: TopicTile, vocabulary: number, totals: Float64Array): void {
  for (let t = 0; t + 1 < starts.length; t++) {
    let sum = 0;
    for (let e = starts[t]; e < starts[t + 1]; e++) {
      if (words[e] >= vocabulary || (e > starts[t] && words[e] <= words[e - 1])) {
        throw new DataError(`${file}: words of topic ${first + t} (from 0): found ${words[e]}${e > starts[t] ? ` after ${words[e - 1]}` : ''}, expected ascending numbers below ${vocabulary}. ${REPAIR}`);
      }
      if (!isPositive(tokens[e])) throw new DataError(`${file}: counts of topic ${first + t} (from 0): found ${tokens[e]} for word ${words[e]}, expected a number greater than 0. ${REPAIR}`);
      sum += tokens[e];
    }
    const total = totals[first + t];
    if (Math.abs(sum - total) > ROUNDING * total) throw new DataError(`${file}: counts of topic ${first + t} (from 0) add up to ${sum}, expected its total, ${total}. ${REPAIR}`);
  }
}
