/**
 * The client's end of a link, over any transport. In: a way to dial, a hello. Out: a link that re-dials by itself
 * when its wire breaks, for as long as its session lives.
 */
import { BusError } from './error.js';
import type { Role } from './error.js';
import { FrameError, PROTOCOL_VERSION, VersionError } from './frames.js';
import { decodeAnswer, encodeIntroduction, newSessionId, versionSentence } from './handshake.js';
import type { Welcome } from './handshake.js';
import type { Hello, Link } from './link.js';
import { linkOptions } from './options.js';
import type { LinkOptions } from './options.js';
import { Session } from './session.js';
import { disconnect } from './wire.js';
import type { Dial, Wire, WireEnding } from './wire.js';

export interface ConnectOptions extends Partial<LinkOptions> {
  readonly hello: Hello;
  /** Who is expected to answer, for messages; 'scheduler' unless given. */
  readonly role?: Role;
  /** How long to go on trying where nobody answers; 0, the default, is one try. */
  readonly patienceMs?: number;
}

const FIRST_PAUSE_MS = 50;
/** Everybody who lost the same peer comes back at another moment, and within a heartbeat. */
const LONGEST_PAUSE_MS = 2000;

/** Joins whoever `dial` reaches, a scheduler or a worker; `address` is where, for messages. Rejects with BusError. */
export async function connect(dial: Dial, address: string, options: ConnectOptions): Promise<Link> {
  const client = new Client(dial, `the ${options.role ?? 'scheduler'} at ${address}`, options.hello, linkOptions(options));
  return client.join(performance.now() + (options.patienceMs ?? 0));
}

class Client {
  private readonly id = newSessionId();
  private session: Session | null = null;

  constructor(
    private readonly dial: Dial,
    private readonly callee: string,
    private readonly hello: Hello,
    private readonly options: LinkOptions,
  ) {}

  async join(deadline: number): Promise<Session> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.enter();
      } catch (error) {
        const left = deadline - performance.now();
        if (!(error instanceof BusError) || error.reason !== 'unreachable' || left <= 0) throw error;
        await pause(Math.min(left, pauseBefore(attempt)));
      }
    }
  }

  /** One try: a wire, a hello, a welcome. */
  private async enter(): Promise<Session> {
    const wire = await this.dial();
    const introduction = encodeIntroduction({
      session: this.id,
      run: this.session?.run ?? 0,
      received: this.session?.received ?? 0,
      hello: this.hello,
    });
    return new Promise((resolve, reject) => {
      const giveUp = (error: unknown): void => {
        clearTimeout(timer);
        disconnect(wire);
        wire.close(null);
        reject(error as Error);
      };
      const timer = setTimeout(() => giveUp(this.unreachable('did not answer the hello')), this.options.timeoutMs);
      wire.onClose = (ending) => giveUp(ending === null ? this.unreachable('hung up during the hello') : this.refused(ending));
      wire.onMessage = (message) => {
        try {
          const session = this.enterWith(wire, message);
          clearTimeout(timer);
          resolve(session);
        } catch (error) {
          giveUp(error instanceof FrameError ? this.notUnderstood(error) : error);
        }
      };
      wire.send(introduction);
    });
  }

  /** Attaches the wire before another message can come in on it. */
  private enterWith(wire: Wire, message: Uint8Array): Session {
    const answer = decodeAnswer(message);
    if ('refusal' in answer) throw this.refused(answer.refusal);
    const session = (this.session ??= this.newSession(answer.welcome));
    if (session.isEnded) throw new BusError('lost', 'the session ended before a new wire was there');
    session.attach(wire, answer.welcome.received);
    return session;
  }

  private newSession({ name, run, pace }: Welcome): Session {
    return new Session(name, run, { ...this.options, ...pace }, { detached: () => void this.redial(), ended: () => undefined });
  }

  /** Looks for a new wire until there is one, the other side says no, or the session's grace is over. */
  private async redial(): Promise<void> {
    const session = this.session!;
    for (let attempt = 0; !session.isEnded; attempt++) {
      try {
        await this.enter();
        return;
      } catch (error) {
        const { reason, message } = error instanceof BusError ? error : new BusError('protocol', String(error));
        if (reason !== 'unreachable') session.finish({ reason: reason === 'address' ? 'refused' : reason, message });
        else if (session.isLeaving) session.finish({ reason: 'peer-closed', message });
        else await pause(pauseBefore(attempt));
      }
    }
  }

  private unreachable(what: string): BusError {
    return new BusError('unreachable', `${this.callee} ${what}: check that it is one of this run and that the network is up`);
  }

  private refused({ reason, message }: WireEnding): BusError {
    return new BusError(reason === 'goodbye' ? 'refused' : reason, message === '' ? `${this.callee} is closing` : message);
  }

  private notUnderstood(error: FrameError): BusError {
    if (error instanceof VersionError) {
      return new BusError('protocol', versionSentence(this.callee, error.version, PROTOCOL_VERSION));
    }
    return this.unreachable(`gave an answer that is not understood (${error.message})`);
  }
}

/** Full jitter: anything up to a bound that doubles from attempt to attempt ("Exponential Backoff and Jitter", AWS Architecture Blog, 2015). */
export function pauseBefore(attempt: number, draw = random()): number {
  return draw * Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
}

/** In [0, 1). It decides when, never what. */
function random(): number {
  return globalThis.crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
