/** Messages that came before anybody took frames. In: messages of one wire, in order. Out: the same, once somebody does; no more of them than a peer that keeps to the window has on the way. */
import { FrameError, HEADER_BYTES } from './frames.js';
import { MAX_MESSAGE_BYTES } from './wire.js';

export class EarlyMessages {
  private messages: Uint8Array[] = [];
  private bytes = 0;

  constructor(private readonly windowBytes: number) {}

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  /** Throws FrameError when more came than may be under way. */
  keep(message: Uint8Array): void {
    this.messages.push(message);
    this.bytes += Math.max(message.length, HEADER_BYTES);
    if (this.bytes > this.windowBytes + 2 * MAX_MESSAGE_BYTES) throw new FrameError(`${this.bytes} bytes came unasked, and ${this.windowBytes} may be under way`);
  }

  /** All that were kept; none are from then on. */
  take(): Uint8Array[] {
    const { messages } = this;
    this.messages = [];
    this.bytes = 0;
    return messages;
  }
}
