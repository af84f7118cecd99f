/**
 * Quality, time and memory of the topic model on real documents, trained by worker processes of wasm.
 *
 *   node dist/bench/lda.js <folder with kos and 20newsgroups> [--workers 2] [--sweeps N] [part …]
 *
 * Parts: targets (perplexities, times to them), topics (10 to 10,000), strategies (rotation, data-parallel), infer, peers; all without a name.
 * Parts replace their own results in bench/results/lda-wasm, and leave those of other parts. With --sweeps no run is longer: to
 * try a part out, which writes nothing. Data or a peer that is not there is named as missing.
 */
import { parseArgs } from 'node:util';
import { kosSection, measureKos, type KosMeasured } from './lda-kos.js';
import { inferSection, measureInfer, type InferMeasured } from './lda-infer.js';
import { measureNewsgroups, newsgroupsSection, type NewsgroupsMeasured } from './lda-newsgroups.js';
import { measurePeers, peersSection, type PeersMeasured } from './lda-peers.js';
import { mergeReport, textOf, type MeasuredPart, type ReportedPart } from './lda-report.js';
import { KOS, missingFiles, NEWSGROUPS, readSets, type CorpusData } from './lda-sets.js';
import { measureStrategies, strategiesSection, type StrategiesMeasured } from './lda-strategies.js';
import { measureTopics, topicsSection, type TopicsMeasured } from './lda-topics.js';
import type { Conditions } from './lda-training.js';
import { fail, provenance } from './report.js';

interface Part extends ReportedPart {
  readonly data: readonly CorpusData[];
  measure(folder: string): Promise<object>;
}

const PARTS: readonly Part[] = [
  {
    name: 'targets',
    data: [KOS, NEWSGROUPS],
    async measure(folder) {
      return { kos: await measureKos(await readSets(KOS, folder), conditions), newsgroups: await measureNewsgroups(await readSets(NEWSGROUPS, folder), conditions) };
    },
    sections: ({ kos, newsgroups }: { kos: KosMeasured; newsgroups: NewsgroupsMeasured }) => [...kosSection(kos), ...newsgroupsSection(newsgroups)],
  },
  {
    name: 'topics',
    data: [NEWSGROUPS, KOS],
    measure: async (folder) => measureTopics(await readSets(NEWSGROUPS, folder), await readSets(KOS, folder), conditions),
    sections: (measured: TopicsMeasured) => topicsSection(measured),
  },
  {
    name: 'strategies',
    data: [KOS, NEWSGROUPS],
    async measure(folder) {
      return { kos: await measureStrategies(await readSets(KOS, folder), 100, conditions), newsgroups: await measureStrategies(await readSets(NEWSGROUPS, folder), 1000, conditions) };
    },
    sections: ({ kos, newsgroups }: { kos: StrategiesMeasured; newsgroups: StrategiesMeasured }) => [...strategiesSection(kos), ...strategiesSection(newsgroups)],
  },
  {
    name: 'infer',
    data: [KOS, NEWSGROUPS],
    async measure(folder) {
      return { kos: await measureInfer(await readSets(KOS, folder), 100, conditions), newsgroups: await measureInfer(await readSets(NEWSGROUPS, folder), 1000, conditions) };
    },
    sections: ({ kos, newsgroups }: { kos: InferMeasured; newsgroups: InferMeasured }) => inferSection([kos, newsgroups]),
  },
  {
    name: 'peers',
    data: [KOS],
    measure: async (folder) => measurePeers(await readSets(KOS, folder), workers, conditions),
    sections: (measured: PeersMeasured) => peersSection(measured),
  },
];

const TITLE = ['# Topic model', 'Worker processes of wasm. Perplexity: of held-out documents by document completion, even tokens folded in by 100 steps and odd ones scored; the topics are those of one sweep, not averaged.'];

const USAGE = `usage: node dist/bench/lda.js <folder with kos and 20newsgroups> [--workers N] [--sweeps N] [${PARTS.map(({ name }) => name).join(' | ')} …]`;
const { values: flags, positionals } = parseArgs({ options: { workers: { type: 'string', default: '2' }, sweeps: { type: 'string' } }, allowPositionals: true });
const [folder, ...names] = positionals;
if (folder === undefined) fail(USAGE);
const workers = count('workers', flags.workers);
const conditions: Conditions = { workers, mostSweeps: flags.sweeps === undefined ? Infinity : count('sweeps', flags.sweeps) };
const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
if (unknown !== undefined) fail(`${unknown}: no such part\n${USAGE}`);

const chosen = PARTS.filter(({ name }) => names.length === 0 || names.includes(name));
const missing = chosen.flatMap(({ name, data }) => data.flatMap((one) => missingFiles(one, folder)).map((file) => `${name}: no ${file} in the data folder`));
for (const line of missing) process.stderr.write(`${line}\n`);
const measurable = chosen.filter(({ data }) => data.every((one) => missingFiles(one, folder).length === 0));
if (measurable.length === 0) fail('nothing to measure');
const from = provenance(['node dist/bench/lda.js <data>', ...process.argv.slice(2).filter((arg) => arg !== folder)].join(' '));
for (const part of measurable) {
  const measured: MeasuredPart = { from, numbers: await part.measure(folder) };
  process.stdout.write(`${textOf(part, measured).join('\n\n')}\n\n`);
  if (flags.sweeps === undefined) mergeReport('lda-wasm', TITLE, PARTS, part.name, measured);
}

function count(flag: string, text: string): number {
  const number = Number(text);
  if (!(Number.isInteger(number) && number >= 1)) fail(`--${flag} ${text}: expected a whole number from 1 on\n${USAGE}`);
  return number;
}
