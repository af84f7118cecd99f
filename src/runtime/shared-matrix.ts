/** The data of a worker in the scheduler's own process: it cuts the scheduler's matrix itself, and nothing of it goes over the bus. */
import type { AddressedPart, Cut, Recipe } from './distribution.js';
import type { DataAnswer, LocalData } from './local-data.js';

export class SharedMatrix implements LocalData {
  #cut: Cut | null = null;

  /** What the next recipe is for. */
  share(cut: Cut): void {
    this.#cut = cut;
  }

  look(): Promise<DataAnswer> {
    return Promise.resolve({ missing: 'it has no data folder' });
  }

  parts(_program: string, recipe: Recipe): AsyncIterable<AddressedPart> {
    const { matrix, distribution } = this.#cut!;
    return distribution(matrix, recipe);
  }
}
