/** strads recommend: a saved factorization and a user in, the items that the user is predicted to like best out. */
import { Command } from 'commander';
import { MfModel } from '../../models/mf/model.js';
import { visitIds } from '../data/ids-file.js';
import { counted, grouped } from '../report/numbers.js';
import { createReporter } from '../report/reporter.js';
import { assertKind } from './model-kind.js';
import { whole } from './numbers.js';
import { reportRanking } from './ranked-items.js';

interface RecommendFlags {
  readonly model: string;
  readonly user: string;
  readonly top: number;
  readonly includeRated?: boolean;
  readonly exclude?: string;
  readonly json?: boolean;
}

export function recommendCommand(): Command {
  return new Command('recommend')
    .description('the items that a user will like best, of those not rated yet')
    .requiredOption('--model <folder>', 'the folder that strads train mf --out wrote')
    .requiredOption('--user <id>', 'the user, by the id in the training data')
    .option('--top <n>', 'how many items', whole(1, 1_000_000), 10)
    .option('--include-rated', 'also items that the user has rated')
    .option('--exclude <file>', 'items that are not wanted, an id a line')
    .option('--json', 'one JSON object a line on stdout instead of text')
    .addHelpText('after', '\nExample:\n  $ strads recommend --model model/ --user 42 --top 5')
    .action(recommend);
}

async function recommend({ model: folder, user, top, includeRated, exclude, json = false }: RecommendFlags): Promise<void> {
  const reporter = createReporter({ json });
  const unwanted = exclude === undefined ? [] : await listedIds(exclude);
  await assertKind(folder, ['strads-mf'], 'strads recommend');
  const model = await MfModel.load(folder);
  const ranking = model.recommend(user, { top, exclude: unwanted, includeRated: includeRated ?? false });
  const strangers = unwanted.filter((id) => model.items.indexOf(id) < 0).length;
  if (strangers > 0) reporter.notice(`${exclude}: ${counted(strangers, 'id')} of ${grouped(unwanted.length)} not in the model`);
  reportRanking(reporter, { user }, ranking, folder);
}

/** The different ids of a list. */
async function listedIds(file: string): Promise<string[]> {
  const ids = new Set<string>();
  await visitIds(file, (id) => void ids.add(id));
  return [...ids];
}
