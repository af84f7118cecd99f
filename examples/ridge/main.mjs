/** node main.mjs [--workers 2] [--listen 7071 --token-file token] */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RandomDraw, run } from 'strads/program';
import { cutByRows, makeProblem } from './data.mjs';
import { Ridge } from './program.mjs';

const { values: flags } = parseArgs({
  options: { workers: { type: 'string' }, listen: { type: 'string' }, 'token-file': { type: 'string', default: 'token' } },
});

const problem = makeProblem({ rows: 2000, columns: 48, seed: 1 });
const range = { begin: 0, end: problem.columns };
const ridge = new Ridge({ columns: problem.columns, lambda: 0.5, block: 8, draw: new RandomDraw(7, range) });

const outcome = await run({
  program: ridge,
  range,
  shards: cutByRows(problem, 6),
  rounds: 2000,
  until: () => ridge.distance < 1e-3,
  observe: ({ round, bytes }) => {
    if (round % 32 === 31) console.log(`round ${round}: within ${ridge.distance.toExponential(1)} of the optimum, ${bytes} bytes`);
  },
  notice: console.log,
  workers: flags.workers,
  listen: flags.listen === undefined ? undefined : { host: '127.0.0.1', port: Number(flags.listen), token: readFileSync(flags['token-file'], 'utf8').trim(), expect: 1 },
});

console.log(`${outcome.stopped} after ${outcome.rounds} rounds: within ${ridge.distance.toExponential(1)} of the optimum`);
console.log(`b = ${[...ridge.coefficients.subarray(0, 5)].map((b) => b.toFixed(4)).join(', ')}, …`);
console.log(`bits of b: ${createHash('sha256').update(ridge.coefficients).digest('hex').slice(0, 16)}`);
for (const { name, gpujs, adapter, shards, pushes } of outcome.workers) console.log(`${name}: gpu.js in mode ${gpujs} on ${adapter}, ${shards} shards, ${pushes} pushes`);
