// What a kernel or module has in memory before it runs: bytes by the addresses that it was linked at.

export interface MemoryRange {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/**
 * Places are numbers: bytes from the lowest address. Pointers outside of the ranges are -1, as are those to a part of a range that has no bytes.
 */
export class ImageMemory {
  /** In order of place, apart from each other. */
  readonly ranges: readonly PlacedRange[];
  /** Those parts of them where the kernel keeps what it made when it was built and changes when it runs. */
  readonly data: readonly PlacedRange[];
  readonly base: bigint;
  readonly #baseLow: number;
  readonly #baseHigh: number;

  /** The last range that was looked for: what comes next is mostly there too. */
  #last: PlacedRange | undefined;

  /** Little-endian, with pointers of 64 bits. Ranges without bytes are left out. */
  constructor(ranges: readonly MemoryRange[], data: readonly MemoryRange[]) {
    const sorted = ranges.filter(({ bytes }) => bytes.length > 0).sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    this.base = sorted[0]?.address ?? 0n;
    this.#baseLow = Number(this.base & 0xffffffffn);
    this.#baseHigh = Number(this.base >> 32n);
    let end = 0;
    const placed = ({ address, bytes }: MemoryRange): PlacedRange => {
      const place = Number(address - this.base);
      return { place, end: place + bytes.length, bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
    };
    this.ranges = sorted.flatMap((range) => {
      const found = placed(range);
      // Ranges that overlap, or lie so far apart that a double cannot tell places, are no kernel's.
      if (found.place < end || found.place > maxSpan) return [];
      end = found.end;
      return [found];
    });
    this.data = data.map(placed);
  }

  /** The place that the pointer stored at `place` points to. */
  pointer(place: number): number {
    const range = this.range(place, 8);
    return range === undefined ? -1 : this.pointerIn(range.view, place - range.place);
  }

  /** The same by a view of one range, for those who walk over it; -1 past its end. */
  pointerIn(view: DataView, at: number): number {
    if (at + 8 > view.byteLength) return -1;
    const found = (view.getUint32(at + 4, true) - this.#baseHigh) * 2 ** 32 + view.getUint32(at, true) - this.#baseLow;
    return found >= 0 && found < maxSpan && this.range(found, 1) !== undefined ? found : -1;
  }

  u32(place: number): number | undefined {
    const range = this.range(place, 4);
    return range?.view.getUint32(place - range.place, true);
  }

  s32(place: number): number | undefined {
    const range = this.range(place, 4);
    return range?.view.getInt32(place - range.place, true);
  }

  u64(place: number): bigint | undefined {
    const range = this.range(place, 8);
    return range?.view.getBigUint64(place - range.place, true);
  }

  /** A NUL-terminated string of printable ASCII (tabs and newlines too), at most `limit` bytes; undefined: something else is there. */
  text(place: number, limit: number): string | undefined {
    const range = this.range(place, 1);
    if (range === undefined) return undefined;
    const { bytes } = range;
    const start = place - range.place;
    let end = start;
    for (const stop = Math.min(bytes.length, start + limit + 1); end < stop; end++) {
      const byte = bytes[end] ?? 0;
      if (byte === 0) return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
      if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0a) || byte > 0x7e) return undefined;
    }
    return undefined;
  }

  /** The range that has `size` bytes there. */
  range(place: number, size: number): PlacedRange | undefined {
    const last = this.#last;
    if (last !== undefined && place >= last.place && place + size <= last.end) return last;
    for (const range of this.ranges) {
      if (place < range.place || place + size > range.end) continue;
      this.#last = range;
      return range;
    }
    return undefined;
  }
}

export interface PlacedRange {
  readonly place: number;
  /** One past the last. */
  readonly end: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** An arm64 kernel's sections lie within gigabytes of each other. */
const maxSpan = 2 ** 40;
