// arm64's Image (Documentation/arch/arm64/booting.rst): the kernel as it lies in memory, without a table of what is where. Where it was linked to lie
// its pointers tell: they stand in place where the kernel relocates itself with RELR, and in a table of RELA entries otherwise.
import { Bytes } from '../../base/bytes.ts';
import { buildIdOf } from '../elf/notes.ts';
import { ImageMemory } from './memory.ts';

export interface Arm64Image {
  readonly btf: Uint8Array | undefined;
  readonly buildId: string | null;
  readonly memory: ImageMemory;
}

/** Throws FormatError. */
export function readArm64Image(what: string, data: Uint8Array): Arm64Image {
  const header = new Bytes(what, data);
  const textOffset = header.size64(8);
  const btf = findBtf(data);
  const relocations = findRelocations(data);
  const base = baseAddress(data, relocations);
  if (base === undefined) return { btf: btf?.bytes, buildId: findBuildId(what, data, btf?.start), memory: new ImageMemory([], []) };
  const address = base + BigInt(textOffset);
  // A copy: pointers are written into it.
  const bytes = relocations.length === 0 ? data : relocated(data, relocations, address);
  // The kernel's own data follow its BTF, which ends what is only read.
  const dataStart = btf === undefined ? 0 : alignUp(btf.start + btf.bytes.length, 8);
  const memory = new ImageMemory([{ address, bytes }], [{ address: address + BigInt(dataStart), bytes: bytes.subarray(dataStart) }]);
  return { btf: btf?.bytes, buildId: findBuildId(what, data, btf?.start), memory };
}

/** Where raw BTF begins whose sections fit each other and the image. */
function findBtf(data: Uint8Array): { readonly start: number; readonly bytes: Uint8Array } | undefined {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const magic = Buffer.from([0x9f, 0xeb, 1, 0]);
  for (let start = buffer.indexOf(magic); start >= 0 && start + 24 <= data.length; start = buffer.indexOf(magic, start + 4)) {
    const word = (index: number): number => buffer.readUInt32LE(start + 4 * index);
    const header = word(1);
    const [typesAt, typesSize, stringsAt, stringsSize] = [word(2), word(3), word(4), word(5)];
    const end = start + header + stringsAt + stringsSize;
    const fits = header >= 24 && header <= 256 && typesAt < 256 && typesSize > 0 && typesAt + typesSize <= stringsAt && end <= data.length;
    if (fits && buffer[start + header + stringsAt] === 0 && buffer[end - 1] === 0) return { start, bytes: data.subarray(start, end) };
  }
  return undefined;
}

/** The kernel's notes stand before its BTF; those of the vDSO, which are further away, are not it. */
function findBuildId(what: string, data: Uint8Array, btf: number | undefined): string | null {
  if (btf === undefined) return null;
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const start = buffer.lastIndexOf(Buffer.from('\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0', 'latin1'), btf);
  return start < btf - maxNotes ? null : (buildIdOf(new Bytes(what, data.subarray(start, start + 36))) ?? null);
}

const maxNotes = 2 ** 13;

interface Relocation {
  readonly place: bigint;
  readonly value: bigint;
}

/** R_AARCH64_RELATIVE entries, one behind the other: place, type, value. */
function findRelocations(data: Uint8Array): readonly Relocation[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const isEntry = (at: number): boolean => view.getUint32(at + 8, true) === R_AARCH64_RELATIVE && view.getUint32(at + 12, true) === 0 && isKernel(view.getUint32(at + 4, true));
  for (let start = 0; start + 24 * minEntries <= data.length; start += 8) {
    if (!isEntry(start) || !isEntry(start + 24 * (minEntries - 1))) continue;
    const found: Relocation[] = [];
    for (let at = start; at + 24 <= data.length && isEntry(at); at += 24) found.push({ place: view.getBigUint64(at, true), value: view.getBigUint64(at + 16, true) });
    if (found.length >= minEntries) return found;
  }
  return [];
}

const R_AARCH64_RELATIVE = 0x403;

/** A kernel has 180,000. */
const minEntries = 1000;

/** The upper half of an address in the kernel's part of the address space, errno values left out. */
function isKernel(high: number): boolean {
  return high >= 0xffe00000 && high !== 0xffffffff;
}

/** The kernel is linked at a multiple of 128 MiB (KIMAGE_VADDR), and smaller than that: most of its pointers lie in the same 128 MiB. */
function baseAddress(data: Uint8Array, relocations: readonly Relocation[]): bigint | undefined {
  const counts = new Map<bigint, number>();
  const count = (address: bigint): void => { counts.set(address >> 27n, (counts.get(address >> 27n) ?? 0) + 1); };
  if (relocations.length > 0) {
    for (const { place } of relocations) count(place);
  } else {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    // Every fourth word of those that are aligned is enough of a sample.
    for (let at = 0; at + 8 <= data.length; at += 32) {
      if (isKernel(view.getUint32(at + 4, true))) count(view.getBigUint64(at, true));
    }
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most === undefined || most[1] < minEntries ? undefined : most[0] << 27n;
}

function relocated(data: Uint8Array, relocations: readonly Relocation[], address: bigint): Uint8Array {
  const copy = data.slice();
  const view = new DataView(copy.buffer);
  for (const { place, value } of relocations) {
    const at = Number(place - address);
    if (at >= 0 && at + 8 <= copy.length) view.setBigUint64(at, value, true);
  }
  return copy;
}

function alignUp(at: number, to: number): number {
  return Math.ceil(at / to) * to;
}
