/** What the training loop sees of an algorithm: sweeps, each of which meets every rating and every factor. */
export interface Sweeper {
  /** After it the factors are at home and errors can be judged. */
  sweep(): Promise<void>;
}
