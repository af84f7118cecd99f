/** Model folders, as prediction, inference and warm starts take them in. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LassoModel, summaryOf as lassoSummary } from '../../../models/lasso/model.js';
import { writeLdaModel } from '../../../models/lda/files.js';
import { LdaModel } from '../../../models/lda/model.js';
import { openSavedLda } from '../../../models/lda/saved.js';
import { writeMfModel } from '../../../models/mf/files.js';
import { MfModel } from '../../../models/mf/model.js';
import { readSavedIds, SavedFactors } from '../../../models/mf/saved.js';
import { shapeOf, SIDES } from '../../../models/mf/shape.js';
import { loadModel } from '../../../models/predict.js';
import { madeContent as madeLda } from '../../models/lda/made-models.js';
import { madeContent as madeMf } from '../../models/mf/made-models.js';
import { editJson, NPY_MUTATIONS, TENSOR_MUTATIONS } from '../mutate/formats.js';
import { TEXT_MUTATIONS } from '../mutate/text.js';
import { wayOf, type Files, type ReaderUnderFuzz } from './reader.js';

/** What a model writes, in memory; model.json comes first. */
async function filesOf(write: (folder: string) => Promise<void>): Promise<Files> {
  const folder = await mkdtemp(join(tmpdir(), 'strads-fuzz-model-'));
  try {
    await write(folder);
    const names = (await readdir(folder)).sort((a, b) => Number(b === 'model.json') - Number(a === 'model.json'));
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const mutations = [editJson, editJson, ...TENSOR_MUTATIONS, ...TENSOR_MUTATIONS, ...NPY_MUTATIONS, ...TEXT_MUTATIONS];

/** What follows from a model that was taken in must not fail any more. */
function sound<T>(what: string, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    throw new TypeError(`${what} failed after the model was taken in: ${(error as Error).stack}`, { cause: error });
  }
}

const ALPHAS = [0.5, 0.25];
const POINTS = ALPHAS.map((alpha, k) => ({ alpha, objective: 1.5, dual: 1.4, relativeGap: 1e-9, intercept: 0.5 + k, nonzeros: k + 1, rounds: 2, stopped: 'converged' as const, ids: Uint32Array.from({ length: k + 1 }, (_, id) => 2 * id), values: Float64Array.from({ length: k + 1 }, (_, id) => id - 0.75) }));

function lassoModel(features: readonly string[] | null): LassoModel {
  const summary = lassoSummary({
    ...{ stradsVersion: '0.1.0', columns: 4, samples: 9, nonzeros: 2, alpha: 0.25, alphaMax: 1, objective: 1.5, dual: 1.4, relativeGap: 1e-9, rounds: 3, stopped: 'converged', tol: 1e-6, l1Ratio: 1, nonNegative: false },
    ...{ standardize: true, schedule: 'working-set', seed: 0, reproducible: true, features: features && [...features], path: { points: 2, chosen: 1, folds: null } },
  });
  return new LassoModel(Float64Array.of(-0.75, 0, 0.25, 0), 1.5, summary, { points: POINTS, crossValidation: null });
}

export const lasso: ReaderUnderFuzz = {
  name: 'lasso-model',
  isFolder: true,
  samples: () => Promise.all([lassoModel(['a', 'b, c', '"d"', 'e']), lassoModel(null)].map((model) => filesOf((folder) => model.writeTo(folder)))),
  mutations,
  read: async ({ folder, way }) => {
    const model = await loadModel(folder, wayOf(way, [undefined, 0.5, 0.25]));
    if (model.kind !== 'rows') throw new TypeError('a Lasso was taken for something else');
    const { columns, columnNames, start } = model;
    if (columnNames !== null && columnNames.length !== columns) throw new TypeError(`${columnNames.length} names for ${columns} columns`);
    const predictions = new Float64Array(2).fill(start);
    sound('prediction', () => model.accumulate({ kind: 'dense', firstRow: 0, rows: 2, values: new Float64Array(2 * columns).fill(1e-3) }, predictions, 0));
    if (!predictions.every(Number.isFinite) && !(await LassoModel.load(folder, wayOf(way, [undefined, 0.5, 0.25]))).coefficients.every(Number.isFinite)) throw new TypeError(`predicts ${predictions.join(' and ')}`);
    return { columns, columnNames, start, predictions };
  },
};

export const mf: ReaderUnderFuzz = {
  name: 'mf-model',
  isFolder: true,
  samples: () =>
    Promise.all(
      [madeMf({ users: 3, items: 4, rank: 3, rated: (user) => [user, user + 1] }), madeMf({ users: 2, items: 3, rank: 2, biases: false, rated: () => [0, 2], id: (side, row) => `${side}, ${row}` })].map((content) => filesOf((folder) => writeMfModel(folder, content))),
    ),
  mutations,
  read: async ({ folder }) => {
    const model = await MfModel.load(folder);
    const { summary, users, items, rated } = model;
    sound('recommendation', () => users.count > 0 && model.recommend(users.of(0), { top: 2 }));
    const rows = SIDES.map((side) => [...model.tiles(side)].map((tile) => [...tile]));
    return { summary, users: [...users], items: [...items], rated: [...rated.items], rows };
  },
  // Rows are read one by one here, as a warm start does; what it does not look at must not matter.
  reread: async ({ folder }) => {
    const whole = await MfModel.load(folder);
    const { summary, users, items } = await readSavedIds(folder);
    const { stride } = shapeOf(summary.rank, summary.biases);
    const factors = await SavedFactors.open(folder, summary);
    try {
      const rows: number[][][] = [];
      for (const [side, ids] of [['user', users], ['item', items]] as const) {
        const row = new Float32Array(stride);
        const all: number[] = [];
        for (let first = 0; first < ids.count; first++) {
          await factors.read(side, { first, count: 1 }, row);
          all.push(...row);
        }
        rows.push([all]);
      }
      return { summary, users: [...users], items: [...items], rated: [...whole.rated.items], rows };
    } finally {
      await factors.close();
    }
  },
};

export const lda: ReaderUnderFuzz = {
  name: 'lda-model',
  isFolder: true,
  samples: () => Promise.all([madeLda({ topics: 3, vocabulary: 6 }), madeLda({ topics: 2, vocabulary: 4, word: (index) => `word, ${index}`, tile: 1 })].map((content) => filesOf((folder) => writeLdaModel(folder, content)))),
  mutations,
  read: async ({ folder }) => {
    const model = await LdaModel.load(folder);
    const { summary, words, priors, totals, coherences } = model;
    const topics = sound('description', () => model.topics(2));
    const phi = sound('phi', () => model.topicWord());
    if (!phi.every((value) => value >= 0 && value <= 1)) throw new TypeError(`phi is ${phi.join(', ')}`);
    const tiles: unknown[] = [];
    for await (const tile of model.tiles()) tiles.push(tile);
    if (topics.length !== totals.length) throw new TypeError(`${topics.length} topics of ${totals.length}`);
    return { summary, words: [...words], priors, totals, coherences, tiles };
  },
  reread: async ({ folder }) => {
    const { summary, words, priors, totals, coherences, tiles, close } = await openSavedLda(folder);
    try {
      const all: unknown[] = [];
      for await (const tile of tiles()) all.push(tile);
      return { summary, words: [...words], priors, totals, coherences, tiles: all };
    } finally {
      await close();
    }
  },
};
