/**
 * The state of a row shard in parts of at most 1 MiB. First a table of contents: the ranges of columns that were standardized in place, what
 * the columns were asked before, and the problems that have a residual. Then all of these in that order; where problem 0 has a residual, its
 * float32 copy on the engine, which commits have changed since, stands before it. So what rests keeps its place when there is more.
 */
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardPart } from '../../../src/program.js';
import type { LassoShard } from './shard.js';
import type { Answer, StandardizedRange } from './standardized.js';

const MOST_BYTES = 1 << 20;

/** Numbers of the table of contents for one answer. */
const ANSWER_WIDTH = 3;

export async function* saveShard(engine: Engine, { columns, standardized, residuals }: LassoShard): AsyncGenerator<ShardPart> {
  const { ranges, answers } = standardized.state;
  const problems = [...residuals.keys()].filter((q) => residuals[q] !== undefined);
  yield [Uint32Array.from(ranges, ({ begin }) => begin), Uint32Array.from(answers.flatMap(({ question, begin, end }) => [question, begin, end])), Uint32Array.from(problems)];
  for (const { means, scales } of ranges) yield [means, scales];
  for (const { given, values } of answers) yield [given, values];
  if (problems.includes(0)) yield* pieces(new Float32Array((await engine.read([columns.residual()]))[0]!));
  for (const q of problems) yield* pieces(residuals[q]!);
}

export async function restoreShard({ columns, standardized, residuals, target }: LassoShard, parts: AsyncIterable<ShardPart>): Promise<void> {
  const stream = parts[Symbol.asyncIterator]();
  const [begins, asked, problems] = (await next(stream)) as [Uint32Array, Uint32Array, Uint32Array];
  const ranges: StandardizedRange[] = [];
  for (const begin of begins) {
    const [means, scales] = (await next(stream)) as [Float64Array, Float64Array];
    ranges.push({ begin, means, scales });
  }
  const answers: Answer[] = [];
  for (let at = 0; at < asked.length; at += ANSWER_WIDTH) {
    const [question, begin, end] = asked.subarray(at, at + ANSWER_WIDTH) as unknown as [number, number, number];
    const [given, values] = (await next(stream)) as [Float64Array, Float64Array];
    answers.push({ question, begin, end, given, values });
  }
  standardized.bringTo({ ranges, answers });
  const onEngine = new Float32Array(target.length);
  if (problems.includes(0)) await fill(onEngine, stream);
  columns.setResidual(onEngine);
  residuals.length = 0;
  for (const q of problems) await fill((residuals[q] = new Float64Array(target.length)), stream);
}

/** The numbers in parts of their own. */
function* pieces(numbers: Float32Array | Float64Array): Generator<ShardPart> {
  const most = MOST_BYTES / numbers.BYTES_PER_ELEMENT;
  for (let at = 0; at < numbers.length; at += most) yield [numbers.subarray(at, at + most)];
}

/** Fills an array with what `pieces` made of one of its length. */
async function fill(numbers: Float32Array | Float64Array, stream: AsyncIterator<ShardPart>): Promise<void> {
  for (let at = 0; at < numbers.length; ) {
    const [piece] = (await next(stream)) as [Float32Array | Float64Array];
    numbers.set(piece, at);
    at += piece.length;
  }
}

async function next(stream: AsyncIterator<ShardPart>): Promise<ShardPart> {
  const { done, value } = await stream.next();
  if (done) throw new RangeError('the saved state of a shard ends before its residuals do: it is not the state of this shard');
  return value;
}
