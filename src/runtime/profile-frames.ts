/** How spans of a worker, and the exchanges that tell its clock, become segments. Only while a run is profiled. */
import type { Frame } from '../bus/link.js';
import { decodeJson, encodeJson } from '../bus/json.js';
import type { Ceilings } from '../engine/roofline.js';
import type { SpanChunk } from '../report/trace/spans.js';
import { frame, Verb } from './protocol.js';

const NOWHERE = { round: 0, task: 0 };

/** What a worker answers once it tells of its work. */
export interface ProfileReady {
  /** What its adapter can do at the most; null where it does not know. */
  readonly ceilings: Ceilings | null;
}

/** Segments: [when they were told, in the worker's clock], the rows, and the names. */
export function spansFrame(at: number, { names, rows }: SpanChunk): Frame {
  return frame(Verb.Spans, NOWHERE, [Float64Array.of(at), rows, encodeJson(names)]);
}

/** Throws TypeError when the segments do not make a chunk. */
export function spansOf({ segments: [at, rows, names] }: Frame): { readonly at: number; readonly chunk: SpanChunk } {
  if (!(at instanceof Float64Array) || at.length !== 1 || !(rows instanceof Float64Array)) throw new TypeError('spans without their time or their rows');
  return { at: at[0]!, chunk: { names: decodeJson(names) as string[], rows } };
}

/** Times in ms: when it was asked; in an answer also when that was heard and when it was answered. */
export function clockFrame(...times: readonly number[]): Frame {
  return frame(Verb.Clock, NOWHERE, [Float64Array.from(times)]);
}

/** Throws TypeError unless there are `count` times. */
export function timesOf({ segments: [times] }: Frame, count: number): readonly number[] {
  if (!(times instanceof Float64Array) || times.length !== count) throw new TypeError(`an exchange of clocks with ${times?.length ?? 0} times, expected ${count}`);
  return [...times];
}
