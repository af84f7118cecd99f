/**
 * A line between a worker and its scheduler that listens in. In: bytes of both directions. Out: the same bytes, until what passes is what
 * somebody waits for: then the line is stopped at that very byte, something is done, and it goes on unless it was asked not to.
 */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { Verb } from '../../src/runtime/protocol.js';
import { FrameScanner, type Header, type Mark } from './scanner.js';

/** A place in a run: the next frame of this kind, its first byte or its last, once so many tasks have gone to the worker. */
export interface Place {
  readonly kind: number;
  readonly edge: Mark['edge'];
  readonly afterTasks: number;
}

interface Watch {
  readonly place: Place;
  readonly act: () => void;
}

export class Wiretap {
  /** Takes every mark that passes. */
  onMark: (mark: Mark) => void = () => undefined;
  readonly port: number;
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  #watches: Watch[] = [];
  #tasks = 0;

  private constructor(server: Server, upstream: () => number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (worker: Socket) => {
      const line = new Line(worker, connect({ port: upstream(), host: '127.0.0.1' }), (mark) => this.#pass(mark));
      this.#lines.add(line);
      line.onEnd = () => void this.#lines.delete(line);
    });
  }

  /** `upstream`: the port of the scheduler on this machine. */
  static async open(upstream: () => number): Promise<Wiretap> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Wiretap(server, upstream);
  }

  /** Does something when the run comes by this place, at that byte. Resolves when it is done. */
  at(place: Place, act: () => void): Promise<void> {
    return new Promise((resolve) => {
      const watch: Watch = {
        place,
        act: () => {
          act();
          resolve();
        },
      };
      this.#watches.push(watch);
    });
  }

  /** Nothing passes any more on the lines that there are, and neither end hears of it. */
  hold(): void {
    for (const line of this.#lines) line.hold();
  }

  release(): void {
    for (const line of this.#lines) line.release();
  }

  /** Both ends of every line are told that the connection was reset. */
  cut(): void {
    for (const line of this.#lines) line.end();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #pass(mark: Mark): void {
    if (mark.edge === 'begin' && mark.header.kind === Verb.Task) this.#tasks++;
    this.onMark(mark);
    const due = this.#watches.filter(({ place }) => place.kind === mark.header.kind && place.edge === mark.edge && this.#tasks >= place.afterTasks);
    this.#watches = this.#watches.filter((watch) => !due.includes(watch));
    for (const { act } of due) act();
  }
}

/** Bytes, and what passes at their end. */
interface Piece {
  readonly bytes: Buffer;
  readonly mark: Mark | null;
}

/** One connection of a worker. */
class Line {
  onEnd: () => void = () => undefined;
  #isHeld = false;
  #isEnded = false;
  #wasLeft = false;
  readonly #sockets: readonly Socket[];
  readonly #flows: readonly (() => void)[];

  constructor(worker: Socket, scheduler: Socket, pass: (mark: Mark) => void) {
    this.#sockets = [worker, scheduler];
    this.#flows = [this.#carry(worker, scheduler, pass), this.#carry(scheduler, worker, pass)];
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const flow of this.#flows) flow();
    if (this.#wasLeft) this.end();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.onEnd();
  }

  /** → lets flow what waits. */
  #carry(from: Socket, to: Socket, pass: (mark: Mark) => void): () => void {
    const scanner = new FrameScanner();
    const waiting: Piece[] = [];
    const flow = () => {
      while (waiting.length > 0 && !this.#isHeld && !this.#isEnded) {
        const { bytes, mark } = waiting.shift()!;
        if (bytes.length > 0) to.write(bytes);
        if (mark) pass(mark);
      }
    };
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      waiting.push(...pieces(chunk, scanner.scan(chunk)));
      flow();
    });
    from.on('error', () => undefined);
    from.on('close', () => this.#left());
    return flow;
  }

  /** One side is gone, of which a held line tells the other nothing. */
  #left(): void {
    if (this.#isHeld) this.#wasLeft = true;
    else this.end();
  }
}

function pieces(chunk: Buffer, marks: readonly Mark[]): Piece[] {
  let done = 0;
  const marked = marks.map((mark) => {
    const bytes = chunk.subarray(done, mark.at);
    done = mark.at;
    return { bytes, mark };
  });
  return [...marked, { bytes: chunk.subarray(done), mark: null }];
}

/** Whether the header is of a later attempt or another run. */
export function isLater(header: Header, than: Header | null): boolean {
  return than === null || header.run !== than.run || header.attempt > than.attempt;
}
