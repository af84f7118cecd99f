/**
 * Time and quality of `strads train lasso` on real data sets, through the real command line.
 *
 *   node dist/bench/lasso.js <folder with the data sets> [engine] [workers]
 *
 * Writes bench/results/lasso-<engine>.json and a table beside it. Seconds are the command's own: from parsed arrays in
 * memory to the solution. A data set that is not there is named as missing.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const MAIN = join(ROOT, 'dist/src/cli/main.js');
const TRIES = 3;

interface Problem {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly ratios: readonly string[];
}

const bothRatios = ['0.1', '0.01'];
const standardized = ['--target-column', 'y', '--standardize'];

const PROBLEMS: readonly Problem[] = [
  { name: 'golub 72 × 7129', file: 'golub-leukemia/golub.csv.gz', args: standardized, ratios: bothRatios },
  { name: 'singh 102 × 12600', file: 'singh-prostate/singh.csv.gz', args: standardized, ratios: bothRatios },
  { name: 'riboflavin 71 × 4088', file: 'riboflavin/riboflavin.csv.gz', args: standardized, ratios: bothRatios },
  { name: 'arcene 200 × 9961', file: 'arcene/arcene.csv.gz', args: standardized, ratios: bothRatios },
  { name: 'blogfeedback 52397 × 276', file: 'blogfeedback/blogData_train.csv.gz', args: ['--no-header', '--target-column', 'last', '--standardize'], ratios: bothRatios },
  { name: '20news-tech 11269 × 53975 sparse', file: '20news-tech-svm/20news-tech-train.svm.gz', args: [], ratios: bothRatios },
  { name: 'lasso500by1K 500 × 1000 sparse', file: 'lasso500by1K/lasso500by1K.X.mmt.gz', args: ['--target', 'lasso500by1K/lasso500by1K.Y.mmt.gz', '--no-intercept'], ratios: [] },
  { name: 'chain 500 × 20000 sparse', file: 'chain/chain.X.mtx.gz', args: ['--target', 'chain/chain.Y.mtx.gz', '--no-intercept'], ratios: [] },
];

interface Done {
  readonly seconds: number;
  readonly wallSeconds: number;
  readonly objective: number;
  readonly relativeGap: number;
  readonly nonzeros: number;
  readonly rounds: number;
  readonly adapter: string;
}

interface Row extends Done {
  readonly problem: string;
  readonly penalty: string;
  readonly command: string;
}

const [folder, engine = 'wasm', workers = '2'] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: node dist/bench/lasso.js <folder with the data sets> [engine] [workers]\n');
  process.exit(2);
}
const rows = PROBLEMS.flatMap((problem) => measure(problem, folder));
const report = { machine: `${cpus()[0]?.model ?? 'CPU'}, ${cpus().length} threads`, node: process.version, engine, workers: Number(workers), tries: TRIES, tolerance: 1e-6, rows };
const base = join(ROOT, 'bench/results', `lasso-${engine}`);
writeFileSync(`${base}.json`, `${JSON.stringify(report, null, 2)}\n`);
writeFileSync(`${base}.md`, table());

function measure({ name, file, args, ratios }: Problem, data: string): Row[] {
  if (!existsSync(join(data, file))) {
    process.stderr.write(`${name}: missing (${join(data, file)})\n`);
    return [];
  }
  const penalties = ratios.length > 0 ? ratios.map((ratio) => ['--alpha-ratio', ratio]) : [['--alpha', '1e-6']];
  return penalties.map((penalty) => {
    const command = ['train', 'lasso', '--data', file, ...args, ...penalty, '--tol', '1e-6', '--engine', engine, '--workers', workers, '--json'];
    const runs = Array.from({ length: TRIES }, () => run(command, data)).sort((a, b) => a.seconds - b.seconds);
    const { seconds, wallSeconds, objective, relativeGap, nonzeros, rounds, adapter } = runs[(TRIES - 1) / 2]!;
    process.stderr.write(`${name} ${penalty.join(' ')}: ${seconds.toFixed(2)} s, gap ${relativeGap.toExponential(1)}\n`);
    return { problem: name, penalty: penalty.join(' '), seconds, wallSeconds, objective, relativeGap, nonzeros, rounds, adapter, command: `strads ${command.join(' ')}` };
  });
}

function run(command: readonly string[], cwd: string): Done {
  const output = execFileSync(process.execPath, [MAIN, ...command], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 });
  return JSON.parse(output.trim().split('\n').at(-1)!) as Done;
}

function table(): string {
  const lines = rows.map(
    ({ problem, penalty, seconds, wallSeconds, objective, relativeGap, nonzeros, rounds }) =>
      `| ${problem} | ${penalty} | ${seconds.toFixed(2)} | ${wallSeconds.toFixed(2)} | ${objective.toPrecision(9)} | ${relativeGap.toExponential(1)} | ${nonzeros} | ${rounds} |`,
  );
  return [
    `# Lasso on ${report.machine}`,
    '',
    `Engine ${engine} (${rows[0]?.adapter ?? '-'}), ${workers} workers, Node ${process.version}, median of ${TRIES}, stopped at a relative gap of 1e-6:`,
    `\`node dist/bench/lasso.js <data> ${engine} ${workers}\``,
    '',
    '| problem | penalty | seconds | wall seconds | objective | relative gap | nonzeros | rounds |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
