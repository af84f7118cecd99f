/**
 * A wire over a WebSocket with the standard interface: a browser's own, or that of `ws`. Runs in a browser.
 * Why a wire ended travels in the close code and reason, which every version of the protocol can read.
 */
import type { Wire, WireEnding } from './wire.js';

/** The part of the WebSocket standard that is used. */
export interface StandardSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason: string }) => void): void;
  send(data: Uint8Array): void;
  close(code?: number, reason?: string): void;
  /** `ws` has it: ends the connection without the farewell that a half-open one never answers. */
  terminate?(): void;
}

export const SUBPROTOCOL = 'strads';
const TOKEN_PREFIX = 'strads.token.';
const MAX_REASON_BYTES = 123;
const CODES: Readonly<Record<WireEnding['reason'], number>> = { goodbye: 1000, refused: 4001, protocol: 4002, lost: 4003 };

/** A token travels in headers: visible ASCII characters, no spaces. */
export function isToken(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/** The token as a WebSocket subprotocol, for browsers, which cannot set a header. */
export function tokenSubprotocol(token: string): string {
  const bytes = new TextEncoder().encode(token);
  return TOKEN_PREFIX + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function webSocketWire(socket: StandardSocket): Wire {
  const wire = new WebSocketWire(socket);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => {
    wire.onMessage(data instanceof ArrayBuffer ? new Uint8Array(data) : new TextEncoder().encode(String(data)));
  });
  return wire;
}

/** Everything but what comes in, which whoever makes it passes to `onMessage`. */
export class WebSocketWire implements Wire {
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (ending: WireEnding | null) => void = () => undefined;
  private closed = false;

  constructor(private readonly socket: Pick<StandardSocket, 'bufferedAmount' | 'addEventListener' | 'send' | 'close' | 'terminate'>) {
    socket.addEventListener('close', ({ code, reason }) => {
      if (!this.closed) this.onClose(endingOf(code, reason));
    });
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount;
  }

  send(message: Uint8Array): void {
    this.socket.send(message);
  }

  close(ending: WireEnding | null): void {
    this.closed = true;
    if (ending !== null) this.socket.close(CODES[ending.reason], cut(ending.message));
    else if (this.socket.terminate) this.socket.terminate();
    else this.socket.close();
  }
}

function endingOf(code: number, message: string): WireEnding | null {
  for (const [reason, known] of Object.entries(CODES)) {
    if (known === code) return { reason: reason as WireEnding['reason'], message };
  }
  return null;
}

/** The longest beginning that fits a close reason and does not end inside a character. */
function cut(message: string): string {
  const bytes = new TextEncoder().encode(message);
  if (bytes.length <= MAX_REASON_BYTES) return message;
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES)).replace(/\uFFFD+$/, '');
}
