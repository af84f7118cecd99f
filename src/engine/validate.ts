/**
 * What every engine checks before it touches a buffer: in, the arguments of an `Engine` call; out, nothing, or an
 * `EngineError` that names the kernel or buffer, what was given, what was expected and what to change.
 */
import { CapacityError, EngineError } from './engine.js';
import type { BufferData, Dispatch, EngineBuffer, EngineLimits, KernelParameter, ReadRequest } from './engine.js';

/** Most workgroups that two dimensions of 65,535 hold. */
const MOST_WORKGROUPS = 65_535 * 65_535;

const RANGES = { u32: [0, 0xffff_ffff], i32: [-0x8000_0000, 0x7fff_ffff] } as const;

export function validateSize(label: string, bytes: number, allocatedBytes: number, limits: EngineLimits): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes % 4 !== 0) {
    throw new EngineError(`buffer '${label}': a size of ${bytes} bytes was asked for; sizes are multiples of 4, from 0 up.`);
  }
  const free = Math.max(0, limits.totalBytes - allocatedBytes);
  const largest = Math.min(limits.bufferBytes, free);
  if (bytes > largest) {
    throw new CapacityError(
      `buffer '${label}': ${bytes} bytes do not fit; the largest buffer that fits now is ${largest} bytes ` +
        `(${limits.bufferBytes} a buffer, ${free} left in all). Use smaller blocks or more workers.`,
    );
  }
}

/** A range inside a buffer. */
export function validateRange(buffer: EngineBuffer, byteOffset: number, bytes: number): void {
  const aligned = Number.isSafeInteger(byteOffset) && Number.isSafeInteger(bytes) && byteOffset % 4 === 0 && bytes % 4 === 0;
  if (!aligned || byteOffset < 0 || bytes < 0 || byteOffset + bytes > buffer.bytes) {
    throw new EngineError(
      `buffer '${buffer.label}' has ${buffer.bytes} bytes; ${bytes} bytes from offset ${byteOffset} were asked for. ` +
        `Offset and length are multiples of 4 and end inside the buffer.`,
    );
  }
}

export function validateWrite(buffer: EngineBuffer, data: BufferData, byteOffset: number): void {
  validateRange(buffer, byteOffset, data.byteLength);
}

/** The offset and length a read request stands for. */
export function readRange(request: ReadRequest): { readonly byteOffset: number; readonly bytes: number } {
  const byteOffset = request.byteOffset ?? 0;
  const bytes = request.bytes ?? request.buffer.bytes - byteOffset;
  validateRange(request.buffer, byteOffset, bytes);
  return { byteOffset, bytes };
}

export function validateDispatch(work: Dispatch): void {
  const { kernel, buffers, parameters, workgroups } = work;
  sameNames(kernel.name, 'buffers', buffers, kernel.bindings);
  sameNames(kernel.name, 'parameters', parameters, kernel.parameters);
  for (const parameter of kernel.parameters) validateParameter(kernel.name, parameter, parameters[parameter.name]);
  validateAliases(work);
  if (!Number.isSafeInteger(workgroups) || workgroups < 0 || workgroups > MOST_WORKGROUPS) {
    throw new EngineError(`kernel ${kernel.name}: ${workgroups} workgroups were asked for; a dispatch takes 0 to ${MOST_WORKGROUPS}.`);
  }
}

type Named = readonly { readonly name: string }[];

function sameNames(kernel: string, what: string, given: Readonly<Record<string, unknown>>, takes: Named): void {
  if (hasExactly(given, takes)) return;
  const expected = takes.map(({ name }) => name);
  const names = Object.keys(given);
  const missing = expected.filter((name) => !names.includes(name));
  const unknown = names.filter((name) => !expected.includes(name));
  const found = [
    ...(missing.length > 0 ? [`missing ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`unknown ${unknown.join(', ')}`] : []),
  ].join('; ');
  throw new EngineError(`kernel ${kernel}: ${what} do not match: ${found}. It takes ${expected.join(', ') || 'none'}.`);
}

/** Allocates nothing: a round of small dispatches spends more on being checked than on being run. */
function hasExactly(given: Readonly<Record<string, unknown>>, takes: Named): boolean {
  let count = 0;
  for (const name in given) if (Object.hasOwn(given, name)) count++;
  if (count !== takes.length) return false;
  for (const { name } of takes) if (!Object.hasOwn(given, name)) return false;
  return true;
}

function validateParameter(kernel: string, parameter: KernelParameter, value: number): void {
  const { name, type } = parameter;
  if (type === 'f32') {
    if (typeof value === 'number' && Number.isFinite(value) && Number.isFinite(Math.fround(value))) return;
    throw new EngineError(`kernel ${kernel}: parameter ${name} is ${value}; an f32 is expected, finite.`);
  }
  const [least, most] = RANGES[type];
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new EngineError(`kernel ${kernel}: parameter ${name} is ${value}; a ${type} is expected, an integer from ${least} to ${most}.`);
}

/** WebGPU forbids a buffer that a kernel writes to be bound a second time in the same dispatch; so does every engine. */
function validateAliases({ kernel, buffers }: Dispatch): void {
  for (const written of kernel.bindings) {
    if (written.access !== 'read_write') continue;
    for (const alias of kernel.bindings) {
      if (alias === written || buffers[alias.name] !== buffers[written.name]) continue;
      throw new EngineError(
        `kernel ${kernel.name}: ${written.name} is written and ${alias.name} is the same buffer ` +
          `'${buffers[written.name].label}'. Give each its own buffer.`,
      );
    }
  }
}
