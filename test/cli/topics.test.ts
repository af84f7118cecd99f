/** strads topics, and models of other kinds, through the built command. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LdaModel } from '../../models/lda/model.js';
import type { TopicDescription } from '../../models/lda/topic-description.js';
import { asText, someDocuments, trainLda } from './lda-data.js';
import { asLines, HEADER, someRatings, trainMf } from './mf-data.js';
import { mistake, strads, workplace } from './strads.js';

const folder = await workplace({
  'documents.txt': asText(someDocuments(120)),
  'ratings.csv': asLines(someRatings(20, 10, 5), ',', HEADER),
});

let model: LdaModel;

beforeAll(async () => {
  await trainLda(folder, 'model', '--data', 'documents.txt', '--topics', '4', '--sweeps', '30');
  await trainMf(folder, 'factors', '--data', 'ratings.csv', '--rank', '2', '--sweeps', '1');
  model = await LdaModel.load(join(folder, 'model'));
});

async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await strads(folder, 'topics', '--model', 'model', ...args);
  expect(code, stderr).toBe(0);
  return stdout;
}

const objects = (text: string) => text.trim().split('\n').map((line) => JSON.parse(line) as TopicDescription);

describe('strads topics', () => {
  it('is a table of all topics in order', async () => {
    const lines = (await told()).trimEnd().split('\n');
    expect(lines[0]).toBe('topic    share    alpha    NPMI  words');
    const expected = model.topics(10);
    expect(lines.slice(1).map((line) => line.trim().split(/ +/))).toEqual(
      expected.map(({ topic, share, coherence, words }) => [String(topic), (100 * share).toFixed(1), '%', '0.1000', coherence!.toFixed(3), ...words.map(({ word }) => word)]),
    );
  });

  it('has as many words as are asked for', async () => {
    for (const topic of objects(await told('--words', '3', '--json'))) expect(topic.words).toHaveLength(3);
  });

  it('is one object a topic for programs', async () => {
    expect(objects(await told('--json'))).toEqual(JSON.parse(JSON.stringify(model.topics(10))));
  });

  it('is one topic where that is asked for', async () => {
    expect(objects(await told('--topic', '2', '--json'))).toEqual([model.topics(10)[2]]);
    expect((await told('--topic', '2')).trimEnd().split('\n')).toHaveLength(2);
  });

  it('has shares that add up to 1', () => {
    expect(model.topics().reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
  });
});

describe('topics that cannot be told', () => {
  const refused = (...args: string[]) => mistake(folder, 'topics', ...args);

  it('of a topic that there is not', async () => expect(await refused('--model', 'model', '--topic', '4')).toMatchInlineSnapshot(`"strads: --topic 4: model has the topics 0 to 3: choose one of these, or leave it out for all"`));
  it('by no word', async () => expect(await refused('--model', 'model', '--words', '0')).toMatchInlineSnapshot(`"error: option '--words <n>' argument '0' is invalid. expected a whole number from 1 to 1000000."`));
  it('of a model that is not there', async () => expect(await refused('--model', 'nowhere')).toMatchInlineSnapshot(`"strads: nowhere/model.json: not found: give the folder that strads train --out wrote"`));
  it('of a factorization', async () => expect(await refused('--model', 'factors')).toMatchInlineSnapshot(`"strads: factors: holds a matrix factorization, and strads topics takes a topic model: use strads recommend, strads similar or strads predict, or give another folder"`));
});

describe('a topic model', () => {
  it('predicts nothing', async () => expect(await mistake(folder, 'predict', '--model', 'model', '--data', 'documents.txt')).toMatchInlineSnapshot(`"strads: model: holds a topic model, and strads predict takes a Lasso or a matrix factorization: use strads topics or strads infer, or give another folder"`));
  it('recommends nothing', async () => expect(await mistake(folder, 'recommend', '--model', 'model', '--user', '1')).toMatchInlineSnapshot(`"strads: model: holds a topic model, and strads recommend takes a matrix factorization: use strads topics or strads infer, or give another folder"`));
  it('knows no item', async () => expect(await mistake(folder, 'similar', '--model', 'model', '--item', '1')).toMatchInlineSnapshot(`"strads: model: holds a topic model, and strads similar takes a matrix factorization: use strads topics or strads infer, or give another folder"`));
});
