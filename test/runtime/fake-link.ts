/** The scheduler's end of a link to nobody: what is said on it, and its end when the test says so. */
import type { Frame, Link, LinkClosed } from '../../src/bus/link.js';

export class FakeLink implements Link {
  readonly run = 1;
  readonly stats = { bytesSent: 0, bytesReceived: 0, framesSent: 0, framesReceived: 0, gaps: 0, duplicates: 0, reconnects: 0 };
  readonly sent: Frame[] = [];
  closes = 0;
  onFrame: (frame: Frame) => void = () => undefined;
  onClose: (closed: LinkClosed) => void = () => undefined;

  constructor(readonly peer = 'fake') {}

  send(frame: Frame): void {
    this.sent.push(frame);
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  /** As with a peer that is silent, nothing follows. */
  close(): Promise<void> {
    this.closes++;
    return Promise.resolve();
  }

  drop(message: string): void {
    this.lose(message);
  }

  lose(message = 'out of reach'): void {
    this.onClose({ reason: 'lost', message });
  }
}
