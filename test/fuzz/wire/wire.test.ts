/** A small part of what `npm run fuzz -- wire` does, always the same. */
import { describe, expect, it } from 'vitest';
import { fuzzFrames } from './frames.js';

describe('mutated frames', () => {
  it.each([1, 2, 3])('are refused or read as they are, with seed %i', async (seed) => {
    const { findings, frames, refused, accepted } = await fuzzFrames(seed, 20_000);
    expect(findings).toEqual([]);
    expect([frames, refused, accepted].map((count) => count > 2000)).toEqual([true, true, true]);
  });
});
