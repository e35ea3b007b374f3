// The checks behind packed data: CRC-32, CRC-64 (ECMA-182), SHA-256.
import { createHash } from 'node:crypto';

/** Takes in bytes; the result is as the file has it, lowest byte first. */
export interface Checksum {
  update(bytes: Uint8Array): void;
  result(): Uint8Array;
}

/** CRC-32 of IEEE 802.3, as gzip, xz and zip have it. `before`: of what comes before. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  const [a, b, c, d] = crc32Tables;
  let at = 0;
  for (const end = bytes.length - 3; at < end; at += 4) {
    crc ^= (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    crc = (d[crc & 0xff] ?? 0) ^ (c[(crc >>> 8) & 0xff] ?? 0) ^ (b[(crc >>> 16) & 0xff] ?? 0) ^ (a[crc >>> 24] ?? 0);
  }
  for (; at < bytes.length; at++) crc = (a[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

export function crc32Checksum(): Checksum {
  let crc = 0;
  return {
    update: (bytes) => { crc = crc32(bytes, crc); },
    result: () => littleEndian(crc),
  };
}

export function crc64Checksum(): Checksum {
  const { low: lows, high: highs } = crc64Table;
  let low = 0xffffffff | 0;
  let high = 0xffffffff | 0;
  return {
    update: (bytes) => {
      for (let at = 0; at < bytes.length; at++) {
        const index = (low ^ (bytes[at] ?? 0)) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (lows[index] ?? 0);
        high = (high >>> 8) ^ (highs[index] ?? 0);
      }
    },
    result: () => Buffer.concat([littleEndian(~low >>> 0), littleEndian(~high >>> 0)]),
  };
}

export function sha256Checksum(): Checksum {
  const hash = createHash('sha256');
  return { update: (bytes) => { hash.update(bytes); }, result: () => hash.digest() };
}

function littleEndian(word: number): Uint8Array {
  return Uint8Array.of(word, word >>> 8, word >>> 16, word >>> 24);
}

/** Table k moves a byte over k more bytes. */
const crc32Tables = makeCrc32Tables();

function makeCrc32Tables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const tables = [new Int32Array(256), new Int32Array(256), new Int32Array(256), new Int32Array(256)] as const;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0xedb88320);
    tables[0][byte] = crc;
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let k = 1; k < 4; k++) {
      const crc = tables[k - 1]?.[byte] ?? 0;
      const table = tables[k];
      if (table !== undefined) table[byte] = (crc >>> 8) ^ (tables[0][crc & 0xff] ?? 0);
    }
  }
  return tables;
}

const crc64Table = makeCrc64Table();

function makeCrc64Table(): { readonly low: Int32Array; readonly high: Int32Array } {
  const low = new Int32Array(256);
  const high = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ ((crc & 1n) * 0xc96c5795d7870f42n);
    low[byte] = Number(BigInt.asIntN(32, crc));
    high[byte] = Number(BigInt.asIntN(32, crc >> 32n));
  }
  return { low, high };
}
