/** strads similar: a saved factorization and an item in, the items nearest to it out. */
import { Command } from 'commander';
import { MfModel } from '../../models/mf/model.js';
import { createReporter } from '../report/reporter.js';
import { assertKind } from './model-kind.js';
import { whole } from './numbers.js';
import { reportRanking } from './ranked-items.js';

interface SimilarFlags {
  readonly model: string;
  readonly item: string;
  readonly top: number;
  readonly json?: boolean;
}

export function similarCommand(): Command {
  return new Command('similar')
    .description('items that are liked by the same users: the nearest by the cosine of their factors')
    .requiredOption('--model <folder>', 'the folder that strads train mf --out wrote')
    .requiredOption('--item <id>', 'the item, by the id in the training data')
    .option('--top <n>', 'how many items', whole(1, 1_000_000), 10)
    .option('--json', 'one JSON object a line on stdout instead of text')
    .addHelpText('after', '\nExample:\n  $ strads similar --model model/ --item 50')
    .action(similar);
}

async function similar({ model: folder, item, top, json = false }: SimilarFlags): Promise<void> {
  await assertKind(folder, ['strads-mf'], 'strads similar');
  const model = await MfModel.load(folder);
  reportRanking(createReporter({ json }), { item }, model.similarItems(item, top), folder);
}
