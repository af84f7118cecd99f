/** Runs the chosen benchmarks one after another, prints what each measured, and merges it into the results of this machine. */
import { chooseEngine, type ChosenEngine } from '../../src/engine/choose-engine.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { commandOf, type Arguments } from './arguments.js';
import type { Benchmark, Context } from './benchmark.js';
import { commit, machineSlug, machineText, versions } from './machine.js';
import { sectionText } from './markdown.js';
import { checkedSection, withoutSpeeds, type Provenance, type Result, type Section } from './result.js';
import { mergeSection } from './results-file.js';

/** Where a run says things, and finds its engine; a test answers in their place. */
export interface Surroundings {
  readonly chooseEngine: typeof chooseEngine;
  /** All benchmarks, in the order of the results. */
  readonly order: readonly string[];
  print(text: string): void;
  say(line: string): void;
}

/** Resolves to the exit code: 1 where a benchmark failed, after the others have run. */
export async function runBenchmarks(options: Arguments, surroundings: Surroundings): Promise<number> {
  const engine = await engineFor(options, surroundings);
  const failed: string[] = [];
  const skipped: string[] = [];
  for (const benchmark of options.benchmarks) {
    const outcome = benchmark.needsData && options.data === null ? 'skipped' : await runOne(benchmark, options, engine, surroundings);
    if (outcome === 'failed') failed.push(benchmark.name);
    if (outcome === 'skipped') skipped.push(benchmark.name);
  }
  if (skipped.length > 0) surroundings.say(`skipped, as their data sets are not there (--data FOLDER): ${skipped.join(', ')}`);
  if (failed.length > 0) surroundings.say(`failed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

/** Where every chosen benchmark is the host's own, it doesn't matter which adapter there is. Throws UsageError for a software adapter whose speed is asked for. */
async function engineFor({ engine: request, benchmarks, correctnessOnly }: Arguments, { chooseEngine: choose }: Surroundings): Promise<ChosenEngine> {
  const engine = await choose(request);
  if (!engine.software || correctnessOnly) return engine;
  if (benchmarks.every(({ usesEngine }) => !usesEngine)) return choose('wasm');
  const { adapter } = engine;
  throw new UsageError(`${adapter} is a software adapter: what it takes says nothing about a GPU, so no speed is measured on it. Give --engine wasm for the CPU's own speed, or --correctness-only to check results on it.`);
}

async function runOne(benchmark: Benchmark, options: Arguments, engine: ChosenEngine, surroundings: Surroundings): Promise<'measured' | 'skipped' | 'failed'> {
  const { say, print, order } = surroundings;
  const { scale, repeats, workers, data } = options;
  const context: Context = { scale, repeats, workers, engine, data, say: (line) => say(`${benchmark.name}: ${line}`) };
  say(`${benchmark.name}: ${benchmark.about}`);
  try {
    const result = await benchmark.run(context);
    if (result.tables.length === 0) {
      say(`${benchmark.name}: nothing to measure: ${result.missing.join('; ')}`);
      return 'skipped';
    }
    const section = sectionOf(benchmark, result, options, engine);
    print(`${sectionText(benchmark.name, section, null)}\n\n`);
    if (!options.correctnessOnly) mergeSection(options.out, machineSlug(engine), benchmark.name, section, order);
    return 'measured';
  } catch (error) {
    say(`${benchmark.name}: ${(error as Error).stack ?? String(error)}`);
    return 'failed';
  }
}

function sectionOf(benchmark: Benchmark, { tables, charts = [], peers = [], missing }: Result, options: Arguments, engine: ChosenEngine): Section {
  const { correctnessOnly, scale, repeats, workers } = options;
  const { kind, adapter, software } = engine;
  const from: Provenance = { command: commandOf(options, benchmark.name), commit: commit(), versions: versions(), machine: machineText(), engine: kind, adapter, software, scale, repeats, workers };
  const shown = correctnessOnly ? tables.map((table) => ({ ...table, rows: table.rows.map(withoutSpeeds) })) : tables;
  return checkedSection(benchmark.name, { about: benchmark.about, from, tables: shown, charts: correctnessOnly ? [] : charts, peers, missing });
}
