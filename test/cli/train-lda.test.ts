/** strads train lda through the built command, with real worker processes. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { LdaModel } from '../../models/lda/model.js';
import { asDocword, asLdaC, asText, runOf, someDocuments, topicsIn, trainLda, WORDS } from './lda-data.js';
import { says, started, strads, workplace } from './strads.js';

const documents = someDocuments(240);
const base = documents.slice(0, 200);
const held = documents.slice(200);
const folder = await workplace({
  'base.txt': asText(base),
  'base.docword': asDocword(base),
  'base.docword.gz': gzipSync(asDocword(base)),
  'base.ldac': asLdaC(base),
  'held.docword': asDocword(held),
  'long.docword': asDocword(documents, 500),
  'held.txt': asText([...held, ['sea0', 'unheard', 'of'], []]),
  'vocab.txt': `${WORDS.join('\n')}\n`,
  'later.txt': asText(documents),
  'gaps.txt': asText([base[0], [], ...base.slice(1), []]),
  'latin1.txt': Buffer.concat([Buffer.from(asText(base)), Buffer.from('caf\xe9 sea0 sky0\n', 'latin1')]),
  'seeds.txt': 'sea0 1\n\nsky0, 2\nbread0\t0\nunheard 3\n',
  'common.txt': 'sea0\nSEA1\n',
  token: 'a-token-of-24-characters\n',
});

beforeAll(async () => {
  await mkdir(join(folder, 'notes/deep'), { recursive: true });
  for (const [d, words] of base.slice(0, 40).entries()) await writeFile(join(folder, d % 2 === 0 ? `notes/${d}.md` : `notes/deep/${d}.md`), `# The ${words[0]}\n\n${words.join(' ')}, and so on.\n`);
  await writeFile(join(folder, 'notes/picture.png'), Uint8Array.of(137, 80, 78, 71, 0, 0, 1));
  await writeFile(join(folder, 'notes/empty.md'), '');
});

const train = (out: string, ...args: string[]) => trainLda(folder, out, ...args);
const SMALL = ['--topics', '4', '--sweeps', '20'];
const DATA = ['--data', 'base.docword', '--vocab', 'vocab.txt', '--test', 'held.docword', ...SMALL];

async function expectSameTopics(...outs: string[]): Promise<void> {
  const [first, ...others] = await Promise.all(outs.map((out) => topicsIn(folder, out)));
  for (const [at, other] of others.entries()) expect(other.map((file, f) => file.equals(first[f])), outs[at + 1]).toEqual([true, true, true]);
}

describe('byte-identical topics', () => {
  it.each([
    ['exact', 'rotation', []],
    ['mh', 'rotation', []],
    ['exact', 'data-parallel', []],
    ['exact', 'rotation', ['--optimize-hyperparameters', '--burn-in', '5', '--samples', '3']],
  ])('of %s, %s, %j from 1, 2 and 3 workers', async (sampler, strategy, more) => {
    const outs = ['1', '2', '3'].map((workers) => `${sampler} ${strategy} ${more.length} ${workers}`);
    for (const [at, out] of outs.entries()) await train(out, ...DATA, '--sampler', sampler, '--strategy', strategy, ...more, '--workers', String(at + 1));
    await expectSameTopics(...outs);
  });

  it('from any format of the same documents', async () => {
    const formats = { 'base.docword': 'UCI docword', 'base.docword.gz': 'UCI docword, gzipped', 'base.ldac': 'LDA-C' };
    for (const [file, format] of Object.entries(formats)) {
      const { notices } = await train(`of ${file}`, '--data', file, '--vocab', 'vocab.txt', ...SMALL);
      expect(notices).toContain(`${file}: ${format}, 200 documents, 6,000 tokens of 120 words`);
    }
    await expectSameTopics(...Object.keys(formats).map((file) => `of ${file}`));
  });

  it('from another seed are others', async () => {
    await train('seed 0', ...DATA);
    await train('seed 1', ...DATA, '--seed', '1');
    const [[one], [two]] = await Promise.all([topicsIn(folder, 'seed 0'), topicsIn(folder, 'seed 1')]);
    expect(one.equals(two)).toBe(false);
  });
});

describe('the JSON report', () => {
  it('has an event an evaluation and one at the end', async () => {
    const { done, sweeps, notices } = await train('reported', ...DATA, '--workers', '2', '--evaluate-every', '5');
    expect(sweeps.map(({ sweep }) => sweep)).toEqual([5, 10, 15, 20]);
    for (const name of ['heldOutPerplexity', 'sError', 'seconds', 'tokensPerSecond']) for (const sweep of sweeps) expect(sweep[name], name).toBeGreaterThan(0);
    for (const sweep of sweeps) expect(sweep['logLikelihoodPerToken']).toBeLessThan(0);
    expect(done).toMatchObject({ model: 'lda', topics: 4, sampler: 'exact', strategy: 'rotation', seed: 0, workers: 2, documents: 200, tokens: 6000, sweeps: 20, bestSweep: 20, samples: 1, stopped: 'sweeps', reproducible: true, out: 'reported' });
    expect(done).toMatchObject(Object.fromEntries(['heldOutPerplexity', 'logLikelihoodPerToken', 'sError'].map((name) => [name, sweeps[3][name]])));
    expect(done['bytesPerWorker']).toHaveLength(2);
    for (const name of ['tokensPerSecond', 'bytesMovedPerSweep', 'mostBytesPerWorker', 'scoredTokens']) expect(done[name], name).toBeGreaterThan(0);
    expect(Math.abs(done['coherence'] as number)).toBeLessThanOrEqual(1);
    expect(notices).toContain('--sampler auto: exact, which gets further with every sweep, as there are no more than 2,048 topics');
    const { summary } = await LdaModel.load(join(folder, 'reported'));
    expect(summary).toMatchObject({ topics: 4, logLikelihoodPerToken: done.logLikelihoodPerToken, coherence: done['coherence'], test: { perplexity: done.heldOutPerplexity } });
  });

  it('has no perplexity without a test set, and says how to get one', async () => {
    const { done, notices } = await train('untested', '--data', 'base.txt', ...SMALL);
    expect(done.heldOutPerplexity).toBeNull();
    expect(notices).toContain('no held-out documents: give --test FILE, or --test-fraction 0.1, for a held-out perplexity');
  });

  it('says why auto is mh', async () => {
    const { done, notices } = await train('many', '--data', 'base.txt', '--topics', '2049', '--sweeps', '1');
    expect(done['sampler']).toBe('mh');
    expect(notices).toContain('--sampler auto: mh, whose cost does not grow with the topics, as there are more than 2,048');
  });
});

describe('the text report', () => {
  it('has a line an evaluation, the topics, how good they are, and where they lie', async () => {
    const { code, stdout, stderr } = await strads(folder, 'train', 'lda', ...DATA, '--workers', '1', '--engine', 'wasm', '--out', 'told');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('base.docword: UCI docword, 200 documents, 6,000 tokens of 120 words\n');
    expect(stderr).toMatch(/^sweep 20\/20 · joint log-likelihood -\d+\.\d{4} a token · held-out perplexity \d+\.\d · s-error [\d.e-]+ · [\d,]+ tokens\/s · \d+\.\d s$/m);
    expect(stdout).toMatch(/^done: 4 topics \(exact, rotation\) after 20 sweeps$/m);
    expect(stdout).toMatch(/^ {2}topic {4}share {4}alpha {4}NPMI {2}words\n( +\d +\d+\.\d % +0\.1000 +-?\d\.\d{3}( {1,2}[a-z]+\d+){8}\n){4}\n/m);
    expect(stdout).toMatch(/^ {2}held-out perplexity +\d+\.\d {2}\d+ tokens scored, half of each document's$/m);
    expect(stdout).toMatch(/^ {2}joint log-likelihood +-\d\.\d{4} {2}a training token: words and their topics together, not held out$/m);
    expect(stdout).toMatch(/moved a sweep; the worker held at most \S+ [KM]iB$/m);
    expect(stdout).toMatch(/saved in told$/m);
  });

  it('has the largest of many topics, and says how to see the others', async () => {
    const args = ['train', 'lda', '--data', 'base.txt', '--topics', '25', '--sweeps', '2', '--engine', 'wasm'];
    const saved = await strads(folder, ...args, '--out', 'twenty-five');
    expect(saved.stdout).toMatch(/^ {2}and 15 smaller topics: strads topics --model twenty-five$/m);
    const lost = await strads(folder, ...args);
    expect(lost.stdout).toMatch(/^ {2}and 15 smaller topics$/m);
    expect(lost.stdout).toContain('not saved: give --out <folder> to keep the model');
  });
});

describe('topics', () => {
  it('are the themes of the documents', async () => {
    await train('themes', '--data', 'base.txt', '--topics', '4', '--sweeps', '60');
    const topics = (await LdaModel.load(join(folder, 'themes'))).topics(5);
    const themes = topics.map(({ words }) => new Set(words.map(({ word }) => word.replace(/\d+/, ''))));
    for (const theme of themes) expect(theme.size).toBe(1);
    expect(new Set(themes.map((theme) => [...theme][0])).size).toBe(4);
  });

  it('keep the words that they were given', async () => {
    const { notices } = await train('seeded', '--data', 'base.txt', ...SMALL, '--seed-words', 'seeds.txt');
    expect(notices).toContain('seeds.txt: 1 seed word of 4 not among the words to train on (unheard); words of a text are in lower case there');
    const topics = (await LdaModel.load(join(folder, 'seeded'))).topics(120);
    for (const [word, topic] of [['sea0', 1], ['sky0', 2], ['bread0', 0]] as const) {
      const having = topics.filter(({ words }) => words.some((own) => own.word === word)).map((found) => found.topic);
      expect(having, word).toEqual([topic]);
    }
  });

  it('are averaged over samples', async () => {
    const { done } = await train('averaged', ...DATA, '--samples', '4');
    expect(done['samples']).toBe(4);
    const { stdout } = await strads(folder, 'train', 'lda', ...DATA, '--samples', '4', '--engine', 'wasm');
    expect(stdout).toMatch(/^done: 4 topics \(exact, rotation\) after 20 sweeps, the average of 4 samples$/m);
  });

  it('get priors of their own where that is asked for', async () => {
    await train('learned', ...DATA, '--optimize-hyperparameters', '--burn-in', '5');
    const { priors } = await LdaModel.load(join(folder, 'learned'));
    expect(new Set(priors.alpha).size).toBeGreaterThan(1);
    expect(priors.beta).not.toBe(0.01);
  });
});

describe('a test set', () => {
  it('by --test may be in another format, and its unknown words are dropped and counted', async () => {
    const { done, notices } = await train('other test', '--data', 'base.txt', '--test', 'held.txt', ...SMALL);
    expect(done['unknownTestTokens']).toBe(2);
    expect(notices).toContainEqual(expect.stringMatching(/^to test with: 42 documents \(1 without a token\), 1,201 tokens; 2 tokens \(0\.17 %\) of words never seen in training are dropped$/));
  });

  it('by --test may be a folder', async () => {
    const { done } = await train('folder test', '--data', 'base.txt', '--test', 'notes', ...SMALL);
    expect(done.heldOutPerplexity).toBeGreaterThan(1);
  });

  it('by --test-fraction has that part of the documents, another one with another seed', async () => {
    const of = (seed: string) => train(`part ${seed}`, '--data', 'base.txt', '--test-fraction', '0.1', ...SMALL, '--seed', seed);
    const [one, two] = [await of('1'), await of('2')];
    expect([one.done.documents, two.done.documents]).toEqual([180, 180]);
    expect(one.notices).toContainEqual(expect.stringMatching(/^to test with: 20 documents, 600 tokens/));
    expect(one.done.heldOutPerplexity).not.toBe(two.done.heldOutPerplexity);
  });
});

describe('a validation', () => {
  it('stops the training early, and the best topics are kept', async () => {
    const { done, sweeps } = await train('validated', '--data', 'base.txt', '--topics', '40', '--sweeps', '1000', '--validation-fraction', '0.2', '--evaluate-every', '2', '--patience', '2');
    expect(done['stopped']).toBe('validation');
    expect(done.sweeps).toBeLessThan(1000);
    expect(done.bestSweep).toBe(done.sweeps - 4);
    expect(done['validationPerplexity']).toBe(Math.min(...sweeps.map((sweep) => sweep['validationPerplexity'] as number)));
    expect((await LdaModel.load(join(folder, 'validated'))).summary.validation!.perplexity).toBe(done['validationPerplexity']);
  });
});

describe('words', () => {
  it('are named by their ids without a vocabulary, which is said', async () => {
    const { notices } = await train('ids', '--data', 'base.docword', ...SMALL);
    expect(notices).toContain('base.docword: UCI docword, 200 documents, 6,000 tokens of 120 ids');
    expect(notices).toContain('base.docword: words are named by their ids; --vocab FILE gives their names, one a line');
    expect([...(await LdaModel.load(join(folder, 'ids'))).words]).toContain('120');
  });

  it('are left out by a list, by a language, and by how many documents have them', async () => {
    const wordsOf = async (...args: string[]) => {
      const { notices } = await train('filtered', '--data', 'base.txt', '--topics', '2', '--sweeps', '1', '--overwrite', ...args);
      expect(notices).toContainEqual(expect.stringMatching(/^to train on: 200 documents.*; [\d,]+ tokens of words that the filters leave out$/));
      return new Set((await LdaModel.load(join(folder, 'filtered'))).words);
    };
    const listed = await wordsOf('--stopwords', 'common.txt');
    expect([listed.has('sea0'), listed.has('sea1'), listed.has('sea2')]).toEqual([false, false, true]);
    const frequency = (word: string) => base.filter((words) => words.includes(word)).length;
    for (const word of await wordsOf('--min-df', '20')) expect(frequency(word), word).toBeGreaterThanOrEqual(20);
    for (const word of await wordsOf('--min-df', '.1')) expect(frequency(word), word).toBeGreaterThanOrEqual(20);
    for (const word of await wordsOf('--max-df', '40')) expect(frequency(word), word).toBeLessThanOrEqual(40);
    for (const word of await wordsOf('--max-df', '0.2')) expect(frequency(word), word).toBeLessThanOrEqual(40);
  });
});

describe('common words', () => {
  const KEPT = 'base.txt: common words are kept; topics are easier to read without them, by --stopwords en, say, or --max-df .5';
  it('are kept, which is said', async () => expect((await train('kept', '--data', 'base.txt', ...SMALL)).notices).toContain(KEPT));
  it('are left out where that is asked for, without a word', async () => {
    expect((await train('stopped by language', '--data', 'base.txt', '--stopwords', 'en', ...SMALL)).notices).not.toContain(KEPT);
    expect((await train('stopped by frequency', '--data', 'base.txt', '--max-df', '.9', ...SMALL)).notices).not.toContain(KEPT);
  });
});

describe('a folder of text', () => {
  it('is read with a document a file, binary files passed over', async () => {
    const { done, notices } = await train('noted', '--text', 'notes', '--stopwords', 'en', ...SMALL);
    expect(done.documents).toBe(41);
    expect(notices).toContainEqual(expect.stringMatching(/^notes: text files, 41 documents, [\d,]+ tokens of \d+ words$/));
    expect(notices).toContain('notes: 1 file passed over, as a byte 0 says that it is no text');
    expect(notices).toContainEqual(expect.stringMatching(/^to train on: 41 documents \(1 without a token\)/));
    expect([...(await LdaModel.load(join(folder, 'noted'))).words].filter((word) => ['the', 'and', 'so', 'on'].includes(word))).toEqual([]);
  });

  it('is read by a glob', async () => {
    const { done } = await train('globbed', '--text', 'notes/**/*.md', ...SMALL);
    expect(done.documents).toBe(41);
  });
});

describe('what is not quite right in the documents', () => {
  it('is kept in place where they are empty', async () => {
    const { done, notices } = await train('gaps', '--data', 'gaps.txt', ...SMALL);
    expect(done.documents).toBe(202);
    expect(notices).toContainEqual(expect.stringMatching(/^to train on: 202 documents \(2 without a token\), 6,000 tokens/));
  });

  it('is replaced and counted where it is not UTF-8', async () => {
    const { notices } = await train('latin', '--data', 'latin1.txt', ...SMALL);
    expect(notices).toContain('latin1.txt: 1 sequence of bytes that is not UTF-8 replaced by U+FFFD; --strict makes that an error');
  });
});

describe('the end', () => {
  it.each([
    ['in this process', [], 1],
    ['in worker processes', ['--workers', '2'], 2],
  ])('comes after the sweep on Ctrl-C, and the model is saved: %s', async (where, more, workers) => {
    const out = `stopped ${where}`;
    // As many sweeps as a run in the command's own process may have.
    const { child, ended } = await started(folder, /"event":"sweep"/, 'train', 'lda', '--engine', 'wasm', '--data', 'base.txt', '--topics', '4', '--sweeps', '8000', '--evaluate-every', '1', '--json', ...more, '--out', out);
    child.kill('SIGINT');
    const { done, notices } = runOf(await ended);
    expect(done).toMatchObject({ stopped: 'interrupted', reproducible: false, workers });
    expect(done.sweeps).toBeLessThan(8000);
    expect(notices).toContainEqual(expect.stringContaining('stopping at the end of this sweep'));
    expect((await LdaModel.load(join(folder, out))).summary).toMatchObject({ stopped: 'interrupted', reproducible: false, sweeps: done.sweeps });
  });

  it('comes at once on a second Ctrl-C, and nothing is saved or left behind', async () => {
    // The second signal must come before the sweep is over: millions of tokens take long.
    const run = await started(folder, /"event":"sweep"/, 'train', 'lda', '--engine', 'wasm', '--data', 'long.docword', '--topics', '2000', '--sweeps', '1000000', '--evaluate-every', '1', '--json', '--workers', '1', '--out', 'quit');
    const stopping = says(run, /stopping at the end of this sweep/);
    run.child.kill('SIGINT');
    await stopping;
    run.child.kill('SIGINT');
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(stdout).not.toContain('"event":"done"');
    expect((await readdir(folder)).filter((name) => name.includes('quit'))).toEqual([]);
  });
});

describe('a warm start', () => {
  it('goes on from where the training left off, with the documents that came since', async () => {
    const first = await train('cold', '--data', 'base.txt', '--test', 'held.txt', '--topics', '4', '--sweeps', '100');
    const then = await train('warm', '--data', 'base.txt', '--test', 'held.txt', '--topics', '4', '--sweeps', '1', '--warm-start', 'cold');
    const cold = await train('cold again', '--data', 'base.txt', '--test', 'held.txt', '--topics', '4', '--sweeps', '1');
    expect(then.done.heldOutPerplexity).toBeLessThan(cold.done.heldOutPerplexity);
    expect(then.done.heldOutPerplexity).toBeLessThan(1.05 * first.done.heldOutPerplexity);
    const added = await train('added', '--data', 'later.txt', '--topics', '4', '--sweeps', '1', '--warm-start', 'cold');
    expect(added.done).toMatchObject({ documents: 240 });
    expect(added.done.logLikelihoodPerToken).toBeGreaterThan(cold.done.logLikelihoodPerToken);
  });

  it('may take the place of the model that it went on from', async () => {
    await train('again', '--data', 'base.txt', ...SMALL);
    const then = await train('again', '--data', 'base.txt', ...SMALL, '--sweeps', '1', '--warm-start', 'again', '--overwrite');
    expect((await LdaModel.load(join(folder, 'again'))).summary.logLikelihoodPerToken).toBe(then.done.logLikelihoodPerToken);
  });
});

describe('workers elsewhere', () => {
  it('join by address and token, and give the same topics', async () => {
    await train('at home', ...DATA, '--workers', '2');
    const listening = /waiting for 1 worker\(s\) at (ws:\/\/127\.0\.0\.1:\d+)/;
    const { match, ended } = await started(folder, listening, 'train', 'lda', '--engine', 'wasm', ...DATA, '--workers', '1', '--listen', '127.0.0.1:0', '--token-file', 'token', '--out', 'away', '--json');
    const guest = await strads(folder, 'worker', '--connect', match[1], '--token-file', 'token', '--engine', 'wasm', '--name', 'guest');
    expect(guest.code, guest.stderr).toBe(0);
    runOf(await ended);
    await expectSameTopics('at home', 'away');
  });
});

const KOS = join(import.meta.dirname, '../../../shared/data/lda/kos');

describe.skipIf(!existsSync(KOS))('KOS (skipped where ../shared/data is absent)', () => {
  it('is held out to a perplexity far below that of its words alone', async () => {
    const { done, notices } = await train('kos', '--data', join(KOS, 'docword.kos-train.txt.gz'), '--test', join(KOS, 'docword.kos-test.txt.gz'), '--topics', '50', '--sweeps', '30', '--workers', '2');
    expect(notices.join('\n')).toContain('UCI docword, gzipped, 3,035 documents, 412,311 tokens of 6,906 ids');
    expect(done.heldOutPerplexity).toBeLessThan(1800);
    expect(done['sError']).toBeLessThan(0.01);
  });
});
