/**
 * A recipe on the bus. In: a recipe, its arrays of any length. Out: frames of bounded size, and the recipe again on
 * the other side.
 */
import type { Frame } from '../bus/link.js';
import type { ShardPart } from '../program.js';
import type { Recipe } from './distribution.js';
import { aside, frame, jsonFrame, jsonOf, Verb } from './protocol.js';

type Numbers = ShardPart[number];

const ELEMENTS = { Uint8Array, Uint32Array, Float32Array, Float64Array };
type ElementName = keyof typeof ELEMENTS;

/** What announces a recipe: its description, and the arrays about to come. */
interface Announcement {
  readonly description: unknown;
  readonly arrays: readonly { readonly type: ElementName; readonly length: number }[];
}

const PIECE = 1 << 17;
/** Rows and columns are counted in 32 bits. */
const LONGEST = 2 ** 32;

/** The announcement, the arrays in pieces of at most 1 MiB, and the end. */
export function* recipeFrames({ description, arrays }: Recipe, attempt: number): Generator<Frame> {
  const address = aside(attempt);
  const announcement: Announcement = { description, arrays: arrays.map((array) => ({ type: nameOf(array), length: array.length })) };
  yield jsonFrame(Verb.Recipe, address, announcement);
  for (const [index, array] of arrays.entries()) {
    for (let at = 0; at < array.length; at += PIECE) yield frame(Verb.RecipePiece, address, [Float64Array.of(index, at), array.subarray(at, at + PIECE)]);
  }
  yield frame(Verb.RecipeEnd, address, []);
}

function nameOf(array: Numbers): ElementName {
  return array.constructor.name as ElementName;
}

/** A recipe on its way in. */
export class RecipeIntake {
  readonly recipe: Recipe;

  /** From the frame that announces it. */
  constructor(announced: Frame) {
    const { description, arrays } = jsonOf<Announcement>(announced);
    for (const { type, length } of arrays) if (!Object.hasOwn(ELEMENTS, type) || !Number.isInteger(length) || length < 0 || length > LONGEST) throw new TypeError(`a recipe with an array of ${length} ${type}`);
    this.recipe = { description, arrays: arrays.map(({ type, length }) => new ELEMENTS[type](length)) };
  }

  /** Takes one piece. */
  take({ segments }: Frame): void {
    const [place, piece] = segments as [Float64Array, Numbers];
    this.recipe.arrays[place[0]!]!.set(piece, place[1]!);
  }
}
