/**
 * How far another process's clock is from ours. In: exchanges as in NTP: we ask at t0, it hears at t1 and answers at t2, we hear at t3; t0 and
 * t3 in our clock, t1 and t2 in its. Out: its times in our clock. Of an exchange we know offset = ((t0 - t1) + (t3 - t2)) / 2 to within half of
 * the round trip rtt = (t3 - t0) - (t2 - t1), however unequal the two ways were.
 */

export interface Exchange {
  readonly asked: number;
  readonly heard: number;
  readonly answered: number;
  readonly returned: number;
}

/** All in ms; offset is what is added to the other clock's times. */
export interface ClockEstimate {
  readonly offset: number;
  /** Round trip of the exchange that the offset is from; the offset is off by at most its half when it is made. */
  readonly roundTrip: number;
  readonly exchanges: number;
}

/** What two clocks of ordinary quality may drift apart at the most, ms a ms. */
const DRIFT = 50e-6;
/** Turns of the mapping that are kept, for spans that began long before they ended. */
const MOST_KNOTS = 256;

interface Sample {
  readonly at: number;
  readonly offset: number;
  readonly roundTrip: number;
}

interface Knot {
  /** In the other clock. */
  readonly at: number;
  readonly offset: number;
}

export class Clock {
  #best: Sample | null = null;
  #exchanges = 0;
  readonly #knots: Knot[] = [];

  /** Takes an exchange; the one that bounds the offset best by now is kept. */
  exchanged({ asked, heard, answered, returned }: Exchange): void {
    const sample = { at: returned, offset: (asked - heard + (returned - answered)) / 2, roundTrip: returned - asked - (answered - heard) };
    this.#exchanges++;
    if (this.#best === null || sample.roundTrip / 2 <= this.#best.roundTrip / 2 + DRIFT * (returned - this.#best.at)) this.#best = sample;
  }

  get estimate(): ClockEstimate {
    return { offset: this.#best?.offset ?? 0, roundTrip: this.#best?.roundTrip ?? 0, exchanges: this.#exchanges };
  }

  /**
   * What comes from now on was told at `at` by the other clock: until then the mapping slides to the present estimate, so that it never jumps
   * and the order of times stays.
   */
  reach(at: number): void {
    const last = this.#knots.at(-1);
    if (last && at <= last.at) return;
    this.#knots.push({ at, offset: this.estimate.offset });
    if (this.#knots.length > MOST_KNOTS) this.#knots.shift();
  }

  /** A time of the other clock in ours. */
  ours(theirs: number): number {
    const knots = this.#knots;
    let next = knots.length;
    while (next > 0 && knots[next - 1].at > theirs) next--;
    if (next === 0 || next === knots.length) return theirs + (knots[Math.min(next, knots.length - 1)]?.offset ?? this.estimate.offset);
    const [before, after] = [knots[next - 1], knots[next]];
    return theirs + before.offset + ((after.offset - before.offset) * (theirs - before.at)) / (after.at - before.at);
  }
}
