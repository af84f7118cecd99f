import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Task } from '../../src/program.js';
import { Course, DivergedError, RecordError, Segment } from '../../src/runtime/course.js';
import { Item, sealItem } from '../../src/runtime/course-items.js';
import { joined, programs, runProgram } from './course-programs.js';

const TASK: Task = { operation: 1, ids: Uint32Array.of(4), values: Float64Array.of(0.5) };

/** A record with an item of every kind. */
function record(): Course<number> {
  const course = new Course<number>();
  course.record(TASK, [{ keys: { first: 3, count: 2 }, width: 1, values: Float64Array.of(1, 2) }]);
  course.resumed('sweep');
  course.record(TASK, []);
  course.want();
  course.milestone('sweep', () => ({ facts: { sweep: 7 }, arrays: [Float64Array.of(1, 2, 3)] }), []);
  course.record(TASK, [{ keys: Uint32Array.of(2, 9, 11), width: 1, values: Float64Array.of(1, 2, 3) }]);
  course.resumed('certificate');
  course.record(TASK, []);
  return course;
}

const segments = (...contents: readonly Uint8Array[]) => contents.map((content) => new Segment<number>(content, null));

/** Goes through a record by whatever it says comes next, as far as it goes. */
function playThrough(course: Course<number>): void {
  for (let step = 0; course.replaying && step < 100; step++) {
    course.resumed('sweep');
    course.recall(TASK);
  }
}

describe('a record that is not what was written', () => {
  it('is refused before anything is made of it, with the place and what was found: one bit flipped, anywhere', () => {
    const whole = record().segments().map(({ content }) => content!);
    expect(() => new Course(segments(...whole))).not.toThrow();
    for (const [block, content] of whole.entries()) {
      for (let bit = 0; bit < 8 * content.length; bit++) {
        const flipped = content.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => new Course(segments(...whole.with(block, flipped))), `bit ${bit} of block ${block}`).toThrow(RecordError);
      }
    }
    const damaged = whole[0]!.slice();
    damaged[40]! ^= 1;
    expect(() => new Course(segments(damaged))).toThrowErrorMatchingInlineSnapshot(`[DataError: the checkpoint's record of its run is damaged at byte 0 of block 0: its check is 4ff87c7d, expected 5bd8946b]`);
  });

  it('is refused when a block ends within an item, or an item of another block comes instead', () => {
    fc.assert(
      fc.property(programs(), fc.nat(), fc.nat(), (program, which, cut) => {
        const { checkpoints } = runProgram(program, { isDue: (send) => send % 4 === 3 });
        if (checkpoints.length < 2) return;
        const { segments: of } = checkpoints[1 + (which % (checkpoints.length - 1))]!;
        const content = joined(of);
        const at = 1 + (cut % 7);
        expect(() => new Course(segments(content.subarray(0, content.length - at)))).toThrow(RecordError);
        expect(() => new Course(segments(content, content.subarray(0, 8)))).toThrow(RecordError);
      }),
      { numRuns: 50 },
    );
  });

  it('makes an error or a record of any bytes, and nothing larger than they are', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (contents) => {
        try {
          playThrough(new Course(segments(...contents)));
        } catch (error) {
          if (!(error instanceof RecordError) && !(error instanceof DivergedError)) throw error;
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('makes an error or a record of any items, though their checks are right', () => {
    const word = fc.oneof(fc.constantFrom(0, 1, 2, 3, 8, 2 ** 31, 2 ** 32 - 1), fc.nat(40), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    const item = fc.record({ kind: fc.constantFrom(...Object.values(Item)), words: fc.array(word, { minLength: 1, maxLength: 40 }), text: fc.option(fc.string({ maxLength: 40 })) });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 4 }), (items) => {
        const contents = items.map(({ kind, words, text }) => {
          const length = Math.ceil((3 + words.length) / 2) * 2;
          const content = new Uint32Array(length);
          content.set(words, 3);
          if (text !== null) new TextEncoder().encodeInto(`{"place":"sweep","arrays":[${text}]}`, new Uint8Array(content.buffer, 16));
          sealItem(content, 0, kind, 4 * length);
          return new Uint8Array(content.buffer);
        });
        try {
          playThrough(new Course(segments(...contents)));
        } catch (error) {
          if (!(error instanceof RecordError) && !(error instanceof DivergedError)) throw error;
        }
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['no JSON', '{"place":"sweep"'],
    ['no state', 'null'],
    ['an array longer than the item', '{"place":"sweep","facts":1,"arrays":[["f64",9007199254740991]],"queued":[]}'],
    ['an array of negative length', '{"place":"sweep","facts":1,"arrays":[["f64",-1]],"queued":[]}'],
    ['an array of a kind that is none', '{"place":"sweep","facts":1,"arrays":[["__proto__",1]],"queued":[]}'],
    ['a commit longer than the item', '{"place":"sweep","facts":1,"arrays":[],"queued":[4000000000]}'],
    ['fewer arrays than bytes', '{"place":"sweep","facts":1,"arrays":[],"queued":[]}                                        '],
  ])('of a state that describes %s is refused', (_, text) => {
    const content = new Uint32Array(40);
    content[3] = text.length;
    new TextEncoder().encodeInto(text, new Uint8Array(content.buffer, 16));
    sealItem(content, 0, Item.State, content.byteLength);
    expect(() => new Course(segments(new Uint8Array(content.buffer))).resumed('sweep')).toThrow(RecordError);
  });
});
