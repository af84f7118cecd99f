/**
 * A reliable link over wires that are not. In: frames from the application, wires from whoever dials or listens.
 * Out: the peer's frames, once each and in order.
 *
 * Every frame has a sequence number from 1; acknowledgements are cumulative and ride on whatever is sent. What is
 * not acknowledged is kept. A frame that is ahead of its turn means that something was lost: the wire is given up,
 * and on the next one both sides go on from what the other has received. A frame that is behind was seen before.
 */
import { Acknowledgements } from './acknowledgements.js';
import { Assembly, encodeParts } from './chunks.js';
import { deferred } from './deferred.js';
import type { Deferred } from './deferred.js';
import { EarlyMessages } from './early.js';
import { aligned, carriesData, decodeFrame, encodeFrame, FIRST_APPLICATION_KIND, FrameError, frameBytes, Kind, LAST_APPLICATION_KIND } from './frames.js';
import type { DecodedFrame } from './frames.js';
import { Heartbeat } from './heartbeat.js';
import { Inbox } from './inbox.js';
import { NO_SHARD } from './link.js';
import type { Departure, Frame, FrameHandler, Link, LinkClosed, LinkStats } from './link.js';
import type { LinkOptions } from './options.js';
import { Outbox } from './outbox.js';
import { Slab } from './slab.js';
import { afterThisTurn } from './turn.js';
import { disconnect, endingFor, MAX_MESSAGE_BYTES } from './wire.js';
import type { Wire, WireEnding } from './wire.js';

/** More than this in the wire's own buffer gains nothing: the rest stays here, where a broken wire does not lose it. */
const WIRE_BUFFER_BYTES = 2 * MAX_MESSAGE_BYTES;
/** Unreadable messages in a row, on as many wires, that are no longer taken for a bad connection. */
const MAX_UNREADABLE = 8;

/** Who brings the wires. */
export interface SessionOwner {
  /** The wire is gone; the session waits for another one. */
  detached(): void;
  /** The session needs no more wires. */
  ended(): void;
}

/** closing: our goodbye is on its way. leaving: the peer's has come, and it has yet to end the wire. */
type Phase = 'open' | 'closing' | 'leaving' | 'ended';

const BARE = { round: 0, task: 0, shard: NO_SHARD, attempt: 0, segments: [] };

export class Session implements Link {
  private readonly counters = { bytesSent: 0, bytesReceived: 0, framesSent: 0, framesReceived: 0, gaps: 0, duplicates: 0, reconnects: 0 };
  private readonly outbox = new Outbox();
  private readonly inbox = new Inbox();
  private readonly assembly: Assembly;
  private readonly outgoing = new Slab();
  private readonly incoming = new Slab();
  private readonly heartbeat: Heartbeat;
  private readonly acknowledgements: Acknowledgements;
  private phase: Phase = 'open';
  private wire: Wire | null = null;
  private wires = 0;
  private unreadable = 0;

  private graceTimer: ReturnType<typeof setTimeout> | null = null;
  private flushing = false;

  private frameHandler: FrameHandler | null = null;
  private closeHandler: ((closed: LinkClosed) => void) | null = null;
  /** Messages from the first frame on that needs a handler, before there is one. */
  private readonly early: EarlyMessages;
  private closed: LinkClosed | null = null;
  private draining: Deferred | null = null;
  private closing: Deferred | null = null;

  constructor(
    readonly peer: string,
    readonly run: number,
    private readonly options: LinkOptions,
    private readonly owner: SessionOwner,
  ) {
    this.assembly = new Assembly(options.maxFrameBytes);
    this.early = new EarlyMessages(options.windowBytes);
    this.acknowledgements = new Acknowledgements(this.inbox, () => this.sendAcknowledgement());
    this.heartbeat = new Heartbeat(
      options.heartbeatMs,
      options.timeoutMs,
      () => this.sendAcknowledgement(),
      () => this.detach(),
    );
  }

  get stats(): LinkStats {
    return this.counters;
  }

  /** Sequence of the last frame received, which the peer needs to know on a new wire. */
  get received(): number {
    return this.inbox.received;
  }

  get isAttached(): boolean {
    return this.wire !== null;
  }

  get isEnded(): boolean {
    return this.phase === 'ended';
  }

  /** The peer has said goodbye: a wire is only of use to let it know that this was heard. */
  get isLeaving(): boolean {
    return this.phase === 'leaving';
  }

  get onFrame(): FrameHandler {
    return this.frameHandler ?? (() => undefined);
  }

  set onFrame(handler: FrameHandler) {
    this.frameHandler = handler;
    queueMicrotask(() => {
      const early = this.early.take();
      const { wire } = this;
      if (wire !== null) for (const message of early) this.read(wire, message);
    });
  }

  get onClose(): (closed: LinkClosed) => void {
    return this.closeHandler ?? (() => undefined);
  }

  set onClose(handler: (closed: LinkClosed) => void) {
    this.closeHandler = handler;
    const { closed } = this;
    if (closed !== null) queueMicrotask(() => handler(closed));
  }

  /** Goes on over `wire`, to a peer that has received our frames up to `acknowledged`. */
  attach(wire: Wire, acknowledged: number): void {
    this.outbox.acknowledge(acknowledged);
    if (this.wire !== null) this.dropWire();
    if (this.graceTimer !== null) clearTimeout(this.graceTimer);
    if (this.wires++ > 0) this.counters.reconnects++;
    this.wire = wire;
    this.early.take();
    wire.onMessage = (message) => this.hear(wire, message);
    wire.onClose = (ending) => this.wireClosed(ending);
    this.outbox.rewind();
    this.heartbeat.start();
    this.settle();
    this.pump();
  }

  /** Sends a frame; on a link that has ended it does nothing, as `onClose` has told. */
  send(frame: Frame, departure: Departure = 'turn'): void {
    if (frame.kind < FIRST_APPLICATION_KIND || frame.kind > LAST_APPLICATION_KIND) {
      throw new FrameError(`frame kind ${frame.kind}, expected ${FIRST_APPLICATION_KIND} to ${LAST_APPLICATION_KIND}`);
    }
    const bytes = frameBytes(frame);
    if (bytes > this.options.maxFrameBytes) {
      throw new FrameError(`a frame of ${bytes} bytes, at most ${this.options.maxFrameBytes} are allowed: send several smaller ones`);
    }
    if (this.phase !== 'open') return;
    this.queue(frame, bytes);
    this.counters.framesSent++;
    if (departure === 'turn') this.flushThisTurn();
    else if (departure === 'now') this.pump();
  }

  drained(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    this.draining ??= deferred();
    return this.draining.promise;
  }

  close(): Promise<void> {
    if (this.phase === 'leaving' || this.phase === 'ended') return Promise.resolve();
    if (this.phase === 'open') {
      this.phase = 'closing';
      if (this.frameHandler === null) this.onFrame = () => undefined;
      this.queue({ ...BARE, kind: Kind.goodbye }, frameBytes({ ...BARE, kind: Kind.goodbye }));
      this.flushThisTurn();
    }
    this.closing ??= deferred();
    return this.closing.promise;
  }

  drop(message: string): void {
    this.finish({ reason: 'lost', message });
  }

  /** Ends the session for the reason given, and the wire with it. */
  finish(closed: LinkClosed): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    const { wire } = this;
    if (wire !== null) this.dropWire(endingFor(closed));
    if (this.graceTimer !== null) clearTimeout(this.graceTimer);
    this.acknowledgements.stop();
    this.outbox.clear();
    this.early.take();
    this.tell(closed);
    this.owner.ended();
  }

  private get hasRoom(): boolean {
    return this.outbox.bytes < this.options.windowBytes || this.phase === 'leaving' || this.phase === 'ended';
  }

  private queue(frame: Frame, bytes: number): void {
    const stamp = { run: this.run, sequence: this.outbox.nextSequence, acknowledged: 0 };
    if (bytes <= this.options.chunkBytes) this.outbox.push(encodeFrame(frame, stamp, this.outgoing.take(bytes)));
    else for (const part of encodeParts(frame, stamp, this.options.chunkBytes)) this.outbox.push(part);
  }

  private flushThisTurn(): void {
    if (this.flushing) return;
    this.flushing = true;
    afterThisTurn(() => {
      this.flushing = false;
      this.pump();
    });
  }

  /** Hands the wire what the window and the wire's own buffer have room for. */
  private pump(): void {
    while (this.wire !== null && this.outbox.hasUnsent) {
      if (this.outbox.underWay >= this.options.windowBytes || this.wire.bufferedBytes >= WIRE_BUFFER_BYTES) return;
      const message = this.outbox.take(this.options.chunkBytes, this.inbox.received);
      if (message !== null) this.transmit(this.wire, message);
    }
  }

  private sendAcknowledgement(): void {
    if (this.wire === null || this.wire.bufferedBytes >= WIRE_BUFFER_BYTES) return;
    const stamp = { run: this.run, sequence: this.outbox.lastSent, acknowledged: this.inbox.received };
    this.transmit(this.wire, encodeFrame({ ...BARE, kind: Kind.acknowledge }, stamp));
  }

  private transmit(wire: Wire, message: Uint8Array): void {
    this.inbox.acknowledged();
    this.counters.bytesSent += message.length;
    this.heartbeat.sent();
    wire.send(message);
  }

  private hear(wire: Wire, message: Uint8Array): void {
    this.counters.bytesReceived += message.length;
    this.heartbeat.heard();
    if (!this.early.isEmpty) this.keepEarly(message);
    else this.read(wire, message);
  }

  private keepEarly(message: Uint8Array): void {
    try {
      this.early.keep(message);
    } catch (error) {
      this.violation((error as FrameError).message);
    }
  }

  /** Takes the frames of a message for as long as its wire is the one in use. */
  private read(wire: Wire, received: Uint8Array): void {
    const message = aligned(received, (bytes) => this.incoming.take(bytes));
    for (let offset = 0; offset < message.length && this.wire === wire; ) {
      const frame = this.decode(message, offset);
      if (frame === null) return;
      if (this.frameHandler === null && carriesData(frame)) {
        this.keepEarly(message.subarray(offset));
        break;
      }
      offset += frame.bytes;
      this.take(frame);
    }
    if (this.wire !== wire) return;
    this.settle();
    this.acknowledgements.inTime();
    if (!this.flushing) this.pump();
  }

  private decode(message: Uint8Array, offset: number): DecodedFrame | null {
    try {
      return decodeFrame(message, offset, MAX_MESSAGE_BYTES);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      if (++this.unreadable >= MAX_UNREADABLE) this.violation(error.message);
      else this.lose();
      return null;
    }
  }

  private take(frame: DecodedFrame): void {
    if (frame.run !== this.run) {
      this.violation(`a frame of run ${frame.run} came where run ${this.run} is under way: the peer belongs to an old run, start it again`);
      return;
    }
    const delivery = this.accept(frame);
    if (delivery === null) return;
    this.unreadable = 0;
    this.counters.framesReceived++;
    const reading = this.handOver(delivery);
    if (reading instanceof Promise) this.acknowledgements.after(reading);
  }

  /** What the application can't take ends this link, never the process that reads it. */
  private handOver(frame: Frame): unknown {
    try {
      return this.frameHandler!(frame);
    } catch (error) {
      this.violation(`a frame of kind ${frame.kind} can't be taken: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** Keeps the books of a frame and returns what of it goes to the application. */
  private accept(frame: DecodedFrame): Frame | null {
    try {
      this.outbox.acknowledge(frame.acknowledged);
      if (!this.isNext(frame)) return null;
      this.inbox.take(frame);
      if (frame.kind === Kind.part) return this.assembly.add(frame);
      if (frame.kind === Kind.goodbye) this.peerLeaves();
      else if (frame.kind >= FIRST_APPLICATION_KIND && frame.kind <= LAST_APPLICATION_KIND) return frame;
      else throw new FrameError(`frame of unknown kind ${frame.kind}`);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.violation(error.message);
    }
    return null;
  }

  /** Whether it is this frame's turn; what is missing or comes twice is counted. */
  private isNext(frame: DecodedFrame): boolean {
    const place = this.inbox.placeOf(frame);
    if (place === 'gap') this.lose();
    else if (place === 'duplicate') this.counters.duplicates++;
    return place === 'next';
  }

  /** Something of the peer's was lost: only a new wire brings it back. */
  private lose(): void {
    this.counters.gaps++;
    this.detach();
  }

  /** Acknowledgements came: room may be there, or the goodbye be heard. */
  private settle(): void {
    if (this.phase === 'closing' && this.outbox.isEmpty) this.finish({ reason: 'closed', message: 'the link was closed on this side' });
    else if (this.hasRoom) this.release();
  }

  private release(): void {
    this.draining?.resolve();
    this.draining = null;
  }

  private peerLeaves(): void {
    this.sendAcknowledgement();
    if (this.phase !== 'open') return;
    this.phase = 'leaving';
    this.tell({ reason: 'peer-closed', message: `${this.peer} said goodbye` });
  }

  private violation(message: string): void {
    this.finish({ reason: 'protocol', message: `the link to ${this.peer} was given up: ${message}` });
  }

  private wireClosed(ending: WireEnding | null): void {
    if (ending === null) {
      this.detach();
      return;
    }
    const reason = ending.reason === 'goodbye' ? 'peer-closed' : ending.reason;
    this.finish({ reason, message: ending.message });
  }

  /** Gives the wire up and waits for another one. */
  private detach(): void {
    if (this.wire === null) return;
    this.dropWire();
    const { graceMs } = this.options;
    const message = `${this.peer} was out of reach for ${graceMs} ms`;
    this.graceTimer = setTimeout(() => this.finish({ reason: 'lost', message }), graceMs);
    this.owner.detached();
  }

  private dropWire(ending: WireEnding | null = null): void {
    const wire = this.wire!;
    this.wire = null;
    this.heartbeat.stop();
    disconnect(wire);
    wire.close(ending);
  }

  /** Tells the application, once, that the link is over, and lets go whoever waits. */
  private tell(closed: LinkClosed): void {
    this.release();
    this.closing?.resolve();
    if (this.closed !== null) return;
    this.closed = closed;
    this.closeHandler?.(closed);
  }
}
