/** Memory and arithmetic that count themselves: what an algorithm must at least move and compute, found by running it. */

export class Meter {
  flops = 0;
  #words = 0;

  /** Bytes of the numbers that were read before they were written, and of those that were written, each once. */
  get bytes(): number {
    return 4 * this.#words;
  }

  buffer(values: ArrayLike<number>): MeteredBuffer {
    return new MeteredBuffer(Array.from(values), () => this.#words++);
  }

  readonly add = (a: number, b: number): number => this.#counted(a + b);
  readonly sub = (a: number, b: number): number => this.#counted(a - b);
  readonly mul = (a: number, b: number): number => this.#counted(a * b);
  readonly div = (a: number, b: number): number => this.#counted(a / b);
  readonly root = (a: number): number => this.#counted(1 / Math.sqrt(a));
  readonly abs = (a: number): number => Math.abs(a);

  /** sum + a·b */
  readonly plus = (sum: number, a: number, b: number): number => this.add(sum, this.mul(a, b));

  /** Σ a_k·b_k from 0 on, so that a sum of n products is n multiplications and n additions. */
  dot(a: readonly number[], b: readonly number[]): number {
    return a.reduce((sum, value, k) => this.plus(sum, value, b[k]!), 0);
  }

  #counted(result: number): number {
    this.flops++;
    return result;
  }
}

export class MeteredBuffer {
  readonly #read = new Set<number>();
  readonly #written = new Set<number>();

  constructor(
    private readonly values: number[],
    private readonly count: () => void,
  ) {}

  get(i: number): number {
    if (!(i in this.values)) throw new Error(`number ${i} of ${this.values.length}`);
    if (!this.#read.has(i) && !this.#written.has(i)) this.count();
    this.#read.add(i);
    return this.values[i]!;
  }

  set(i: number, value: number): void {
    if (!(i in this.values)) throw new Error(`number ${i} of ${this.values.length}`);
    if (!this.#written.has(i)) this.count();
    this.#written.add(i);
    this.values[i] = value;
  }

  /** Numbers begin … begin + count - 1. */
  slice(begin: number, count: number): number[] {
    return Array.from({ length: count }, (_, k) => this.get(begin + k));
  }
}
