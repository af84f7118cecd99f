/** A worker of the bus' benchmark: echoes over the bus, or over bare `ws`. Arguments: bus or bare, and the address to join. */
import WebSocket from 'ws';
import { connectWebSocket } from '../../src/bus/websocket-client.js';
import { serve, TOKEN, Verb } from './transports.js';

const [over, url] = process.argv.slice(2) as ['bus' | 'bare', string];
if (over === 'bus') serve(await connectWebSocket({ url, token: TOKEN, hello: { name: 'worker', facts: {} } }));
else {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1 << 28 });
  socket.on('message', (message: Buffer) => {
    if (message.readUInt32LE(0) !== Verb.swallow) socket.send(message);
  });
}
