/**
 * The server's end of all links, over any transport. In: wires whose token was checked. Out: a link for each new
 * peer that is accepted; a wire of a known session goes to its link.
 */
import { BusError } from './error.js';
import { FrameError, VersionError } from './frames.js';
import { decodeIntroduction, encodeRefusal, encodeWelcome, versionRefusal } from './handshake.js';
import type { Introduction } from './handshake.js';
import type { Hello, Link } from './link.js';
import { linkOptions } from './options.js';
import type { LinkOptions } from './options.js';
import { Session } from './session.js';
import { disconnect } from './wire.js';
import type { Wire, WireEnding } from './wire.js';

export interface ReceptionOptions extends Partial<LinkOptions> {
  /** Number of the run, from 1; a peer of another run is turned away. */
  readonly run: number;
  /** What peers call this end; 'the scheduler' unless given. */
  readonly name?: string;
  /** Why this peer may not join, or null. */
  accept(hello: Hello): string | null;
  /** A peer has joined, from `address` where the transport knows one. Called once for each link; a peer that comes back keeps its link. */
  onLink(link: Link, hello: Hello, address: string | null): void;
}

/** A transport that takes peers in. */
export interface Listener {
  /** Address for clients on this machine. */
  readonly url: string;
  readonly port: number;
  /** Says goodbye to all peers and stops listening. */
  close(): Promise<void>;
}

const MAX_RUN = 0xffff_ffff;
/** Peers at a time, and wires whose hello has yet to come. */
const MAX_SESSIONS = 2048;
const MAX_UNINTRODUCED = 64;

export class Reception {
  private readonly sessions = new Map<string, Session>();
  private readonly options: LinkOptions;
  private readonly name: string;
  private readonly unintroduced = new Set<Wire>();
  private closing = false;

  constructor(private readonly desk: ReceptionOptions) {
    if (!Number.isInteger(desk.run) || desk.run < 1 || desk.run > MAX_RUN) {
      throw new BusError('address', `the run number is ${desk.run}, expected an integer from 1 to ${MAX_RUN}`);
    }
    this.options = linkOptions(desk);
    this.name = desk.name ?? 'the scheduler';
  }

  /** Waits for the hello on a new wire, which comes from `address`, and answers it. */
  receive(wire: Wire, address: string | null): void {
    if (this.unintroduced.size >= MAX_UNINTRODUCED) {
      this.hangUp(wire);
      return;
    }
    this.unintroduced.add(wire);
    const heard = () => {
      clearTimeout(timer);
      this.unintroduced.delete(wire);
    };
    const timer = setTimeout(() => (heard(), this.hangUp(wire)), this.options.timeoutMs);
    wire.onClose = heard;
    wire.onMessage = (message) => {
      heard();
      this.answer(wire, message, address);
    };
  }

  /** Says goodbye to every peer that is there, and gives up those that are not. */
  async close(): Promise<void> {
    this.closing = true;
    const sessions = [...this.sessions.values()];
    for (const session of sessions) if (!session.isAttached) this.giveUp(session);
    await Promise.all(sessions.map((session) => session.close()));
  }

  private answer(wire: Wire, message: Uint8Array, address: string | null): void {
    try {
      const introduction = decodeIntroduction(message);
      const known = this.sessions.get(introduction.session);
      const refusal = this.reasonAgainst(introduction, known);
      if (refusal !== null) this.refuse(wire, refusal);
      else if (known) this.resume(wire, known, introduction.received);
      else this.admit(wire, introduction, address);
    } catch (error) {
      if (error instanceof VersionError) this.refuse(wire, versionRefusal(this.name, error.version));
      else if (error instanceof FrameError) this.hangUp(wire);
      else throw error;
    }
  }

  private reasonAgainst({ run, hello }: Introduction, known: Session | undefined): WireEnding | null {
    if (run !== 0 && run !== this.desk.run) {
      const message = `${this.name} is at run ${this.desk.run}, the worker belongs to run ${run}: start the worker again`;
      return { reason: 'refused', message };
    }
    if (known) return null;
    if (run !== 0) return { reason: 'lost', message: `${this.name} has given this session up: start the worker again to join anew` };
    if (this.closing) return { reason: 'refused', message: `${this.name} is closing` };
    if (this.sessions.size >= MAX_SESSIONS) return { reason: 'refused', message: `${this.name} has ${MAX_SESSIONS} peers, and takes no more` };
    const reason = this.desk.accept(hello);
    return reason === null ? null : { reason: 'refused', message: reason };
  }

  private admit(wire: Wire, { session: id, received, hello }: Introduction, address: string | null): void {
    if (received !== 0) throw new FrameError(`a new peer has received ${received} frames, expected none`);
    const session: Session = new Session(hello.name, this.desk.run, this.options, {
      detached: () => {
        if (this.closing) this.giveUp(session);
      },
      ended: () => this.sessions.delete(id),
    });
    this.sessions.set(id, session);
    this.resume(wire, session, 0);
    this.desk.onLink(session, hello, address);
  }

  private resume(wire: Wire, session: Session, received: number): void {
    const { heartbeatMs, timeoutMs, graceMs } = this.options;
    wire.send(encodeWelcome({ run: this.desk.run, received: session.received, name: this.name, pace: { heartbeatMs, timeoutMs, graceMs } }));
    session.attach(wire, received);
  }

  private refuse(wire: Wire, ending: WireEnding): void {
    disconnect(wire);
    wire.send(encodeRefusal(this.desk.run, ending));
    wire.close(ending);
  }

  private hangUp(wire: Wire): void {
    disconnect(wire);
    wire.close(null);
  }

  private giveUp(session: Session): void {
    session.finish({ reason: 'lost', message: `${session.peer} was out of reach when ${this.name} closed` });
  }
}
