/** The line that says how far a run is. */
import { describe, expect, it } from 'vitest';
import { gapLine, TimeLeft, TowardsGap } from '../../src/report/progress.js';

const progress = { rounds: 4480, objective: 0.1212649, relativeGap: 3.2e-5, nonzeros: 1061, seconds: 2 };

describe('the progress line', () => {
  it('of one solution has the time that is left', () => {
    expect(gapLine(progress, 1e-6, 2.1)).toBe('round 4,480 · objective 0.121265 · gap 3.2e-5 (to 1e-6) · 1,061 nonzero · 2,240 rounds/s · 3 s left');
  });

  it('of one among many has its place, and no time, which would be that of this one alone', () => {
    const line = gapLine({ ...progress, place: 'alpha 37 of 100, fold 2 of 5' }, 1e-6, 2.1);
    expect(line).toBe('alpha 37 of 100, fold 2 of 5 · round 4,480 · objective 0.121265 · gap 3.2e-5 (to 1e-6) · 1,061 nonzero · 2,240 rounds/s');
  });
});

describe('progress towards a gap', () => {
  it('has the fields that programs read, and the line', () => {
    const { fields, line } = new TowardsGap(1e-6).after(progress);
    expect(fields).toEqual(progress);
    expect(line).toBe(gapLine(progress, 1e-6, null));
  });

  it('is the last where the gap is reached, unless there are more solutions', () => {
    const towardsGap = new TowardsGap(1e-6);
    const reached = { ...progress, relativeGap: 1e-6 };
    expect(towardsGap.after(progress).isLast).toBe(false);
    expect(towardsGap.after(reached).isLast).toBe(true);
    expect(towardsGap.after({ ...reached, place: 'alpha 1 of 2' }).isLast).toBe(false);
  });
});

describe('the time left', () => {
  const at = (seconds: number, relativeGap: number) => ({ ...progress, seconds, relativeGap });

  it('follows the gap, which falls geometrically', () => {
    const timeLeft = new TimeLeft(1e-6);
    expect(timeLeft.after(at(1, 1e-2))).toBeNull();
    expect(timeLeft.after(at(2, 1e-3))).toBeCloseTo(3, 10);
    expect(timeLeft.after(at(3, 1e-4))).toBeCloseTo(2, 10);
  });

  it('is unknown while the gap does not fall', () => {
    const timeLeft = new TimeLeft(1e-6);
    timeLeft.after(at(1, 1e-3));
    expect(timeLeft.after(at(2, 1e-3))).toBeNull();
  });
});
