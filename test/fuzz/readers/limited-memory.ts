/**
 * A machine of little memory. In: how many bytes one array may have. Out: from then on a longer one is refused as the system refuses what it
 * does not have, by a RangeError; and which was the longest that was given. Headers that announce more than there is are found so, on any machine.
 */
let longest = 0;

/** Bytes of the longest array that was given since the last call. */
export function longestArray(): number {
  const bytes = longest;
  longest = 0;
  return bytes;
}

export function limitArrays(mostBytes: number): void {
  const check = (bytes: number): void => {
    if (bytes > mostBytes) throw new RangeError(`Array buffer allocation failed: ${bytes} bytes were asked for`);
    longest = Math.max(longest, bytes);
  };
  const globals = globalThis as unknown as Record<string, unknown>;
  for (const name of ['Float64Array', 'Float32Array', 'Uint32Array', 'Int32Array', 'Uint16Array', 'Uint8Array', 'BigInt64Array', 'BigUint64Array', 'ArrayBuffer']) {
    globals[name] = limited(globals[name] as Constructor, check);
  }
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
    const allocate = Buffer[name].bind(Buffer) as (bytes: number, ...rest: unknown[]) => Buffer<ArrayBuffer>;
    Buffer[name] = (bytes: number, ...rest: unknown[]) => {
      check(bytes);
      return allocate(bytes, ...rest);
    };
  }
}

type Constructor = (new (...parameters: unknown[]) => object) & { readonly BYTES_PER_ELEMENT?: number };

function limited(type: Constructor, check: (bytes: number) => void): Constructor {
  const width = type.BYTES_PER_ELEMENT ?? 1;
  return new Proxy(type, {
    construct(target, parameters) {
      if (typeof parameters[0] === 'number') check(parameters[0] * width);
      return Reflect.construct(target, parameters) as object;
    },
  });
}
