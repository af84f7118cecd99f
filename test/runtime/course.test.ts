import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sums, Task } from '../../src/program.js';
import { Course, DivergedError, Segment } from '../../src/runtime/course.js';
import { joined, programs, runProgram } from './course-programs.js';

const task = (operation: number, ...values: number[]): Task => ({ operation, ids: Uint32Array.of(3, 1), values: Float64Array.from(values) });
const run = (first: number, ...values: number[]): Sums => ({ keys: { first, count: values.length }, width: 1, values: Float64Array.from(values) });
const state = (facts: unknown) => () => ({ facts, arrays: [] });

/** As somebody who comes after it reads it. */
function reread<Ref>(course: Course<Ref>): Course<Ref> {
  return new Course(course.segments().map(({ content, ref }) => new Segment(content!, ref)));
}

describe('a course', () => {
  it('brings every program to the same state from a checkpoint before any of its sends', () => {
    fc.assert(
      fc.property(programs(), fc.integer({ min: 1, max: 9 }), (program, every) => {
        const isDue = (send: number) => send % every === every - 1;
        for (const options of [{}, { isDue }]) {
          const whole = runProgram(program, options);
          for (const from of whole.checkpoints) {
            const resumed = runProgram(program, { from });
            expect(resumed.numbers).toEqual(whole.numbers);
            expect(resumed.world).toBe(whole.world);
            expect(resumed.sends).toBe(whole.sends - from.sends);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is the same bytes whether the run was interrupted or not', () => {
    fc.assert(
      fc.property(programs(), fc.nat(), fc.nat(), (program, first, second) => {
        const whole = runProgram(program);
        if (whole.sends === 0) return;
        const once = runProgram(program, { from: whole.checkpoints[first % whole.sends] });
        expect(once.record.equals(whole.record)).toBe(true);
        const twice = runProgram(program, { from: once.checkpoints[second % once.sends] });
        expect(twice.record.equals(whole.record)).toBe(true);
        expect(twice.numbers).toEqual(whole.numbers);
      }),
      { numRuns: 150 },
    );
  });

  it('gives back sums over runs and lists of keys, of any number of channels, as they were when it took them down', () => {
    const course = new Course();
    const values = Float64Array.of(1, -0, NaN, Infinity, 5e-324, 0.1);
    const sums: Sums[] = [{ keys: Uint32Array.of(2, 4_294_967_295, 7), width: 2, values }, run(0), run(4_294_967_295, 8), { keys: new Uint32Array(0), width: 3, values: new Float64Array(0) }];
    course.record(task(1), sums);
    course.record(task(2), []);
    values.fill(9);
    const again = reread(course);
    expect(again.recall(task(1))).toEqual([{ ...sums[0], values: Float64Array.of(1, -0, NaN, Infinity, 5e-324, 0.1) }, ...sums.slice(1)]);
    expect(again.replaying).toBe(true);
    expect(again.recall(task(2))).toEqual([]);
    expect(again.replaying).toBe(false);
    expect(again.recall(task(3))).toBeNull();
  });

  it('keeps every number of a state, those that JSON lacks as well, every kind of array and the commits that had not left', () => {
    const facts = { zero: -0, nan: NaN, ends: [Infinity, -Infinity], nothing: null, text: 'größe', small: 5e-324 };
    const arrays = [Uint8Array.of(1, 2, 3), Uint32Array.of(4_294_967_295), Float32Array.of(0.5), Float64Array.of(-0, NaN), new Float64Array(0)];
    const queued = [{ ids: Uint32Array.of(1, 2, 3), values: Float64Array.of(1, 2, 3) }, { ids: Uint32Array.of(9), values: Float64Array.of(-1) }];
    const course = new Course();
    expect(course.resumed('sweep')).toBeNull();
    course.record(task(1), [run(0, 1)]);
    course.want();
    course.milestone('sweep', () => ({ facts, arrays }), queued);
    expect(reread(course).resumed('sweep')).toEqual({ state: { facts, arrays }, queued });
  });

  it('refuses a task that is not the one that was recorded, however little it differs', () => {
    const course = new Course();
    course.record(task(1, 0.25, 0.5), [run(0, 1)]);
    const others = [task(2, 0.25, 0.5), task(1, 0.25), task(1, 0.25, 0.5000000000000001), task(1, 0.5, 0.25), { ...task(1, 0.25, 0.5), ids: Uint32Array.of(1, 3) }];
    for (const other of others) expect(() => reread(course).recall(other)).toThrow(DivergedError);
    expect(() => reread(course).recall(others[0]!)).toThrowErrorMatchingInlineSnapshot(`[DataError: the data, the flags or the version differ from those of the checkpoint: the recorded run went on with a task of operation 1 with 2 ids and 2 values (check b1f374de), this one with a task of operation 2 with 2 ids and 2 values (check 9aaebb32)]`);
    expect(reread(course).recall(task(1, 0.25, 0.5))).toEqual([run(0, 1)]);
  });

  it('refuses a task where the record goes on with a state that nobody asked for', () => {
    const course = new Course();
    course.resumed('sweep');
    course.record(task(1), []);
    course.want();
    course.milestone('sweep', state(1), []);
    const again = reread(course);
    expect(again.resumed('penalty')).toBeNull();
    expect(() => again.recall(task(1))).toThrowErrorMatchingInlineSnapshot(`[DataError: the data, the flags or the version differ from those of the checkpoint: the recorded run went on with its state at sweep, this one with a task of operation 1 with 2 ids and 0 values (check 4eb3deab)]`);
  });

  it('does not ask for a state before the record has grown, and then drops what came before it', () => {
    const course = new Course<number>();
    const large = [run(0, ...new Float64Array(1 << 12))];
    let asked = 0;
    course.record(task(0), large);
    const before = course.bytes;
    course.resumed('sweep');
    for (let sweep = 0; sweep < 1000; sweep++) {
      course.record(task(sweep), large);
      course.milestone('sweep', () => ({ facts: { asked: ++asked }, arrays: [new Float64Array(8)] }), []);
      expect(course.bytes - before).toBeLessThan(2 * (1 << 18));
    }
    expect(asked).toBeGreaterThan(1000 / 10);
    expect(asked).toBeLessThan(1000 / 6);
    const again = reread(course);
    again.recall(task(0));
    expect(again.resumed('sweep')?.state.facts).toEqual({ asked });
  });

  it('copies a large state no oftener than the record grows by as much', () => {
    const course = new Course();
    course.resumed('sweep');
    let asked = 0;
    for (let sweep = 0; sweep < 1000; sweep++) {
      course.record(task(sweep), [run(0, ...new Float64Array(1 << 10))]);
      course.milestone('sweep', () => ({ facts: ++asked, arrays: [new Uint8Array(1 << 21)] }), []);
    }
    expect(asked).toBeLessThanOrEqual(1 + (1000 * (1 << 13)) / (1 << 21));
    expect(asked).toBeGreaterThan(2);
  });

  it('lets the state of an outer place replace those of the places within', () => {
    const course = new Course();
    course.resumed('penalty');
    for (let penalty = 0; penalty < 50; penalty++) {
      course.want();
      course.milestone('penalty', state({ penalty }), []);
      course.resumed('certificate');
      for (let round = 0; round < 3; round++) {
        course.record(task(round), [run(0, penalty)]);
        course.want();
        course.milestone('certificate', state({ penalty, round }), []);
      }
    }
    expect(course.bytes).toBeLessThan(1000);
    const again = reread(course);
    expect(again.resumed('penalty')?.state.facts).toEqual({ penalty: 49 });
    expect(again.resumed('certificate')?.state.facts).toEqual({ penalty: 49, round: 2 });
    expect(again.replaying).toBe(false);
  });

  it('has no use for a place that was asked about before a state of another replaced all that came since', () => {
    const course = new Course();
    course.resumed('sweep');
    for (let i = 0; i < 3; i++) course.record(task(i), []);
    course.resumed('certificate');
    course.record(task(3), []);
    course.want();
    course.milestone('sweep', state('sweep'), []);
    course.record(task(4), [run(0, 1, 2, 3)]);
    course.want();
    course.milestone('certificate', state('certificate'), []);
    const again = reread(course);
    expect(again.resumed('sweep')?.state.facts).toBe('sweep');
    expect(again.resumed('certificate')).toBeNull();
    expect(again.recall(task(4))).toEqual([run(0, 1, 2, 3)]);
    expect(again.replaying).toBe(false);
  });

  it('has the same segments for the same bytes from one checkpoint to the next, and none in memory that was kept', () => {
    const course = new Course<string>();
    const sums = [run(0, ...new Float64Array(1 << 10))];
    const written: Segment<string>[] = [];
    for (let i = 0; i < 1000; i++) {
      course.record(task(i), sums);
      if (i % 100 < 99) continue;
      for (const segment of course.segments()) {
        if (segment.ref !== null) expect(segment.content).toBeNull();
        else {
          written.push(segment);
          segment.keep(`pack ${written.length}`);
        }
      }
    }
    expect(course.bytes).toBeGreaterThan(1000 * (1 << 13));
    const bytesWritten = written.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(bytesWritten).toBeLessThan(course.bytes + 10 * (1 << 18));
    expect(written.length).toBeLessThan(course.bytes / (1 << 18) + 20);
  });

  it('of a run that goes on from a checkpoint refers to what the checkpoint holds', () => {
    const first = new Course<number>();
    for (let i = 0; i < 100; i++) first.record(task(i), [run(0, ...new Float64Array(1 << 10))]);
    const kept = first.segments().map(({ content }, i) => new Segment(content!, i));
    const bytes = joined(kept);
    const course = new Course(kept);
    for (let i = 0; i < 100; i++) course.recall(task(i));
    course.record(task(100), [run(0, 1)]);
    const segments = course.segments();
    expect(segments.map(({ ref }) => ref)).toEqual([...kept.keys(), null]);
    expect(segments.slice(0, -1).every(({ content }) => content === null)).toBe(true);
    expect(course.bytes).toBe(bytes.length + segments.at(-1)!.bytes);
  });
});
