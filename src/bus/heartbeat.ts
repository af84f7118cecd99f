/**
 * Notices silence in both directions of a wire. Silence is counted in ticks, not read off a clock: a process
 * that was itself stopped or busy for a minute must not take its own absence for the peer's.
 */

/** So many in a heartbeat: silence is noticed that much sooner than by heartbeats alone. */
const TICKS = 4;

export class Heartbeat {
  private timer: ReturnType<typeof setInterval> | null = null;
  private idleTicks = 0;
  private silentTicks = 0;
  private readonly tickMs: number;
  private readonly allowedTicks: number;

  /** Calls `speak` when nothing was sent for `intervalMs`, `silent` when nothing was heard for `timeoutMs`; either up to a tick sooner. */
  constructor(
    intervalMs: number,
    timeoutMs: number,
    private readonly speak: () => void,
    private readonly silent: () => void,
  ) {
    this.tickMs = intervalMs / TICKS;
    this.allowedTicks = Math.max(2 * TICKS, Math.floor(timeoutMs / this.tickMs));
  }

  start(): void {
    this.stop();
    this.idleTicks = 0;
    this.silentTicks = 0;
    this.timer = setInterval(() => this.tick(), this.tickMs);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  sent(): void {
    this.idleTicks = 0;
  }

  heard(): void {
    this.silentTicks = 0;
  }

  private tick(): void {
    if (++this.silentTicks >= this.allowedTicks) this.silent();
    else if (++this.idleTicks >= TICKS) this.speak();
  }
}
