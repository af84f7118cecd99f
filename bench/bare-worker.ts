/** A worker of the bare-`ws` ceiling in bench/rounds.ts, in a process of its own: dials the address it is given and answers every message with the bytes of a push. */
import { WebSocket } from 'ws';

const [url, bytes] = process.argv.slice(2) as [string, string];
const answer = new Uint8Array(Number(bytes));
const socket = new WebSocket(url, { perMessageDeflate: false });
socket.on('message', () => socket.send(answer));
socket.on('close', () => process.exit(0));
