/**
 * A wire over a WebSocket of `ws` and the TCP connection under it (Node). `ws` opens and ends the connection, reads it and answers pings. A
 * small message is framed here (RFC 6455, section 5.2) and leaves in one write: head and payload in two cost a third more.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketWire } from './websocket-wire.js';
import type { Wire } from './wire.js';

/** Up to here copying a message costs less than a second buffer to write. */
const MERGED_BYTES = 1 << 14;
const BINARY_MESSAGE = 0x82;
const LONG_LENGTH = 126;
const MASKED = 0x80;
const MASK_BYTES = 4;

/** `end`: a client masks what it sends, here with zeros, which changes nothing. */
export function nodeWire(socket: WebSocket, connection: Duplex, end: 'client' | 'server'): Wire {
  const wire = new NodeWire(socket, connection, end === 'client');
  socket.binaryType = 'nodebuffer';
  socket.on('message', (message: Buffer) => wire.onMessage(message));
  return wire;
}

class NodeWire extends WebSocketWire {
  constructor(
    private readonly webSocket: WebSocket,
    private readonly connection: Duplex,
    private readonly isMasked: boolean,
  ) {
    super(webSocket);
  }

  override send(message: Uint8Array): void {
    if (message.length > MERGED_BYTES) super.send(message);
    else if (this.webSocket.readyState === this.webSocket.OPEN) this.connection.write(framed(message, this.isMasked));
  }
}

function framed(message: Uint8Array, isMasked: boolean): Buffer {
  const { length } = message;
  const isLong = length >= LONG_LENGTH;
  const head = (isLong ? 4 : 2) + (isMasked ? MASK_BYTES : 0);
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = BINARY_MESSAGE;
  frame[1] = (isLong ? LONG_LENGTH : length) | (isMasked ? MASKED : 0);
  if (isLong) frame.writeUInt16BE(length, 2);
  if (isMasked) frame.fill(0, head - MASK_BYTES, head);
  frame.set(message, head);
  return frame;
}
