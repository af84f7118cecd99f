/** The safetensors format. In: named arrays with their shapes. Out: the bytes of a file, and back, every offset checked. */
import { elements, headerLength, LENGTH_BYTES, tensorEntries, tensorHead, TYPES, type TensorEntry, type TypeName } from './safetensors-header.js';

export type TensorData = Float64Array | Float32Array | Uint32Array | BigInt64Array;

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

export function writeSafetensors(tensors: Tensors): Uint8Array {
  const ordered = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  for (const [name, { shape, data }] of ordered) {
    if (elements(shape) !== data.length) throw new TypeError(`tensor ${name}: ${data.length} values do not make the shape ${shape.join(' × ')}`);
  }
  const { head, dataBytes } = tensorHead(ordered.map(([name, { shape, data }]) => [name, { shape, dtype: typeName(data) }]));
  const bytes = new Uint8Array(head.length + dataBytes);
  bytes.set(head);
  let at = head.length;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** Tensors of a file's bytes; `file` is named in errors. */
export function readSafetensors(bytes: Uint8Array, file: string): Tensors {
  const dataStart = LENGTH_BYTES + headerLength(bytes, bytes.length, file);
  const entries = tensorEntries(bytes.subarray(LENGTH_BYTES, dataStart), bytes.length - dataStart, file);
  return Object.fromEntries(Array.from(entries, ([name, entry]) => [name, { shape: entry.shape, data: dataOf(bytes, dataStart, entry) }]));
}

function dataOf(bytes: Uint8Array, dataStart: number, { dtype, data_offsets: [from, to] }: TensorEntry): TensorData {
  // A copy of its own: a Buffer's slice would share the memory, and its offset need not be aligned.
  return new TYPES[dtype](Uint8Array.from(bytes.subarray(dataStart + from, dataStart + to)).buffer);
}

function typeName(data: TensorData): TypeName {
  return (Object.keys(TYPES) as TypeName[]).find((name) => data instanceof TYPES[name])!;
}
