/**
 * Blocks of nearly independent variables, chosen without a round trip of their own. With pipelining depth s, the task of
 * round t also brings the Gram rows of the candidates for round t + 1 + s: among themselves, and with the candidates of the
 * s rounds before, from which everything that is still in flight in round t + 1 + s was chosen. When that round comes, the
 * filter has all correlations at hand, and the block its Gram matrix.
 *
 * A variable that depends on something in flight in every round would wait for ever if the pipeline never ran empty; a
 * certificate empties it, and the first candidate of the round after that is always kept.
 */
import type { SchedulerState } from '../../../src/program.js';
import { independentCandidates } from '../../../src/schedule/dependency-filter.js';
import type { Draw } from '../../../src/schedule/draw.js';
import { GramRows, NO_GRAM, type GramRequest } from './block-gram.js';
import type { LassoState } from './state.js';

export interface LookaheadOptions {
  /** Candidates a round; what the filter leaves of them is the block. More candidates would fill it, and cost their square in Gram entries. */
  readonly block: number;
  /** Pipelining depth s. */
  readonly depth: number;
  /** ρ: variables in flight together are less correlated than that. */
  readonly threshold: number;
}

/** Most ids of a Gram request. */
export function lookaheadIds({ block, depth }: Pick<LookaheadOptions, 'block' | 'depth'>): number {
  return block * (depth + 1);
}

/** The candidates of a round. */
interface Slate {
  readonly ids: Uint32Array;
  /** Places in `ids` of what the filter kept, while that is in flight. */
  kept: readonly number[];
}

/** A round to come: its candidates, and the Gram rows over those of the rounds before and its own. */
interface Planned {
  readonly slate: Slate;
  readonly before: readonly Slate[];
  readonly rows: GramRows;
}

/** What of a lookahead's state its arrays do not say; slates go by their numbers. */
interface LookaheadFacts {
  readonly slates: number;
  readonly planned: readonly { readonly round: number; readonly slate: number; readonly before: readonly number[] }[];
  readonly recent: readonly number[];
}

export interface ChosenBlock {
  readonly ids: Uint32Array;
  readonly rows: GramRows;
  /** Where the ids stand in `rows`. */
  readonly places: ArrayLike<number>;
}

export class Lookahead {
  readonly #state: LassoState;
  readonly #draw: Draw;
  readonly #options: LookaheadOptions;
  readonly #planned = new Map<number, Planned>();
  /** Slates of the last rounds that were planned, at most s. */
  #recent: Slate[] = [];
  readonly #inFlight = new Map<number, Slate>();

  constructor(state: LassoState, draw: Draw, options: LookaheadOptions) {
    this.#state = state;
    this.#draw = draw;
    this.#options = options;
  }

  /** The block of a round: its candidates, filtered; the others are released. Null in the first s + 1 rounds, which nobody planned. */
  choose(round: number): ChosenBlock | null {
    const planned = this.#planned.get(round);
    if (!planned) return null;
    this.#planned.delete(round);
    const { slate, rows } = planned;
    slate.kept = this.#filter(planned);
    this.#inFlight.set(round, slate);
    this.#draw.release(without(slate.ids, slate.kept));
    return { ids: atPlaces(slate), rows, places: slate.kept.map((place) => rows.first + place) };
  }

  /** The block of a round has been pulled. */
  land(round: number): void {
    const slate = this.#inFlight.get(round);
    if (slate) slate.kept = [];
    this.#inFlight.delete(round);
  }

  /** Draws the candidates of round `round` + 1 + s and says which Gram rows they need. */
  plan(round: number): GramRequest {
    const { block, depth } = this.#options;
    const target = round + 1 + depth;
    const ids = this.#draw.draw(target, block);
    if (ids.length === 0) return NO_GRAM;
    const before = this.#recent;
    const planned = this.#plannedOf({ ids, kept: [] }, before);
    this.#planned.set(target, planned);
    this.#recent = [...before, planned.slate].slice(Math.max(0, before.length + 1 - depth));
    return planned.rows;
  }

  /** Where the Gram rows that were asked for in `round` go. */
  rowsAskedIn(round: number): GramRows | undefined {
    return this.#planned.get(round + 1 + this.#options.depth)?.rows;
  }

  /** With nothing in flight: every slate's candidates, and the Gram rows of the rounds to come. */
  state(): SchedulerState {
    const slates = [...new Set([...[...this.#planned.values()].flatMap(({ slate, before }) => [...before, slate]), ...this.#recent])];
    const numbers = (some: readonly Slate[]) => some.map((slate) => slates.indexOf(slate));
    const planned = [...this.#planned].map(([round, { slate, before }]) => ({ round, slate: slates.indexOf(slate), before: numbers(before) }));
    const facts: LookaheadFacts = { slates: slates.length, planned, recent: numbers(this.#recent) };
    return { facts, arrays: [...slates.map(({ ids }) => ids), ...Array.from(this.#planned.values(), ({ rows }) => rows.entries)] };
  }

  resume({ facts, arrays }: SchedulerState): void {
    const { slates: count, planned, recent } = facts as LookaheadFacts;
    const slates = arrays.slice(0, count).map((ids): Slate => ({ ids: ids as Uint32Array, kept: [] }));
    this.#planned.clear();
    for (const [k, { round, slate, before }] of planned.entries()) {
      const plan = this.#plannedOf(slates[slate]!, before.map((number) => slates[number]!));
      plan.rows.fill(arrays[count + k] as Float64Array);
      this.#planned.set(round, plan);
    }
    this.#recent = recent.map((number) => slates[number]!);
  }

  #plannedOf(slate: Slate, before: readonly Slate[]): Planned {
    const request = { ids: concatenated([...before, slate]), first: before.reduce((sum, earlier) => sum + earlier.ids.length, 0) };
    return { slate, before, rows: new GramRows(this.#state, request) };
  }

  #filter({ slate, before, rows }: Planned): number[] {
    const flying: number[] = [];
    let offset = 0;
    for (const { ids, kept } of before) {
      for (const place of kept) flying.push(offset + place);
      offset += ids.length;
    }
    const candidates = {
      count: slate.ids.length,
      inFlight: flying.length,
      among: (a: number, b: number) => rows.correlation(rows.first + a, rows.first + b),
      withInFlight: (a: number, b: number) => rows.correlation(rows.first + a, flying[b]!),
    };
    return independentCandidates(candidates, this.#options.threshold);
  }
}

/** The ids of what the filter kept. A loop: `from` with a function takes as long as the filter. */
function atPlaces({ ids, kept }: Slate): Uint32Array {
  const chosen = new Uint32Array(kept.length);
  for (let k = 0; k < chosen.length; k++) chosen[k] = ids[kept[k]!]!;
  return chosen;
}

/** The ids at the other places; `places` ascend. */
function without(ids: Uint32Array, places: readonly number[]): Uint32Array {
  const others = new Uint32Array(ids.length - places.length);
  for (let place = 0, next = 0, count = 0; place < ids.length; place++) {
    if (places[next] === place) next++;
    else others[count++] = ids[place]!;
  }
  return others;
}

function concatenated(slates: readonly Slate[]): Uint32Array {
  const all = new Uint32Array(slates.reduce((sum, { ids }) => sum + ids.length, 0));
  let at = 0;
  for (const { ids } of slates) {
    all.set(ids, at);
    at += ids.length;
  }
  return all;
}
