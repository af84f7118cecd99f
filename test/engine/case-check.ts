/** Runs one case of an oracle on an engine and says what is wrong with the outcome. */
import type { Engine, EngineBuffer, Kernel } from '../../src/engine/engine.js';
import type { Expected, KernelCase } from './oracle.js';

/** Written behind what a kernel may change, to notice when it goes too far. */
export const FENCE = new Float32Array(16).fill(-77);

/** Buffers of a case with its contents, those that the kernel may change with a fence. */
export function buffersOf(engine: Engine, kernel: Kernel, { buffers }: KernelCase): Readonly<Record<string, EngineBuffer>> {
  return Object.fromEntries(
    kernel.bindings.map(({ name, access }) => {
      const data = buffers[name];
      const fenced = access === 'read_write';
      const buffer = engine.createBuffer(name, data.byteLength + (fenced ? FENCE.byteLength : 0));
      engine.write(buffer, data);
      if (fenced) engine.write(buffer, FENCE, data.byteLength);
      return [name, buffer];
    }),
  );
}

/** Runs one case on fresh buffers; returns the bytes of every buffer, fences included. */
export async function run(engine: Engine, kernel: Kernel, work: KernelCase): Promise<Map<string, ArrayBuffer>> {
  const made = buffersOf(engine, kernel, work);
  engine.dispatch({ kernel, buffers: made, parameters: work.parameters, workgroups: work.workgroups });
  const bytes = await engine.read(kernel.bindings.map(({ name }) => ({ buffer: made[name] })));
  for (const buffer of Object.values(made)) buffer.destroy();
  return new Map(kernel.bindings.map(({ name }, index) => [name, bytes[index]]));
}

export const sameBytes = (a: ArrayBufferView, b: ArrayBuffer) => Buffer.compare(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), new Uint8Array(b)) === 0;

/** The first value that is out of bounds, as a sentence; null when all are within. */
function firstMiss(found: Float32Array, { values, bounds }: Expected): string | null {
  const at = values.findIndex((value, index) => !(Math.abs(found[index] - value) <= bounds[index]));
  return at < 0 ? null : `[${at}] is ${found[at]}; expected ${values[at]} within ${bounds[at]}`;
}

function firstOtherWord(found: Uint32Array, words: Uint32Array): string | null {
  const at = words.findIndex((word, index) => found[index] !== word);
  return at < 0 ? null : `[${at}] is ${found[at]}; expected ${words[at]}`;
}

/** What is wrong with a buffer that the kernel was to change; null when nothing is. */
function missOf(expected: KernelCase['expected'][string], found: Uint32Array, after: ReadonlyMap<string, Uint32Array>): string | null {
  if ('miss' in expected) return expected.miss(after);
  if ('words' in expected) return firstOtherWord(found, expected.words);
  return firstMiss(new Float32Array(found.buffer, found.byteOffset, found.length), expected);
}

/** Every buffer that is not as it should be, as a sentence. */
export function check(kernel: Kernel, work: KernelCase, after: Map<string, ArrayBuffer>): string[] {
  const contents = new Map([...after].map(([name, bytes]) => [name, new Uint32Array(bytes, 0, work.buffers[name].length)]));
  return kernel.bindings.flatMap(({ name, access }) => {
    const bytes = after.get(name)!;
    const length = work.buffers[name].byteLength;
    const expected = work.expected[name];
    const misses: string[] = [];
    if (access === 'read_write' && !sameBytes(FENCE, bytes.slice(length))) misses.push('wrote past its end');
    if (!expected && !sameBytes(work.buffers[name], bytes.slice(0, length))) misses.push('was changed');
    const miss = expected && missOf(expected, contents.get(name)!, contents);
    if (miss) misses.push(miss);
    return misses.map((what) => `${work.title}: ${name} ${what}`);
  });
}
