/** Messages that nobody would send. In: some that somebody did, and random choices. Out: others, changed where it matters: fields, lengths, counts, order. */
import { HEADER_BYTES, MAX_SEGMENTS } from '../../../src/bus/frames.js';
import type { Draws } from '../draws.js';
import { BYTE_MUTATIONS } from '../mutate/bytes.js';

/** Offsets of the header's 32-bit fields: magic, version and kind, run, round, task, shard, attempt, segments, sequence (2), acknowledged (2), size, zeros (3). */
const FIELDS = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60];
const SEQUENCE = 32;
const ACKNOWLEDGED = 40;
const KIND = 6;
const TELLING = [0, 1, 2, 15, 16, 17, 63, 64, 80, 255, 256, MAX_SEGMENTS, MAX_SEGMENTS + 1, 1 << 16, (1 << 16) + 16, 8 << 20, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];

type Change = (message: Buffer, draws: Draws) => void;

function write32(message: Buffer, at: number, value: number): void {
  if (at + 4 <= message.length) message.writeUInt32LE(value >>> 0, at);
}

/** A value near the one that is there, or one at an edge. */
function editedField(message: Buffer, at: number, draws: Draws): void {
  if (at + 4 > message.length) return;
  const value = message.readUInt32LE(at);
  write32(message, at, draws.once(2) ? draws.of(TELLING) : value + draws.of([-64, -16, -8, -1, 1, 8, 16, 64]));
}

const FIELD_CHANGES: readonly Change[] = [
  (message, draws) => editedField(message, draws.of(FIELDS), draws),
  (message, draws) => editedField(message, HEADER_BYTES + 4 * draws.below(12), draws),
  (message, draws) => message.length > KIND + 1 && message.writeUInt16LE(draws.of([...Array(48).keys(), 255, 256, 0xffff]), KIND),
  (message, draws) => write32(message, SEQUENCE, draws.below(40)),
  (message, draws) => write32(message, ACKNOWLEDGED, draws.below(40)),
  (message, draws) => {
    for (let flips = 1 + draws.below(4); flips > 0 && message.length > 0; flips--) message[draws.below(message.length)]! ^= 1 << draws.below(8);
  },
];

/** One message, otherwise; `other` is another of the same conversation. */
export function mutatedMessage(message: Uint8Array, other: Uint8Array, draws: Draws): Uint8Array {
  let changed = Buffer.from(message);
  if (draws.once(50)) return Buffer.from(Array.from({ length: draws.below(400) }, () => draws.below(256)));
  if (draws.once(3)) changed = Buffer.from(draws.of(BYTE_MUTATIONS)(changed, draws, Buffer.from(other)));
  for (let changes = draws.below(3); changes > 0; changes--) draws.of(FIELD_CHANGES)(changed, draws);
  return aligned(changed);
}

/** As a transport hands it over: in memory of its own. */
function aligned(bytes: Buffer): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}

/** The same messages, each whole: some twice, some missing, some again later, some in another order. */
export function reordered(messages: readonly Uint8Array[], draws: Draws): Uint8Array[] {
  const sent: Uint8Array[] = [];
  for (const message of messages) {
    if (!draws.once(12)) sent.push(message);
    if (draws.once(8)) sent.push(message);
    if (draws.once(8) && sent.length > 0) sent.push(draws.of(sent));
    if (draws.once(12) && sent.length > 1) sent.push(...sent.splice(draws.below(sent.length - 1), 1));
  }
  return sent;
}
