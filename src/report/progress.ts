/** Progress of a run that works towards a relative gap: what to print, and how much time is left. */
import { duration, grouped } from './numbers.js';
import type { Progress } from './reporter.js';

export interface GapProgress {
  readonly rounds: number;
  readonly objective: number;
  readonly relativeGap: number;
  readonly nonzeros: number;
  /** Since training began. */
  readonly seconds: number;
  /** Which of several solutions this is on the way to, as in "alpha 37 of 100". */
  readonly place?: string;
}

/** A run on its way to the gap `goal`. */
export class TowardsGap {
  readonly #goal: number;
  readonly #timeLeft: TimeLeft;

  constructor(goal: number) {
    this.#goal = goal;
    this.#timeLeft = new TimeLeft(goal);
  }

  after(progress: GapProgress): Progress {
    const { relativeGap, place } = progress;
    return {
      fields: { ...progress },
      line: gapLine(progress, this.#goal, this.#timeLeft.after(progress)),
      isLast: relativeGap <= this.#goal && place === undefined,
    };
  }
}

/** Gaps fall about geometrically; the rate is taken over this many of the latest points. */
const POINTS = 8;

/** Estimates the time to a goal from the latest points: log(gap) against seconds. */
export class TimeLeft {
  readonly #goal: number;
  readonly #points: { seconds: number; logGap: number }[] = [];

  constructor(goal: number) {
    this.#goal = goal;
  }

  /** Seconds left, or null while the gap does not fall. */
  after({ seconds, relativeGap }: GapProgress): number | null {
    this.#points.push({ seconds, logGap: Math.log(relativeGap) });
    if (this.#points.length > POINTS) this.#points.shift();
    const first = this.#points[0]!;
    const last = this.#points[this.#points.length - 1]!;
    const rate = (first.logGap - last.logGap) / (last.seconds - first.seconds);
    return rate > 0 && Number.isFinite(rate) ? Math.max(0, (last.logGap - Math.log(this.#goal)) / rate) : null;
  }
}

/** "alpha 37 of 100 · round 4,480 · objective 0.121265 · gap 3.2e-5 (to 1e-6) · 61 nonzero · 1,820 rounds/s · 3 s left" */
export function gapLine({ rounds, objective, relativeGap, nonzeros, seconds, place }: GapProgress, goal: number, secondsLeft: number | null): string {
  const parts = [
    ...(place === undefined ? [] : [place]),
    `round ${grouped(rounds)}`,
    `objective ${objective.toPrecision(6)}`,
    `gap ${relativeGap.toExponential(1)} (to ${goal.toExponential(0)})`,
    `${grouped(nonzeros)} nonzero`,
  ];
  if (rounds > 0 && seconds > 0) parts.push(`${grouped(Math.round(rounds / seconds))} rounds/s`);
  if (secondsLeft !== null && relativeGap > goal && place === undefined) parts.push(`${duration(secondsLeft)} left`);
  return parts.join(' · ');
}
