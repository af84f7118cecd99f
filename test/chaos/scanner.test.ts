/** The scanner sees every frame of a connection's bytes, wherever these are cut. */
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '../../src/bus/frames.js';
import { Verb } from '../../src/runtime/protocol.js';
import { Draws } from '../fuzz/draws.js';
import { FrameScanner } from './scanner.js';

const HTTP = Buffer.from('GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n');

function frame(kind: number, task: number, bytes: number): Uint8Array {
  return encodeFrame({ kind, round: 1, task, shard: 2, attempt: 3, segments: bytes === 0 ? [] : [new Uint8Array(bytes).fill(0x82)] }, { run: 9, sequence: 1, acknowledged: 0 });
}

/** A message as a client (masked with zeros) or a server sends it. */
function message(content: Uint8Array, isMasked: boolean, opcode = 0x82): Buffer {
  const { length } = content;
  const head = length < 126 ? Buffer.alloc(2) : length < 65536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = opcode;
  head[1] = (length < 126 ? length : length < 65536 ? 126 : 127) | (isMasked ? 0x80 : 0);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), content]);
}

describe('the scanner', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('sees every frame and where it ends, cut anywhere (seed %d)', (seed) => {
    const draws = new Draws(seed, 0);
    const isMasked = draws.once(2);
    const expected: string[] = [];
    const parts: Buffer[] = [HTTP];
    let at = HTTP.length;
    for (let task = 1; task <= 40; task++) {
      const frames = Array.from({ length: 1 + draws.below(3) }, () => frame(Verb.Task + draws.below(3), task, draws.once(3) ? 0 : draws.below(draws.once(5) ? 80_000 : 300)));
      const sent = message(Buffer.concat(frames), isMasked);
      let end = at + sent.length - frames.reduce((sum, { length }) => sum + length, 0);
      for (const each of frames) expected.push(`${task} ends at ${(end += each.length)}`);
      parts.push(sent, ...(draws.once(4) ? [message(Buffer.from('ping'), isMasked, 0x89)] : []));
      at = parts.reduce((sum, { length }) => sum + length, 0);
    }
    const bytes = Buffer.concat(parts);
    const scanner = new FrameScanner();
    const seen: string[] = [];
    let open = 0;
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + 1 + draws.small(5000));
      for (const { edge, at: place, header } of scanner.scan(bytes.subarray(from, to))) {
        expect(header).toMatchObject({ run: 9, attempt: 3 });
        open += edge === 'begin' ? 1 : -1;
        if (edge === 'end') seen.push(`${header.task} ends at ${from + place}`);
      }
      from = to;
    }
    expect(seen).toEqual(expected);
    expect(open).toBe(0);
  });
});
