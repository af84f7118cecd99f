/** strads topics: a saved topic model in, its topics and their words out. */
import { Command } from 'commander';
import { LdaModel } from '../../models/lda/model.js';
import { UsageError } from '../runtime/worker-request.js';
import { assertKind } from './model-kind.js';
import { whole } from './numbers.js';
import { topicTable } from './topic-table.js';

interface TopicsFlags {
  readonly model: string;
  readonly words: number;
  readonly topic?: number;
  readonly json?: boolean;
}

export function topicsCommand(): Command {
  return new Command('topics')
    .description('the topics of a model: how much of the corpus each is, how coherent, and its most probable words')
    .requiredOption('--model <folder>', 'the folder that strads train lda --out wrote')
    .option('--words <n>', 'how many words of each topic', whole(1, 1_000_000), 10)
    .option('--topic <n>', 'this topic alone, from 0', whole(0))
    .option('--json', 'one JSON object a topic, a line each, instead of the table')
    .addHelpText(
      'after',
      `
Share is the part of the training tokens that have the topic, alpha its prior in a document, NPMI the coherence of its top words
(normalized pointwise mutual information over the training documents, from -1 to 1).

Example:
  $ strads topics --model model/ --words 15`,
    )
    .action(topics);
}

async function topics({ model: folder, words, topic, json = false }: TopicsFlags): Promise<void> {
  await assertKind(folder, ['strads-lda'], 'strads topics');
  const model = await LdaModel.load(folder);
  const { topics: count } = model.summary;
  if (topic !== undefined && topic >= count) throw new UsageError(`--topic ${topic}: ${folder} has the topics 0 to ${count - 1}: choose one of these, or leave it out for all`);
  const all = model.topics(words);
  const told = topic === undefined ? all : [all[topic]];
  const lines = json ? told.map((description) => JSON.stringify(description)) : topicTable(told);
  process.stdout.write(`${lines.join('\n')}\n`);
}
