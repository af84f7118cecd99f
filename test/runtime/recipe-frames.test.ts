import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aligned, decodeFrame, encodeFrame, frameBytes } from '../../src/bus/frames.js';
import type { Frame } from '../../src/bus/link.js';
import type { Recipe } from '../../src/runtime/distribution.js';
import { Verb } from '../../src/runtime/protocol.js';
import { RecipeIntake, recipeFrames } from '../../src/runtime/recipe-frames.js';

const MOST_BYTES = (1 << 20) + 256;

const travelled = (sent: Frame): Frame => decodeFrame(aligned(encodeFrame(sent, { run: 1, sequence: 1, acknowledged: 0 })), 0, MOST_BYTES);

function arrived(recipe: Recipe): Recipe {
  const [announced, ...frames] = [...recipeFrames(recipe, 0)].map(travelled);
  const intake = new RecipeIntake(announced);
  const end = frames.pop();
  expect(end?.kind).toBe(Verb.RecipeEnd);
  for (const piece of frames) intake.take(piece);
  return intake.recipe;
}

describe('a recipe', () => {
  it('arrives as it was sent, with arrays of every type, empty ones too', () => {
    const array = fc.oneof(fc.uint8Array(), fc.uint32Array(), fc.float32Array(), fc.float64Array());
    fc.assert(
      fc.property(fc.json(), fc.array(array, { maxLength: 4 }), (json, arrays) => {
        const recipe = { description: JSON.parse(json) as unknown, arrays };
        expect(arrived(recipe)).toEqual(recipe);
      }),
    );
  });

  const PIECE = 1 << 17;
  it.each([PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])('travels in pieces of bounded size when an array has %i numbers', (length) => {
    const arrays = [Float64Array.from({ length }, (_, i) => i / 3), Uint32Array.from({ length }, (_, i) => i)];
    for (const sent of recipeFrames({ description: null, arrays }, 0)) expect(frameBytes(sent)).toBeLessThanOrEqual(MOST_BYTES);
    const bytes = arrived({ description: null, arrays }).arrays.map(({ buffer }) => Buffer.from(buffer));
    expect(bytes.every((part, i) => part.equals(Buffer.from(arrays[i].buffer)))).toBe(true);
  });
});
