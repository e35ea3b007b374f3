// The filters that xz puts in front of LZMA2 so that machine code packs better: calls hold absolute addresses in the packed file and are made
// relative again (the .xz file format, section 5.3.2; liblzma calls them BCJ).

/** Changes bytes in place. `position`: of bytes[0] in the whole. Returns how many are final: the rest wants what follows. */
export type Filter = (bytes: Uint8Array, position: number) => number;

/** By the filter's id in a block header. */
export const filters: Readonly<Record<number, { readonly name: string; readonly make: () => Filter }>> = {
  0x04: { name: 'x86', make: makeX86 },
  0x07: { name: 'arm', make: () => arm },
  0x0a: { name: 'arm64', make: () => arm64 },
};

/** Puts what an unpacker makes through a filter. */
export async function* filtered(pieces: AsyncIterable<Uint8Array>, filter: Filter): AsyncGenerator<Uint8Array> {
  let held: Uint8Array = new Uint8Array(0);
  let position = 0;
  for await (const piece of pieces) {
    const bytes = Buffer.concat([held, piece]);
    const final = filter(bytes, position);
    position += final;
    held = bytes.subarray(final);
    if (final > 0) yield bytes.subarray(0, final);
  }
  if (held.length > 0) yield held;
}

/**
 * CALL and JMP with 32-bit operands. A byte that looks like an opcode may be part of an operand: which of the last three bytes did so is kept
 * in `mask` (bit 0: the last one), and decides whether this one counts.
 */
function makeX86(): Filter {
  let mask = 0;
  return (bytes, position) => {
    const end = bytes.length - 4;
    if (end <= 0) return 0;
    let previous = -1;
    let at = 0;
    for (; at < end; at++) {
      if (((bytes[at] ?? 0) & 0xfe) !== 0xe8) continue;
      const distance = at - previous;
      previous = at;
      mask = distance > 3 ? 0 : (mask << (distance - 1)) & 7;
      if (mask !== 0 && (!countable.has(mask) || isFar(bytes[at + 4 - (operandByte[mask] ?? 0)] ?? 0))) {
        mask = (mask << 1) | 1;
        continue;
      }
      if (!isFar(bytes[at + 4] ?? 0)) {
        mask = (mask << 1) | 1;
        continue;
      }
      put32(bytes, at + 1, relative(get32(bytes, at + 1), position + at + 5, mask));
      at += 4;
    }
    const distance = at - previous;
    mask = distance > 3 ? 0 : (mask << (distance - 1)) & 7;
    return at;
  };
}

const countable: ReadonlySet<number> = new Set([0, 1, 2, 4]);
const operandByte: readonly number[] = [0, 1, 2, 2, 3, 3, 3, 3];

/** Only operands of less than 16 MiB were changed: their highest byte is 0 or 0xff. */
function isFar(byte: number): boolean {
  return byte === 0 || byte === 0xff;
}

function relative(operand: number, next: number, mask: number): number {
  let from = operand;
  let found = (from - next) >>> 0;
  if (mask !== 0) {
    const shift = 8 * (operandByte[mask] ?? 0);
    // Once more, as the one who packed it did, for as long as the byte in question looks changed itself.
    while (isFar((found >>> (24 - shift)) & 0xff)) {
      from = (found ^ (2 ** (32 - shift) - 1)) >>> 0;
      found = (from - next) >>> 0;
    }
  }
  const low = found & 0x01ffffff;
  return (low & 0x01000000) !== 0 ? (low | 0xfe000000) >>> 0 : low;
}

/** BL. */
function arm(bytes: Uint8Array, position: number): number {
  const end = bytes.length & ~3;
  for (let at = 0; at < end; at += 4) {
    if (bytes[at + 3] !== 0xeb) continue;
    const absolute = ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)) << 2;
    const found = (absolute - (position + at + 8)) >>> 2;
    bytes[at] = found;
    bytes[at + 1] = found >>> 8;
    bytes[at + 2] = found >>> 16;
  }
  return end;
}

/** BL and ADRP. */
function arm64(bytes: Uint8Array, position: number): number {
  const end = bytes.length & ~3;
  for (let at = 0; at < end; at += 4) {
    const insn = get32(bytes, at);
    if (insn >>> 26 === 0x25) {
      put32(bytes, at, (0x94000000 | ((insn - ((position + at) >>> 2)) & 0x03ffffff)) >>> 0);
    } else if (((insn & 0x9f000000) >>> 0) === 0x90000000) {
      const pages = ((insn >>> 29) & 3) | ((insn >>> 3) & 0x1ffffc);
      if (((pages + 0x20000) & 0x1c0000) !== 0) continue;
      const found = pages - ((position + at) >>> 12);
      const wide = (found & 0x3ffff) | (0 - (found & 0x20000));
      put32(bytes, at, ((insn & 0x9000001f) | ((wide & 3) << 29) | ((wide & 0x1ffffc) << 3)) >>> 0);
    }
  }
  return end;
}

function get32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
