// Memory of a make-believe machine: regions with addresses. Every access is checked for bounds, and reads of what was never written are refused,
// as the oldest kernels' verifiers do on the stack.

export interface Region {
  readonly name: string;
  readonly base: bigint;
  readonly bytes: Uint8Array;
  readonly written: Uint8Array;
}

export class Memory {
  readonly #regions: Region[] = [];
  #next = 0x10_0000n;

  /** A region with contents is written all over; otherwise nothing of it is. */
  add(name: string, size: number, contents?: Uint8Array): Region {
    const bytes = new Uint8Array(size);
    bytes.set(contents ?? []);
    const region = { name, base: this.#next, bytes, written: new Uint8Array(size).fill(contents ? 1 : 0) };
    this.#next += BigInt(Math.ceil((size + 0x1000) / 0x1000) * 0x1000);
    this.#regions.push(region);
    return region;
  }

  remove(region: Region): void {
    this.#regions.splice(this.#regions.indexOf(region), 1);
  }

  /** Whether `size` bytes at the address exist and may be read. */
  readable(address: bigint, size: number): boolean {
    const found = this.#find(address, size);
    return found !== undefined && found.region.written.subarray(found.at, found.at + size).every((byte) => byte === 1);
  }

  read(address: bigint, size: number): bigint {
    return this.bytes(address, size).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  write(address: bigint, size: number, value: bigint): void {
    this.fill(address, Uint8Array.from({ length: size }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn)));
  }

  /** A copy. */
  bytes(address: bigint, size: number): Uint8Array {
    const { region, at } = this.#at(address, size);
    const hole = region.written.subarray(at, at + size).indexOf(0);
    if (hole >= 0) throw new Error(`${region.name}+${at + hole} is read before it was written`);
    return region.bytes.slice(at, at + size);
  }

  fill(address: bigint, bytes: Uint8Array): void {
    const { region, at } = this.#at(address, bytes.byteLength);
    region.bytes.set(bytes, at);
    region.written.fill(1, at, at + bytes.byteLength);
  }

  #at(address: bigint, size: number): { readonly region: Region; readonly at: number } {
    const found = this.#find(address, size);
    if (!found) throw new Error(`${size} bytes at 0x${BigInt.asUintN(64, address).toString(16)} are nobody's`);
    return found;
  }

  #find(address: bigint, size: number): { readonly region: Region; readonly at: number } | undefined {
    const region = this.#regions.find(({ base, bytes }) => address >= base && address + BigInt(size) <= base + BigInt(bytes.byteLength));
    return region && { region, at: Number(address - region.base) };
  }
}
