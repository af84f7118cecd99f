/** A link whose end somebody hears of besides the one handler that it takes: a cluster has that one, and whoever supervises the worker must know too. */
import type { Departure, Frame, Link, LinkClosed, LinkStats } from '../bus/link.js';

export class WatchedLink implements Link {
  readonly #link: Link;
  readonly #ended: (message: string) => void;
  #closed: LinkClosed | null = null;
  #handler: ((closed: LinkClosed) => void) | null = null;

  /** `ended` hears when the link has ended, or is closed on this side, which may be long before that where the peer is silent. */
  constructor(link: Link, ended: (message: string) => void) {
    this.#link = link;
    this.#ended = ended;
    link.onClose = (closed) => {
      this.#closed = closed;
      ended(closed.message);
      this.#handler?.(closed);
    };
  }

  get peer(): string {
    return this.#link.peer;
  }

  get run(): number {
    return this.#link.run;
  }

  get stats(): LinkStats {
    return this.#link.stats;
  }

  get onFrame(): (frame: Frame) => void {
    return this.#link.onFrame;
  }

  set onFrame(handler: (frame: Frame) => void) {
    this.#link.onFrame = handler;
  }

  get onClose(): (closed: LinkClosed) => void {
    return this.#handler ?? (() => undefined);
  }

  set onClose(handler: (closed: LinkClosed) => void) {
    this.#handler = handler;
    const closed = this.#closed;
    if (closed !== null) queueMicrotask(() => handler(closed));
  }

  send(frame: Frame, departure?: Departure): void {
    this.#link.send(frame, departure);
  }

  drained(): Promise<void> {
    return this.#link.drained();
  }

  close(): Promise<void> {
    this.#ended('it was given up');
    return this.#link.close();
  }

  drop(message: string): void {
    this.#link.drop(message);
  }
}
