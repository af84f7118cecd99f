/**
 * What a transport gives a link: a two-way stream of messages that may break at any time. A wire keeps the bounds
 * of a message; whether all of them arrive, once and in order, is the session's business.
 */

import type { LinkClosed } from './link.js';

/** Why the peer ended a wire on purpose. */
export interface WireEnding {
  readonly reason: 'goodbye' | 'refused' | 'protocol' | 'lost';
  /** A sentence for a person; transports may cut it after 123 bytes. */
  readonly message: string;
}

export interface Wire {
  /** Bytes handed to `send` that have not left this process. */
  readonly bufferedBytes: number;
  /** A message came; the memory is the receiver's. */
  onMessage: (message: Uint8Array) => void;
  /** The peer ended the wire, or it broke (null). Not called after one's own `close`. */
  onClose: (ending: WireEnding | null) => void;
  /** Sends one message. The memory stays the sender's, who leaves it unchanged while the wire is in use. */
  send(message: Uint8Array): void;
  /** Ends the wire: after what was sent when there is an ending to tell, else at once. */
  close(ending: WireEnding | null): void;
}

/** Opens a wire. Rejects with BusError: 'unreachable' when another try may help, another reason when none will. */
export type Dial = () => Promise<Wire>;

/** No message of any transport is longer. */
export const MAX_MESSAGE_BYTES = 8 << 20;

/** Leaves a wire to itself: nothing that it still brings is heard. */
export function disconnect(wire: Wire): void {
  wire.onMessage = () => undefined;
  wire.onClose = () => undefined;
}

/** What the peer is told at the wire's end; a lost session has nobody to tell. */
export function endingFor({ reason, message }: LinkClosed): WireEnding | null {
  if (reason === 'closed' || reason === 'peer-closed') return { reason: 'goodbye', message: '' };
  return reason === 'protocol' ? { reason, message } : null;
}
