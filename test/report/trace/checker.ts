/** A strict reader of traces: what a viewer takes for granted, and what our tables say of the timeline. Throws at the first thing that is wrong. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { profileSchema, type Profile } from '../../../src/report/trace/profile.js';

export interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id: number;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface CheckedTrace {
  readonly profile: Profile;
  readonly events: readonly TraceEvent[];
  /** "process/thread" of an event. */
  place(event: TraceEvent): string;
  /** Spans on threads whose place matches. */
  spans(place: RegExp): TraceEvent[];
  counters(): ReadonlyMap<string, readonly number[]>;
  flows(): ReadonlyMap<number, readonly TraceEvent[]>;
}

const ns = (microseconds: number) => Math.round(microseconds * 1000);
const endOf = ({ ts, dur }: TraceEvent) => ns(ts) + ns(dur);

export function checkTrace(file: string): CheckedTrace {
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: TraceEvent[]; 'strads-profile': { profile: unknown } };
  const events = parsed.traceEvents;
  const trace = traceOf(events, profileSchema.parse(parsed['strads-profile'].profile));
  expect(events.every(({ ph }) => 'MXiCstf'.includes(ph))).toBe(true);
  for (const event of events) if (event.ph !== 'M' && event.ph !== 'C') trace.place(event);
  checkThreads(trace);
  checkFlows(trace);
  checkTables(trace);
  for (const values of trace.counters().values()) expect(values.every(Number.isFinite)).toBe(true);
  expect(trace.profile.timeline.events).toBe(events.length);
  return trace;
}

function traceOf(events: readonly TraceEvent[], profile: Profile): CheckedTrace {
  const names = (kind: string) => new Map(events.filter(({ ph, name }) => ph === 'M' && name === kind).map(({ pid, tid, args }) => [kind === 'process_name' ? `${pid}` : `${pid} ${tid}`, args['name'] as string]));
  const processes = names('process_name');
  const threads = names('thread_name');
  const place = ({ pid, tid }: TraceEvent) => {
    const [process, thread] = [processes.get(`${pid}`), threads.get(`${pid} ${tid}`)];
    if (process === undefined || thread === undefined) throw new Error(`an event on thread ${tid} of process ${pid}, which have no names`);
    return `${process}/${thread}`;
  };
  const grouped = <Value>(some: readonly TraceEvent[], key: (event: TraceEvent) => Value) => {
    const groups = new Map<Value, TraceEvent[]>();
    for (const event of some) groups.set(key(event), [...(groups.get(key(event)) ?? []), event]);
    return groups;
  };
  return {
    profile,
    events,
    place,
    spans: (pattern) => events.filter((event) => event.ph === 'X' && pattern.test(place(event))),
    counters: () => new Map([...grouped(events.filter(({ ph }) => ph === 'C'), ({ name }) => name)].map(([name, some]) => [name, some.map(({ args }) => args[name] as number)])),
    flows: () => {
      const flows = new Map<number, TraceEvent[]>();
      for (const event of events) {
        if (!'stf'.includes(event.ph)) continue;
        const known = flows.get(event.id);
        if (known) known.push(event);
        else flows.set(event.id, [event]);
      }
      return flows;
    },
  };
}

/** Spans have a length, lie inside or apart from each other, and on the scheduler's own threads follow one another. */
function checkThreads({ events, place }: CheckedTrace): void {
  const threads = new Map<string, TraceEvent[]>();
  for (const event of events) {
    if (event.ph !== 'X') continue;
    expect(event.ts, event.name).toBeGreaterThanOrEqual(0);
    expect(event.dur, event.name).toBeGreaterThanOrEqual(0);
    const key = `${event.pid} ${event.tid}`;
    const known = threads.get(key);
    if (known) known.push(event);
    else threads.set(key, [event]);
  }
  for (const spans of threads.values()) {
    const where = place(spans[0]!);
    const isLoop = /\/(schedule\/pull|bus)$/.test(where);
    for (let i = 1; i < spans.length; i++) {
      const [before, span] = [spans[i - 1]!, spans[i]!];
      if (endOf(span) < endOf(before)) throw new Error(`${where}: ${span.name} at ${span.ts} ends before ${before.name} at ${before.ts}, which was told earlier`);
      if (isLoop && ns(span.ts) < endOf(before)) throw new Error(`${where}: ${span.name} at ${span.ts} begins before ${before.name} has ended`);
    }
    checkNesting(where, spans);
  }
}

function checkNesting(where: string, spans: readonly TraceEvent[]): void {
  const open: TraceEvent[] = [];
  for (const span of [...spans].sort((a, b) => ns(a.ts) - ns(b.ts) || endOf(b) - endOf(a))) {
    while (open.length > 0 && endOf(open.at(-1)!) <= ns(span.ts)) open.pop();
    const around = open.at(-1);
    if (around && endOf(span) > endOf(around)) throw new Error(`${where}: ${span.name} at ${span.ts} cuts across ${around.name} at ${around.ts}`);
    open.push(span);
  }
}

/** Every arrow goes from the encoding of a task through a worker's push of it to its pull. */
function checkFlows(trace: CheckedTrace): void {
  const byThread = new Map<string, TraceEvent[]>();
  for (const event of trace.events) {
    if (event.ph !== 'X' || !['encode', 'push', 'pull'].includes(event.name)) continue;
    const key = `${event.pid} ${event.tid} ${event.name} ${ns(event.ts)}`;
    byThread.set(key, [...(byThread.get(key) ?? []), event]);
  }
  const taskAt = ({ pid, tid, ts }: TraceEvent, name: string) => {
    const spans = byThread.get(`${pid} ${tid} ${name} ${ns(ts)}`);
    if (!spans) throw new Error(`an arrow of thread ${tid} of process ${pid} at ${ts} is in no ${name}`);
    return spans.map(({ args }) => args['task']);
  };
  for (const [id, points] of trace.flows()) {
    if (points.map(({ ph }) => ph).join('') !== 'stf') throw new Error(`arrow ${id} has the points ${points.map(({ ph }) => ph).join('')}, expected stf`);
    const [from, through, to] = points as [TraceEvent, TraceEvent, TraceEvent];
    const [task] = taskAt(from, 'encode');
    if (!taskAt(through, 'push').includes(task) || !taskAt(to, 'pull').includes(task)) throw new Error(`arrow ${id} of task ${String(task)} leads to another task`);
    if (ns(to.ts) < ns(from.ts)) throw new Error(`arrow ${id} ends before it begins`);
  }
}

/** The tables are the sums of the timeline where that is whole, and the phases of the rounds add up. */
function checkTables(trace: CheckedTrace): void {
  const { rounds, devices, timeline } = trace.profile;
  const sum = rounds.phases.reduce((all, { milliseconds }) => all + milliseconds, 0);
  expect(Math.abs(sum - rounds.milliseconds)).toBeLessThanOrEqual(1e-9 * rounds.milliseconds);
  for (const { phase, milliseconds } of rounds.phases) expect(milliseconds, phase).toBeGreaterThanOrEqual(0);
  if (timeline.leftOut > 0) return;
  const loop = trace.spans(/\/schedule\/pull$/).filter(({ name }) => name !== 'load');
  const looped = loop.reduce((all, { dur }) => all + dur / 1000, 0);
  expect(Math.abs(looped - rounds.milliseconds)).toBeLessThanOrEqual(1e-6 * loop.length + 1e-9);
  const told = devices.flatMap(({ kernels }) => kernels);
  for (const name of new Set(told.map(({ kernel }) => kernel))) {
    const dispatches = trace.events.filter(({ ph, name: found }) => (ph === 'X' && found === name) || (ph === 'i' && found === `${name} (unreliable)`));
    const total = (of: 'calls' | 'bytes' | 'flops') => told.filter(({ kernel }) => kernel === name).reduce((all, { timed, first, unreliable }) => all + timed[of] + first[of] + unreliable[of], 0);
    expect(dispatches.length, name).toBe(total('calls'));
    for (const amount of ['bytes', 'flops'] as const) expect(dispatches.reduce((all, { args }) => all + (args[amount] as number), 0), name).toBe(total(amount));
    expect(dispatches.filter(({ args }) => args['first']).length).toBe(told.filter(({ kernel }) => kernel === name).reduce((all, { first, unreliable }) => all + first.calls + (first.calls === 0 ? Math.min(1, unreliable.calls) : 0), 0));
  }
}
