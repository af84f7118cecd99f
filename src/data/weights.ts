/**
 * Weights of samples and of features. In: a vector file with one for each row or column, or, for features, a CSV with
 * the header feature,weight that names columns. Out: finite weights, none below 0.
 */
import { DataError } from './dataset.js';
import { locateEntry } from './locate.js';
import { namesFeatures, readNamedWeights } from './named-weights.js';
import { openSource } from './source.js';
import { readVector } from './vector.js';

/** One weight a row, in order: `rows` of them, at least one above 0. DataError when they are not so. */
export async function readSampleWeights(file: string, rows: number): Promise<Float64Array> {
  const weights = await readWeights(file, 'sample weights', rows, 'row');
  if (weights.some((weight) => weight > 0)) return weights;
  throw new DataError(`${file}: found ${rows} weights that are all 0, expected at least one above 0. Give the samples that count a weight`);
}

/**
 * One weight a column, in order: `columns` of them. Columns that a file with feature names does not name have weight 1.
 * `columnNames`: those of the matrix, null when it has none. DataError for an unknown name, and as for samples.
 */
export async function readFeatureWeights(file: string, columns: number, columnNames: readonly string[] | null): Promise<Float64Array> {
  const source = await openSource(file);
  try {
    if (namesFeatures(source)) return await readNamedWeights(source, columns, columnNames);
  } finally {
    await source.close();
  }
  return readWeights(file, 'feature weights', columns, 'column');
}

async function readWeights(file: string, what: string, count: number, of: 'row' | 'column'): Promise<Float64Array> {
  const weights = await readVector(file, {
    what,
    checkLength: (length) => {
      if (length !== count) throw new DataError(`${file}: found ${length} ${what}, expected ${count}, one for each ${of} of the data. Check that the two files belong together`);
    },
  });
  const bad = weights.findIndex((weight) => weight < 0);
  if (bad === -1) return weights;
  throw new DataError(`${file}, ${await placeOf(file, bad)}: found weight ${weights[bad]}, expected 0 or more. Correct the weight`);
}

/** Where value `index` of a vector stands; as a row or a column of a MatrixMarket file, whichever it is. */
async function placeOf(file: string, index: number): Promise<string> {
  for (const [row, column] of [[index, 0], [0, index]]) {
    const { unit, at } = await locateEntry(file, {}, row, column);
    if (at.length > 0) return `${unit} ${at[0]}`;
  }
  return `element ${index} (from 0)`;
}
