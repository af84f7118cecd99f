/**
 * Notices silence in both directions of a wire. Silence is counted in ticks, not read off a clock: a process
 * that was itself stopped or busy for a minute must not take its own absence for the peer's.
 */
export class Heartbeat {
  private timer: ReturnType<typeof setInterval> | null = null;
  private spoke = false;
  private silentTicks = 0;
  private readonly allowedTicks: number;

  /** Calls `speak` when nothing was sent for `intervalMs`, `silent` when nothing was heard for about `timeoutMs`. */
  constructor(
    private readonly intervalMs: number,
    timeoutMs: number,
    private readonly speak: () => void,
    private readonly silent: () => void,
  ) {
    this.allowedTicks = Math.max(2, Math.ceil(timeoutMs / intervalMs));
  }

  start(): void {
    this.stop();
    this.spoke = true;
    this.silentTicks = 0;
    this.timer = setInterval(() => this.tick(), this.intervalMs);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  sent(): void {
    this.spoke = true;
  }

  heard(): void {
    this.silentTicks = 0;
  }

  private tick(): void {
    this.silentTicks++;
    if (this.silentTicks > this.allowedTicks) {
      this.silent();
      return;
    }
    if (!this.spoke) this.speak();
    this.spoke = false;
  }
}
