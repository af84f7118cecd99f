/** Wires that lose, repeat, swap, hold back, cut and swallow messages, the same way for the same seed. */
import type { Dial, Wire, WireEnding } from '../../src/bus/wire.js';

export type Fault = 'none' | 'drop' | 'duplicate' | 'reorder' | 'delay' | 'truncate' | 'half-open';

/** What happens to message `n` (from 0) of one direction of a wire; `draw` is uniform in [0, 1). */
export type FaultPlan = (n: number, draw: number) => Fault;

/** Messages 0 and 1 of a wire are the handshake and what follows it; a plan may spare them. */
export const HANDSHAKE_MESSAGES = 2;

/** Counter-based: the same (seed, counter) gives the same number, whatever was drawn before. */
export function draw(seed: number, counter: number): number {
  let h = (seed ^ Math.imul(counter + 1, 0x9e37_79b9)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35) >>> 0;
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Every wire that `dial` opens gets the plan, in both directions, with draws of its own. */
export function faultyDial(dial: Dial, seed: number, plan: FaultPlan): Dial {
  let wires = 0;
  return async () => new FaultyWire(await dial(), plan, seed + 1000 * wires++);
}

class FaultyWire implements Wire {
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (ending: WireEnding | null) => void = () => undefined;
  private halfOpen = false;
  private readonly outward: Channel;
  private readonly inward: Channel;

  constructor(
    private readonly inner: Wire,
    plan: FaultPlan,
    seed: number,
  ) {
    const freeze = (): void => void (this.halfOpen = true);
    this.outward = new Channel(plan, 2 * seed, freeze, (message) => inner.send(message));
    this.inward = new Channel(plan, 2 * seed + 1, freeze, (message) => this.onMessage(message));
    inner.onMessage = (message) => {
      if (!this.halfOpen) this.inward.pass(message);
    };
    inner.onClose = (ending) => {
      if (this.halfOpen) return;
      this.inward.flush();
      this.onClose(ending);
    };
  }

  get bufferedBytes(): number {
    return this.inner.bufferedBytes;
  }

  send(message: Uint8Array): void {
    if (!this.halfOpen) this.outward.pass(message);
  }

  /** A half-open wire is closed at the other end by nothing but that end's own notice. */
  close(ending: WireEnding | null): void {
    this.inner.onMessage = () => undefined;
    this.inner.onClose = () => undefined;
    if (this.halfOpen) return;
    if (ending !== null) this.outward.flush();
    this.inner.close(ending);
  }
}

class Channel {
  private count = 0;
  private held: Uint8Array[] = [];
  private swapped: Uint8Array | null = null;

  constructor(
    private readonly plan: FaultPlan,
    private readonly seed: number,
    private readonly freeze: () => void,
    private readonly forward: (message: Uint8Array) => void,
  ) {}

  pass(message: Uint8Array): void {
    const n = this.count++;
    const fault = this.plan(n, draw(this.seed, n));
    if (fault === 'half-open') this.freeze();
    if (fault === 'half-open' || fault === 'drop') return;
    if (fault === 'delay' || this.held.length > 0) {
      this.hold(message);
      return;
    }
    if (fault === 'reorder' && this.swapped === null) {
      this.swapped = message.slice();
      return;
    }
    this.forward(fault === 'truncate' ? message.slice(0, Math.floor(message.length * 0.7)) : message);
    if (fault === 'duplicate') this.forward(message.slice());
    this.release();
  }

  /** What is still held back goes out, in order. */
  flush(): void {
    const { held } = this;
    this.held = [];
    for (const message of held) this.forward(message);
    this.release();
  }

  private release(): void {
    const late = this.swapped;
    this.swapped = null;
    if (late !== null) this.forward(late);
  }

  /** A delayed message, and all behind it, wait for a few milliseconds. */
  private hold(message: Uint8Array): void {
    if (this.held.length === 0) setTimeout(() => this.flush(), 3);
    this.held.push(message.slice());
  }
}
