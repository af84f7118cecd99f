/** Float32 numbers as a task carries them, whose values are float64: two in the place of one, bit for bit. */

export function packed(numbers: Float32Array): Float64Array {
  const pairs = new Float64Array(Math.ceil(numbers.length / 2));
  new Float32Array(pairs.buffer).set(numbers);
  return pairs;
}

/** The numbers in a task's values; behind an odd number of them stands a 0. */
export function unpacked({ buffer, byteOffset, length }: Float64Array): Float32Array<ArrayBuffer> {
  return new Float32Array(buffer as ArrayBuffer, byteOffset, 2 * length);
}
