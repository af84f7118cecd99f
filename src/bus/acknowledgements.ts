/** When what was received is acknowledged. In: frames taken, and those that are still being read. Out: the word to send an acknowledgement, soon enough, where none found a ride. */
import type { Inbox } from './inbox.js';

/** The longest that an acknowledgement waits for a ride. */
const RIDE_MS = 10;

export class Acknowledgements {
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly inbox: Inbox,
    private readonly send: () => void,
  ) {}

  /** Frames were taken: what is owed goes now, or in a moment. */
  inTime(): void {
    if (this.inbox.owesUrgently) this.send();
    else if (this.inbox.owes) this.timer ??= setTimeout(() => this.late(), RIDE_MS);
  }

  /** The frame taken last is acknowledged once it has been read. */
  after(reading: Promise<unknown>): void {
    const read = this.inbox.reading();
    const done = () => {
      read();
      this.inTime();
    };
    void reading.then(done, done);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** The timer is not cancelled when an acknowledgement finds a ride: a timer for each frame would cost more. */
  private late(): void {
    this.timer = null;
    if (this.inbox.owes) this.send();
  }
}
