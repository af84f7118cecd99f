/**
 * The timeline of a run as events of the Chrome trace format, one a line. In: spans, flows and counters of all processes, in ms of the
 * scheduler's clock from the beginning of the profile. Out: text to a sink, up to a number of events; what exceeds it is counted.
 */
import { Lanes } from './lanes.js';

/** Events that a viewer still opens with ease; about 150 MB. */
export const MOST_EVENTS = 1_000_000;

/** A row of the viewer: a thread of a process. */
export interface Track {
  readonly process: number;
  readonly name: string;
}

export interface TimelineSpan {
  readonly track: Track;
  readonly name: string;
  readonly begin: number;
  readonly end: number;
  readonly args: SpanArguments;
}

/** Finite numbers, and names of which there are few. */
export type SpanArguments = Readonly<Record<string, number | string | boolean | null>>;

/** Where a span was put. */
export interface Placed {
  readonly process: number;
  readonly thread: number;
}

/** A point of an arrow: a moment inside a span that was put there. */
export interface FlowPoint {
  readonly placed: Placed;
  readonly at: number;
}

/** Threads of a process are numbered by track and lane; a track may have this many lanes. */
const MOST_LANES = 100;

export class Timeline {
  readonly #sink: (text: string) => void;
  readonly #mostEvents: number;
  readonly #tracks = new Map<Track, { readonly number: number; readonly lanes: Lanes; readonly named: Set<number> }>();
  #isFirst = true;
  #flows = 0;
  events = 0;
  leftOut = 0;

  constructor(sink: (text: string) => void, mostEvents = MOST_EVENTS) {
    this.#sink = sink;
    this.#mostEvents = mostEvents;
  }

  process(process: number, name: string): void {
    this.#write({ ph: 'M', name: 'process_name', pid: process, tid: 0, args: { name } });
    this.#write({ ph: 'M', name: 'process_sort_index', pid: process, tid: 0, args: { sort_index: process } });
  }

  /** Null where there was no room for it. */
  span({ track, name, begin, end, args }: TimelineSpan): Placed | null {
    if (!this.#hasRoom()) return null;
    const from = nanoseconds(begin);
    const to = Math.max(from, nanoseconds(end));
    const { lanes } = this.#seat(track);
    const thread = this.#thread(track, lanes.place({ begin: from, end: to }));
    this.#writeText(`{"ph":"X","name":${quoted(name)},"pid":${track.process},"tid":${thread},"ts":${microseconds(from)},"dur":${microseconds(to - from)},"args":{${membersOf(args)}}}`);
    return { process: track.process, thread };
  }

  /** A moment that is marked, for what has no length. */
  mark({ track, name, begin, args }: Omit<TimelineSpan, 'end'>): void {
    if (this.#hasRoom()) this.#write({ ph: 'i', s: 't', name, pid: track.process, tid: this.#thread(track, 0), ts: microseconds(nanoseconds(begin)), args });
  }

  /** An arrow through moments of spans that are all in the timeline. */
  flow(name: string, points: readonly FlowPoint[]): void {
    const id = ++this.#flows;
    for (const [i, { placed, at }] of points.entries()) {
      const ph = i === 0 ? 's' : i === points.length - 1 ? 'f' : 't';
      this.#write({ ph, name, cat: 'task', id, pid: placed.process, tid: placed.thread, ts: microseconds(nanoseconds(at)), ...(ph === 'f' && { bp: 'e' }) });
    }
  }

  counter(process: number, name: string, at: number, value: number): void {
    if (this.#hasRoom()) this.#write({ ph: 'C', name, pid: process, tid: 0, ts: microseconds(nanoseconds(at)), args: { [name]: value } });
  }

  #hasRoom(): boolean {
    if (this.events < this.#mostEvents) return true;
    this.leftOut++;
    return false;
  }

  #seat(track: Track) {
    let seat = this.#tracks.get(track);
    if (seat === undefined) {
      seat = { number: this.#tracks.size + 1, lanes: new Lanes(), named: new Set() };
      this.#tracks.set(track, seat);
    }
    return seat;
  }

  /** Number of the thread of a lane, which is named when it is met first. */
  #thread(track: Track, lane: number): number {
    const { number, named } = this.#seat(track);
    const tid = number * MOST_LANES + Math.min(lane, MOST_LANES - 1);
    if (!named.has(tid)) {
      named.add(tid);
      this.#write({ ph: 'M', name: 'thread_name', pid: track.process, tid, args: { name: lane === 0 ? track.name : `${track.name} (${lane + 1})` } });
      this.#write({ ph: 'M', name: 'thread_sort_index', pid: track.process, tid, args: { sort_index: tid } });
    }
    return tid;
  }

  #write(event: Readonly<Record<string, unknown>>): void {
    this.#writeText(JSON.stringify(event));
  }

  #writeText(event: string): void {
    this.#sink(this.#isFirst ? event : `,\n${event}`);
    this.#isFirst = false;
    this.events++;
  }
}

/** As JSON.stringify has them, in a third of its time: spans are most of a trace. */
function membersOf(args: SpanArguments): string {
  let text = '';
  for (const name in args) {
    const value = args[name];
    text += `${text === '' ? '' : ','}"${name}":${typeof value === 'string' ? quoted(value) : String(value)}`;
  }
  return text;
}

const quotedNames = new Map<string, string>();

/** Names are few. */
function quoted(name: string): string {
  let text = quotedNames.get(name);
  if (text === undefined) quotedNames.set(name, (text = JSON.stringify(name)));
  return text;
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}

function microseconds(whole: number): number {
  return whole / 1000;
}
