/** strads infer: a topic model and documents in, how much of each topic every document has out. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { inferTopics } from '../../models/lda/infer.js';
import { LdaModel } from '../../models/lda/model.js';
import { corpusOver, type Corpus } from '../data/corpus.js';
import { DataError } from '../data/dataset.js';
import { counted, grouped } from '../report/numbers.js';
import { createReporter, type Reporter } from '../report/reporter.js';
import type { LocalProfile } from '../runtime/local-profile.js';
import { UsageError } from '../runtime/worker-request.js';
import { addDocumentOptions, readNamed, type DocumentFlags } from './document-options.js';
import { catchInterrupt, untilInterrupted } from './interrupt.js';
import { mixtureTable } from './mixture-table.js';
import { assertKind } from './model-kind.js';
import { whole } from './numbers.js';
import { profiledHere, profileOption, reportProfile, type ProfileFlags } from './profile-option.js';
import { assertFileWritable, printPredictions, writePredictionFile, type PredictionLines } from './prediction-file.js';

interface InferFlags extends DocumentFlags, ProfileFlags {
  readonly model: string;
  readonly top?: number;
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

export function inferCommand(): Command {
  const command = new Command('infer')
    .description('the topics of new documents, under the topics of a trained model')
    .requiredOption('--model <folder>', 'the folder that strads train lda --out wrote');
  addDocumentOptions(command);
  return command
    .optionsGroup('Output:')
    .option('--top <n>', 'the n largest topics of each document, as topic:weight, instead of the weights of all', whole(1))
    .option('--out <file>', 'CSV with a line a document, in their order (default: stdout)')
    .option('--overwrite', 'replace the file that is in --out')
    .option('--json', 'one JSON object a line on stdout instead of text; needs --out')
    .addOption(profileOption())
    .addHelpText(
      'after',
      `
Line n, after the header, is document n, empty ones included: of those the weights are those that the model gives before a word is
seen. With --text the first column is the document's file. Words that the model does not know are passed over.

Examples:
  $ strads infer --model model/ --data new.txt --out doc-topics.csv
  $ strads infer --model model/ --text 'docs/**/*.md' --top 3`,
    )
    .action((flags: InferFlags) => profiledHere(flags, 'infer', infer));
}

async function infer(flags: InferFlags, profile: LocalProfile | null): Promise<void> {
  const { model: folder, out, data = '', json = false, overwrite = false } = flags;
  if (json && out === undefined) throw new UsageError('--json and the weights would mix on stdout: give --out FILE for the weights');
  const read = { overwrite, data, alsoRead: await filesRead(flags) };
  if (out !== undefined) await assertFileWritable(out, read);
  await assertKind(folder, ['strads-lda'], 'strads infer');
  const model = await LdaModel.load(folder);
  const { topics } = model.summary;
  const reporter = createReporter({ json });
  const start = performance.now();
  const documents = await readNamed(flags, reporter.notice);
  // Until here Ctrl-C ends the command at once.
  const interrupt = catchInterrupt(() => reporter.notice('stopping; nothing is written'));
  try {
    if (out !== undefined && documents.names) await assertFileWritable(out, { ...read, alsoRead: documents.names });
    const corpus = corpusOver(documents, model.words);
    assertSameWords(corpus, documents.source, model);
    tellOf(corpus, documents.source, model, reporter);
    await profile?.begin();
    const inferred = inferTopics(model, corpus, { opened: (engine) => profile?.listen(engine) });
    const { columns, blocks } = mixtureTable(inferred, { topics, top: flags.top, names: documents.names });
    const table = { columns, blocks: untilInterrupted(told(blocks, corpus.count, out, reporter), interrupt) };
    const count = out === undefined ? await printPredictions(process.stdout, table) : await writePredictionFile(out, read, table);
    if (count !== null) report(reporter, corpus, { folder, out, topics, seconds: (performance.now() - start) / 1000 });
    if (profile) reportProfile(reporter, profile.finish(), flags, out === undefined);
  } finally {
    interrupt.release();
    documents.close();
  }
}

/** What is read beside the documents: the vocabulary, and the model's own files. */
async function filesRead({ model: folder, vocab }: InferFlags): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  return [...files.map((file) => join(folder, file)), ...(vocab === undefined ? [] : [vocab])];
}

/** Ids that are counted from 1 and from 0 look alike. */
function assertSameWords({ wordsAre }: Corpus, source: string, { summary }: LdaModel): void {
  if (wordsAre === summary.wordsAre) return;
  throw new DataError(`${source}: has ${wordsAre}, and the model was trained on ${summary.wordsAre}, so that nobody knows which words are the same. Give --vocab FILE for words in place of ids, or convert the documents`);
}

/** Words of a model that show what its words are like. */
const EXAMPLES = 3;

function tellOf({ tokens, unknownTokens, emptyDocuments }: Corpus, source: string, { words }: LdaModel, reporter: Reporter): void {
  const all = tokens + unknownTokens;
  if (unknownTokens > 0) reporter.notice(`${source}: ${counted(unknownTokens, 'token')} of ${grouped(all)} of words that the model does not know, passed over`);
  if (emptyDocuments > 0) reporter.notice(`${source}: ${counted(emptyDocuments, 'document')} without a word that the model knows: given the weights that it has before a word is seen`);
  if (all > 0 && tokens === 0) {
    const examples = Array.from({ length: Math.min(EXAMPLES, words.count) }, (_, word) => words.of(word)).join(', ');
    reporter.notice(`${source}: the model knows none of these words; its own are like ${examples}`);
  }
}

/** The same blocks; how far they are is shown on the way, unless they themselves go to the terminal. */
async function* told(blocks: AsyncIterable<PredictionLines>, documents: number, out: string | undefined, reporter: Reporter): AsyncGenerator<PredictionLines> {
  const isShown = out !== undefined || !process.stdout.isTTY;
  let done = 0;
  for await (const block of blocks) {
    done += block.count;
    if (isShown && done < documents) reporter.progress({ fields: { documents: done }, line: `${grouped(done)} of ${counted(documents, 'document')}`, isLast: false });
    yield block;
  }
}

interface Outcome {
  readonly folder: string;
  readonly out: string | undefined;
  readonly topics: number;
  readonly seconds: number;
}

function report(reporter: Reporter, { count, tokens, unknownTokens, emptyDocuments }: Corpus, { folder, out, topics, seconds }: Outcome): void {
  const text = `done: ${counted(count, 'document')}${out === undefined ? '' : ` in ${out}`}, ${seconds.toFixed(2)} s`;
  // Without --out stdout carries the weights.
  if (out === undefined) reporter.notice(text);
  else reporter.result('done', { documents: count, tokens, unknownTokens, emptyDocuments, topics, seconds, model: folder, out }, text);
}
