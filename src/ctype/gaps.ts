// What lies between the members of a struct, counted as pahole counts. Offsets in bits, unless said otherwise.

/**
 * Walks over members in their order. In front of an ordinary member every unused byte is a hole; in front of a bitfield the bytes up to
 * its storage unit are a hole and the rest is a bit hole; bits left in the unit of the bitfields before it are a bit hole too.
 */
export class GapWalk {
  /** Unused bytes and bits in front of the member that was walked over last. */
  hole = 0;
  bitHole = 0;
  #seen = 0;
  /** The storage unit that the bitfields walked over last share; of no size behind an ordinary member. */
  #unitOpen = false;
  #unitSize = 0;
  #unitEnd: number;

  /** @param size of the struct, in bytes */
  constructor(readonly size: number) {
    this.#unitEnd = size * 8;
  }

  /**
   * @param width of a bitfield, null for an ordinary member
   * @param size of the declared type, in bytes
   */
  next(start: number, width: number | null, size: number): void {
    let hole = 0;
    let bitHole = 0;
    if (this.#unitOpen) {
      const unitEnd = Math.min(start, this.#unitEnd);
      bitHole = unitEnd - this.#seen;
      this.#seen = unitEnd;
    }
    if (width === null) {
      hole = Math.floor(start / 8) - Math.floor(this.#seen / 8);
      this.#seen = start + size * 8;
      this.#unitOpen = false;
      this.#unitSize = 0;
      this.#unitEnd = this.#seen;
    } else {
      const unit = storageUnit(start, size);
      if (this.#seen < unit * 8 && unit * 8 <= start) {
        hole = unit - Math.floor(this.#seen / 8);
        this.#seen = unit * 8;
      }
      bitHole += start - this.#seen;
      this.#seen = start + width;
      this.#extendUnit(unit * 8, size * 8);
    }
    this.hole = hole;
    this.bitHole = bitHole;
  }

  /** Unused bytes at the end, and unused bits of the last storage unit. */
  end(): { readonly padding: number; readonly bitPadding: number } {
    let bitPadding = 0;
    if (this.#unitOpen) {
      const end = Math.min(this.size * 8, this.#unitEnd);
      bitPadding = end - this.#seen;
      this.#seen = end;
      this.#unitOpen = false;
    }
    return { bitPadding, padding: this.size - Math.floor(this.#seen / 8) };
  }

  /** A field past the unit's end, or of a bigger type, opens a new unit; one that borrowed bits of the unit before reaches one further. */
  #extendUnit(start: number, size: number): void {
    this.#unitOpen = true;
    if (this.#seen <= this.#unitEnd && size <= this.#unitSize) return;
    this.#unitSize = size;
    this.#unitEnd = start + size;
    if (this.#seen > this.#unitEnd) this.#unitEnd += size;
  }
}

/** Bytes from the start of the struct to a bitfield's storage unit, which is of its declared type's size and aligned to that size. */
export function storageUnit(bitOffset: number, size: number): number {
  return size === 0 ? Math.floor(bitOffset / 8) : Math.floor(bitOffset / (size * 8)) * size;
}
