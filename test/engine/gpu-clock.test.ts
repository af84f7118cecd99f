/** GPU timestamps on the host's axis, with clocks made up so that the true times are known. */
import { describe, expect, it } from 'vitest';
import { GpuClock } from '../../src/engine/gpu-clock.js';

/** Nanoseconds of a GPU whose clock showed `offset` more than the host's, at these milliseconds of the host. */
const stamps = (...times: number[]) => BigUint64Array.from(times, (time) => BigInt(Math.round(time * 1e6)) + 9_000_000_000_000_123n);

describe('a GPU clock on the host axis', () => {
  it('puts the last timestamp where the host heard of it', () => {
    const [a, b] = new GpuClock().place({ timestamps: stamps(10, 11, 12, 14), submitted: 9, done: 14.5 });
    expect([a!.begin, a!.end, b!.begin, b!.end].map((time) => Math.round(time * 1e4) / 1e4)).toEqual([10.5, 11.5, 12.5, 14.5]);
    expect([a!.clock, a!.isReliable]).toEqual(['gpu', true]);
  });

  it('gets closer as submissions are heard of sooner, and keeps what it knows when one is heard of late', () => {
    const clock = new GpuClock();
    clock.place({ timestamps: stamps(10, 11), submitted: 9, done: 16 });
    clock.place({ timestamps: stamps(20, 21), submitted: 19, done: 21.001 });
    const [late] = clock.place({ timestamps: stamps(30, 31), submitted: 29, done: 40 });
    expect(late!.begin).toBeCloseTo(30, 1);
    expect(late!.begin).toBeGreaterThanOrEqual(30);
  });

  it('never puts work before its submission', () => {
    const clock = new GpuClock();
    clock.place({ timestamps: stamps(10, 11), submitted: 9, done: 11.1 });
    // The clocks drifted apart: the offset known so far would put this work at 1000.1, before it was submitted.
    const [drifted] = clock.place({ timestamps: stamps(1000, 1001), submitted: 1000.5, done: 1003 });
    expect(drifted!.begin).toBeGreaterThanOrEqual(1000.5);
  });

  it('follows a drift of the clocks', () => {
    const clock = new GpuClock();
    let worst = 0;
    for (let time = 0; time < 1e6; time += 100) {
      const shown = time * (1 - 2e-5);
      const [found] = clock.place({ timestamps: stamps(shown, shown + 1), submitted: time - 0.5, done: time + 1.01 });
      worst = Math.max(worst, Math.abs(found!.begin - time));
    }
    expect(worst).toBeLessThan(0.05);
  });

  it('tells timestamps that were rounded', () => {
    const rounded = BigUint64Array.from([3, 4, 4, 4], (k) => BigInt(k) * 65_536n);
    const [some, none] = new GpuClock().place({ timestamps: rounded, submitted: 0, done: 1 });
    expect([some!.clock, some!.isReliable]).toEqual(['gpu-quantized', true]);
    expect([none!.clock, none!.isReliable]).toEqual(['gpu-quantized', false]);
  });

  it('does not take a timestamp that is missing or runs backwards for a time', () => {
    const [backwards, missing] = new GpuClock().place({ timestamps: BigUint64Array.of(2_000_001n, 1_000_001n, 3_000_001n, 0n), submitted: 0, done: 5 });
    expect([backwards!.isReliable, missing!.isReliable]).toEqual([false, false]);
    expect(missing!.end).toBe(5);
    const [nothing] = new GpuClock().place({ timestamps: BigUint64Array.of(0n, 0n), submitted: 0, done: 7 });
    expect(nothing).toEqual({ begin: 7, end: 7, clock: 'gpu', isReliable: false });
  });
});
