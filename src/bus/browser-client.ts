/**
 * A link over a standard WebSocket, such as a browser has. Runs in a browser, where a failed attempt does not say
 * why: a wrong token and an absent scheduler look the same.
 */
import { connect } from './connect.js';
import type { ConnectOptions } from './connect.js';
import { BusError } from './error.js';
import type { Link } from './link.js';
import { SUBPROTOCOL, tokenSubprotocol, webSocketWire } from './websocket-wire.js';
import type { StandardSocket } from './websocket-wire.js';
import type { Dial } from './wire.js';

export interface StandardConnectOptions extends ConnectOptions {
  readonly url: string;
  readonly token: string;
  readonly WebSocket: new (url: string, protocols: string[]) => StandardSocket;
}

export function connectStandardWebSocket(options: StandardConnectOptions): Promise<Link> {
  return connect(dialStandard(options), options.url, options);
}

function dialStandard({ url, token, WebSocket }: StandardConnectOptions): Dial {
  return () =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, [SUBPROTOCOL, tokenSubprotocol(token)]);
      const wire = webSocketWire(socket);
      wire.onClose = () => {
        const advice = 'check the address and the token, and that the scheduler allows the origin of this page';
        reject(new BusError('unreachable', `no connection to the scheduler at ${url}: ${advice}`));
      };
      socket.addEventListener('error', () => undefined);
      socket.addEventListener('open', () => resolve(wire));
    });
}
