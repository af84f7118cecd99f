/** The checksum of zip and gzip (CRC-32, reflected polynomial 0xEDB88320), fed piece by piece. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

export class Crc32 {
  private state = -1;

  update(bytes: Uint8Array): void {
    let state = this.state;
    for (let at = 0; at < bytes.length; at++) state = TABLE[(state ^ bytes[at]) & 0xff] ^ (state >>> 8);
    this.state = state;
  }

  get value(): number {
    return ~this.state >>> 0;
  }
}
