import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoundLedger, type Served, type Wait } from '../../../src/report/trace/round-ledger.js';
import type { WorkerActivity } from '../../../src/report/trace/spans.js';

const parts = (given: Partial<Record<WorkerActivity, readonly (readonly [number, number])[]>>): Served['parts'] =>
  new Map(Object.entries(given).map(([activity, intervals]) => [activity as WorkerActivity, intervals.map(([begin, end]) => ({ begin, end }))]));

const nonzero = (ledger: RoundLedger) => Object.fromEntries([...ledger.phases].filter(([, milliseconds]) => milliseconds > 0));

/** Sent at 10, received at 14, pushed 20 to 50, heard at 56; the loop waits until 57. */
const wait: Wait = {
  begin: 10,
  end: 57,
  sent: 10,
  heard: 56,
  adding: [{ begin: 54, end: 56 }],
  recording: [],
  slowest: { received: 14, begin: 20, end: 50, parts: parts({ apply: [[15, 18]], upload: [[21, 24]], encode: [[24, 25]], kernel: [[25, 40]], 'map-wait': [[26, 45]], send: [[46, 48]] }) },
};

describe('where a wait went', () => {
  it('is told along the way of the slowest worker', () => {
    const ledger = new RoundLedger();
    ledger.waited(wait);
    expect(nonzero(ledger)).toEqual({ network: 4 + 4, apply: 3, queue: 3, upload: 3, encode: 1 + 2, GPU: 15, 'map wait': 5, push: 4, pull: 2, other: 1 });
  });

  it('counts only what was waited for', () => {
    const ledger = new RoundLedger();
    ledger.waited({ ...wait, begin: 30 });
    expect(nonzero(ledger)).toEqual({ network: 4, GPU: 10, 'map wait': 5, encode: 2, push: 3, pull: 2, other: 1 });
    const late = new RoundLedger();
    late.waited({ ...wait, begin: 60, end: 61 });
    expect(nonzero(late)).toEqual({ other: 1 });
  });

  it('takes what recording spans held up for no time on the network', () => {
    const ledger = new RoundLedger();
    ledger.waited({ ...wait, recording: [{ begin: 30, end: 35 }, { begin: 51, end: 55 }] });
    expect(nonzero(ledger)).toMatchObject({ network: 4 + 1, profile: 3, pull: 2, push: 4, GPU: 15 });
    const unknown = new RoundLedger();
    unknown.waited({ ...wait, slowest: null, recording: [{ begin: 51, end: 55 }] });
    expect(nonzero(unknown)).toEqual({ network: 41, profile: 3, pull: 2, other: 1 });
  });

  it('without a word of the worker is network until its answer', () => {
    const ledger = new RoundLedger();
    ledger.waited({ ...wait, slowest: null });
    expect(nonzero(ledger)).toEqual({ network: 44, pull: 2, other: 1 });
  });

  it('adds up to the wait whatever the clocks say', () => {
    const time = fc.double({ min: -20, max: 120, noNaN: true });
    const some = fc.array(fc.tuple(time, time), { maxLength: 4 });
    fc.assert(
      fc.property(time, fc.double({ min: 0, max: 50, noNaN: true }), time, time, time, time, time, some, some, some, (begin, length, sent, heard, received, pushed, answered, kernel, upload, apply) => {
        const ledger = new RoundLedger();
        ledger.waited({ begin, end: begin + length, sent, heard, adding: [], recording: apply.map(([from, to]) => ({ begin: from, end: to })), slowest: { received, begin: pushed, end: answered, parts: parts({ kernel, upload, apply }) } });
        const phases = [...ledger.phases.values()];
        expect(phases.every((phase) => phase >= 0)).toBe(true);
        expect(phases.reduce((sum, phase) => sum + phase, 0)).toBeCloseTo(length, 6);
      }),
    );
  });
});
