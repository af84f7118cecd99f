/** strads similar: a saved factorization and an item in, the items nearest to it out. */
import { Command } from 'commander';
import { MfModel } from '../../models/mf/model.js';
import { scorerEngine } from '../../models/mf/scorer.js';
import { createReporter } from '../report/reporter.js';
import type { LocalProfile } from '../runtime/local-profile.js';
import { assertKind } from './model-kind.js';
import { whole } from './numbers.js';
import { profiledHere, profileOption, reportProfile, type ProfileFlags } from './profile-option.js';
import { reportRanking } from './ranked-items.js';

interface SimilarFlags extends ProfileFlags {
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
    .addOption(profileOption())
    .addHelpText('after', '\nExample:\n  $ strads similar --model model/ --item 50')
    .action((flags: SimilarFlags) => profiledHere(flags, 'similar', similar));
}

async function similar(flags: SimilarFlags, profile: LocalProfile | null): Promise<void> {
  const { model: folder, item, top, json = false } = flags;
  await assertKind(folder, ['strads-mf'], 'strads similar');
  const model = await MfModel.load(folder);
  await profile?.begin();
  await profile?.listen(await scorerEngine());
  const reporter = createReporter({ json });
  reportRanking(reporter, { item }, model.similarItems(item, top), folder);
  if (profile) reportProfile(reporter, profile.finish(), flags);
}
