/** What tests say on a link, and how they wait for what comes of it. */
import { expect } from 'vitest';
import type { Frame, Link, LinkClosed } from '../../src/bus/link.js';
import { NO_SHARD } from '../../src/bus/link.js';
import { draw } from './faults.js';

export function message(task: number, ...segments: Frame['segments'][number][]): Frame {
  return { kind: 20, round: 1, task, shard: NO_SHARD, attempt: 0, segments };
}

export function collect(link: Link): Frame[] {
  const frames: Frame[] = [];
  link.onFrame = (frame) => void frames.push(frame);
  return frames;
}

export function ended(link: Link): Promise<LinkClosed> {
  return new Promise((resolve) => (link.onClose = resolve));
}

export function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return Buffer.compare(Buffer.from(a.buffer, a.byteOffset, a.byteLength), Buffer.from(b.buffer, b.byteOffset, b.byteLength)) === 0;
}

export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for what must come; the test's own time limit is the only clock. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

export async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a rejection');
}

/** Sends `count` frames of many sizes each way in uneven bursts, closes, and checks all that came. */
export async function exchange(server: Link, client: Link, count: number): Promise<void> {
  const [atServer, atClient] = [collect(server), collect(client)];
  const ends = Promise.all([ended(server), ended(client)]);
  await Promise.all([burst(server, count, 1), burst(client, count, 2)]);
  await until(() => atServer.length === count && atClient.length === count);
  await client.close();
  expect((await ends).map(({ reason }) => reason)).toEqual(['peer-closed', 'closed']);
  await turns(20);
  check(atClient, count, 1);
  check(atServer, count, 2);
}

async function burst(link: Link, count: number, seed: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    link.send(message(i, contents(seed, i)));
    if (draw(seed, i) > 0.6) await turns(1);
    await link.drained();
  }
}

function check(frames: readonly Frame[], count: number, seed: number): void {
  expect(frames.map(({ task }) => task)).toEqual(Array.from({ length: count }, (_, i) => i));
  frames.forEach(({ segments }, i) => expect(sameBytes(segments[0]!, contents(seed, i)), `frame ${i}`).toBe(true));
}

/** Mostly small, some around the chunk limit and some of several chunks. */
function contents(seed: number, i: number): Uint8Array {
  const size = draw(seed + 10, i) < 0.8 ? 200 : 4000;
  return new Uint8Array(Math.floor(draw(seed + 20, i) * size)).map((_, j) => 256 * draw(seed, i * 31 + j));
}

/** The encoded frame as another version of the protocol would send it. */
export function ofVersion(version: number, frame: Uint8Array): Uint8Array {
  const bytes = frame.slice();
  new DataView(bytes.buffer).setUint16(4, version, true);
  return bytes;
}
