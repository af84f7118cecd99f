/** The build of the kernels' table, on small folders of shaders: what it derives, and what it refuses. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const BUILD = fileURLToPath(new URL('../../src/build/kernels.mjs', import.meta.url));

const WGSL = `struct Parameters { count: u32, shift: i32, scale: f32 }
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> target_: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;
@compute @workgroup_size(8, 2)
fn main(@builtin(global_invocation_id) id: vec3u) {
  target_[id.x] = source[id.x] * parameters.scale + f32(parameters.shift) + f32(parameters.count);
}
`;
const TWIN = `
/** Comments and a line break a parameter do no harm: export function run(nothing: u32): void */
export function run(
  source: usize, // where it comes from
  target_: usize,
  count: u32,
  shift: i32, scale: f32,
): void {
  for (let i: u32 = 0; i < count; i++) store<f32>(target_ + (i << 2), load<f32>(source + (i << 2)) * scale + <f32>shift + <f32>count);
}
`;

/** A shader with so many storage buffers. */
const manyBuffers = (count: number) =>
  Array.from({ length: count }, (_, at) => `@group(0) @binding(${at}) var<storage, read_write> b${at}: array<f32>;\n`).join('') +
  `@compute @workgroup_size(1)\nfn main() {\n  ${Array.from({ length: count }, (_, at) => `b${at}[0] = 1.0;`).join(' ')}\n}\n`;

const COST = 'export const cost = ({ count }: { count: number }) => ({ bytes: 8 * count, flops: 3 * count });\n';

describe('kernels build', () => {
  let folder: string;
  const table = () => join(folder, 'out/kernels.js');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'strads-kernels-'));
    write('toy/scale-all.wgsl', WGSL);
    write('toy/scale-all.ts', TWIN);
    write('toy/scale-all.cost.ts', COST);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, text: string) {
    const path = join(folder, 'shaders', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  function build() {
    const args = [BUILD, join(folder, 'shaders'), join(folder, 'out')];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  it('derives bindings, parameters and workgroup size from the shader', async () => {
    expect(build()).toEqual({ status: 0, stdout: 'kernels: 1 built, each with its twin and its cost\n', stderr: '' });
    const { toy, all } = await import(pathToFileURL(table()).href);
    expect(all).toEqual([toy.scaleAll]);
    const { wasm, cost, ...rest } = toy.scaleAll;
    expect(rest).toEqual({
      name: 'toy/scale-all',
      wgsl: WGSL,
      bindings: [
        { name: 'source', access: 'read' },
        { name: 'target_', access: 'read_write' },
      ],
      parameters: [
        { name: 'count', type: 'u32', offset: 0 },
        { name: 'shift', type: 'i32', offset: 4 },
        { name: 'scale', type: 'f32', offset: 8 },
      ],
      uniform: { binding: 2, bytes: 12 },
      workgroupSize: [8, 2, 1],
    });
    expect(cost({ count: 5 }, {})).toEqual({ bytes: 40, flops: 15 });
    expect(WebAssembly.validate(Uint8Array.from(Buffer.from(wasm, 'base64')))).toBe(true);
    expect(readFileSync(join(folder, 'out/kernels.d.ts'), 'utf8')).toContain('export declare const toy: {\n  readonly scaleAll: Kernel;\n};');
  });

  it('does nothing when nothing changed, and builds again when a shader, a twin, a cost or what twins share did', () => {
    write('common/one.ts', 'export function one(): f32 { return 1; }\n');
    build();
    const first = statSync(table()).mtimeMs;
    expect(build()).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(statSync(table()).mtimeMs).toBe(first);
    for (const [name, text] of [
      ['toy/scale-all.wgsl', `// changed\n${WGSL}`],
      ['toy/scale-all.ts', `// changed\n${TWIN}`],
      ['toy/scale-all.cost.ts', COST.replace('3 *', '2 *')],
      ['common/one.ts', 'export function one(): f32 { return 2; }\n'],
    ]) {
      write(name, text);
      expect(build().stdout).toBe('kernels: 1 built, each with its twin and its cost\n');
    }
  });

  it('puts what a shader uses behind it, so that its own lines stay where they are', async () => {
    write('common/half.wgsl', 'fn half(value: f32) -> f32 {\n  return value * 0.5;\n}\n');
    const shader = `// use ../common/half.wgsl\n${WGSL.replace('source[id.x] *', 'half(source[id.x]) *')}`;
    write('toy/scale-all.wgsl', shader);
    expect(build()).toEqual({ status: 0, stdout: 'kernels: 1 built, each with its twin and its cost\n', stderr: '' });
    const { toy } = await import(`${pathToFileURL(table()).href}?shared`);
    expect(toy.scaleAll.wgsl).toBe(`${shader}\n// shaders/common/half.wgsl\nfn half(value: f32) -> f32 {\n  return value * 0.5;\n}\n`);
  });

  const refused: [string, Record<string, string>, RegExp][] = [
    [
      'a twin that takes its arguments in another order, with both lists',
      { 'toy/scale-all.ts': TWIN.replace('shift: i32, scale: f32', 'scale: f32, shift: i32') },
      /shaders\/toy\/scale-all\.ts: run does not take what the kernel binds\.\n {2}twin: {5}source: usize, target_: usize, count: u32, scale: f32, shift: i32\n {2}expected: source: usize, target_: usize, count: u32, shift: i32, scale: f32\n/,
    ],
    ['a twin with an argument of another type', { 'toy/scale-all.ts': TWIN.replace('shift: i32', 'shift: u32') }, /twin: .*shift: u32.*\n {2}expected: .*shift: i32/],
    ['a twin without run', { 'toy/scale-all.ts': 'export function go(): void {}' }, /scale-all\.ts: no 'export function run/],
    ['a twin that does not compile, with its line', { 'toy/scale-all.ts': TWIN.replace('load<f32>(source', 'lod<f32>(source') }, /scale-all\.ts:[\s\S]*'lod'[\s\S]*toy\/scale-all\.ts\(9,/],
    [
      'a twin with static data',
      { 'toy/scale-all.ts': `const t = memory.data<f32>([1, 2, 3]);\n${TWIN.replace('<f32>shift', 'load<f32>(t + (count << 2))')}` },
      /scale-all\.ts: the twin carries static data/,
    ],
    ['a shader without a twin', { 'toy/other.wgsl': WGSL }, /shaders\/toy\/other\.wgsl has no twin: write shaders\/toy\/other\.ts/],
    ['a shader without a cost function', { 'toy/other.wgsl': WGSL, 'toy/other.ts': TWIN }, /shaders\/toy\/other\.wgsl has no cost function: write shaders\/toy\/other\.cost\.ts/],
    ['a cost function without a shader', { 'toy/other.cost.ts': COST }, /shaders\/toy\/other\.cost\.ts has no kernel: write shaders\/toy\/other\.wgsl/],
    ['a cost function that does not compile, with its line', { 'toy/scale-all.cost.ts': `\n${COST.replace('=>', '=')}` }, /shaders\/toy\/scale-all\.cost\.ts:2: /],
    ['a file that exports no cost', { 'toy/scale-all.cost.ts': COST.replace('cost', 'price') }, /shaders\/toy\/scale-all\.cost\.ts:1: .*cost/],
    ['a twin without a shader', { 'toy/other.ts': TWIN }, /shaders\/toy\/other\.ts has no kernel: write shaders\/toy\/other\.wgsl/],
    ['a shader that uses what is not there', { 'toy/scale-all.wgsl': `// use ../common/half.wgsl\n${WGSL}` }, /shaders\/toy\/scale-all\.wgsl uses common\/half\.wgsl, which is not there: write shaders\/common\/half\.wgsl/],
    ['a shader outside a model', { 'other.wgsl': WGSL, 'other.ts': TWIN }, /shaders\/other\.wgsl is out of place: a kernel is shaders\/<model>\/<kernel>\.wgsl/],
    ['a shader that does not parse, with its line', { 'toy/scale-all.wgsl': WGSL.replace('] = source', '] 3 = source') }, /^shaders\/toy\/scale-all\.wgsl:7: /],
    ['a gap between bindings', { 'toy/scale-all.wgsl': WGSL.replace('@binding(2)', '@binding(3)') }, /scale-all\.wgsl: bindings are expected in @group\(0\)/],
    ['a uniform that is no struct of numbers', { 'toy/scale-all.wgsl': WGSL.replace('scale: f32 }', 'scale: vec2f }').replace('parameters.scale', 'parameters.scale.x') }, /member scale is vec2f/],
    ['more storage buffers than every adapter binds', { 'toy/scale-all.wgsl': manyBuffers(9) }, /scale-all\.wgsl: 9 storage buffers are bound, and WebGPU promises 8/],
    ['a workgroup size that is not written out', { 'toy/scale-all.wgsl': `const SIZE = 8u;\n${WGSL.replace('(8, 2)', '(SIZE)')}` }, /@workgroup_size\(SIZE\) is not known/],
  ];

  it.each(refused)('refuses %s', (_, files, message) => {
    for (const [name, text] of Object.entries(files)) write(name, text);
    const { status, stderr } = build();
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(() => statSync(table())).toThrow();
  });

  it('takes as many storage buffers as every adapter binds', () => {
    write('toy/scale-all.wgsl', manyBuffers(8));
    write('toy/scale-all.ts', `export function run(${Array.from({ length: 8 }, (_, at) => `b${at}: usize`).join(', ')}): void { store<f32>(b0, 1); }\n`);
    expect(build()).toMatchObject({ status: 0, stderr: '' });
  });

  it('shows every mistake in one run', () => {
    write('toy/second.wgsl', WGSL.replace('] = source', '] 3 = source'));
    write('toy/second.ts', TWIN);
    write('toy/second.cost.ts', COST);
    write('toy/scale-all.ts', 'export function go(): void {}');
    expect(build().stderr).toMatch(/scale-all\.ts: no[\s\S]*second\.wgsl:7/);
  });
});
