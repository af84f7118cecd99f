/** What can be fuzzed: everything of this system that takes in what others wrote. */
export interface Subject {
  readonly name: string;
  /** In a line. */
  readonly about: string;
  /** Its flags, a line each. */
  readonly flags: readonly string[];
  /** Rejects with a UsageError for flags that it does not have. Returns how many findings there are. */
  run(flags: readonly string[]): Promise<number>;
}
