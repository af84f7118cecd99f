/** strads recommend: a saved factorization and a user in, the items that the user is predicted to like best out. */
import { Command } from 'commander';
import { MfModel } from '../../models/mf/model.js';
import { scorerEngine } from '../../models/mf/scorer.js';
import { visitIds } from '../data/ids-file.js';
import { counted, grouped } from '../report/numbers.js';
import { createReporter } from '../report/reporter.js';
import type { LocalProfile } from '../runtime/local-profile.js';
import { assertKind } from './model-kind.js';
import { whole } from './numbers.js';
import { profiledHere, profileOption, reportProfile, type ProfileFlags } from './profile-option.js';
import { reportRanking } from './ranked-items.js';

interface RecommendFlags extends ProfileFlags {
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
    .addOption(profileOption())
    .addHelpText('after', '\nExample:\n  $ strads recommend --model model/ --user 42 --top 5')
    .action((flags: RecommendFlags) => profiledHere(flags, 'recommend', recommend));
}

async function recommend(flags: RecommendFlags, profile: LocalProfile | null): Promise<void> {
  const { model: folder, user, top, includeRated, exclude, json = false } = flags;
  const reporter = createReporter({ json });
  const unwanted = exclude === undefined ? [] : await listedIds(exclude);
  await assertKind(folder, ['strads-mf'], 'strads recommend');
  const model = await MfModel.load(folder);
  await profile?.begin();
  await profile?.listen(await scorerEngine());
  const ranking = model.recommend(user, { top, exclude: unwanted, includeRated: includeRated ?? false });
  const strangers = unwanted.filter((id) => model.items.indexOf(id) < 0).length;
  if (strangers > 0) reporter.notice(`${exclude}: ${counted(strangers, 'id')} of ${grouped(unwanted.length)} not in the model`);
  reportRanking(reporter, { user }, ranking, folder);
  if (profile) reportProfile(reporter, profile.finish(), flags);
}

/** The different ids of a list. */
async function listedIds(file: string): Promise<string[]> {
  const ids = new Set<string>();
  await visitIds(file, (id) => void ids.add(id));
  return [...ids];
}
