// One part of a source: a file that has something of a kernel in it. What it is, its bytes say.
import { basename } from 'node:path';
import { sniffSize, type Content } from './sniff.ts';
import { unpack } from './unpack.ts';
import { readVmlinux, type VmlinuxImage } from './vmlinux.ts';

export type Part =
  | { readonly kind: 'vmlinux'; readonly path: string; readonly load: () => Promise<VmlinuxImage> }
  /** ELF of a .ko, or raw split BTF; unpacked. */
  | { readonly kind: 'module'; readonly path: string; readonly name: string; readonly load: () => Promise<Uint8Array> }
  /** Raw BTF of a vmlinux. */
  | { readonly kind: 'btf'; readonly path: string; readonly load: () => Promise<Uint8Array> }
  /** System.map, or the text of /proc/kallsyms. */
  | { readonly kind: 'symbols'; readonly path: string; readonly load: () => Promise<string> }
  /** A folder with `events`. */
  | { readonly kind: 'tracefs'; readonly path: string };

/**
 * One file as a part; undefined for what is none.
 * @param content what it is, unpacked
 * @param source its beginning, unpacked
 * @param read its bytes, packed perhaps
 */
export async function partOf(path: string, content: Content, source: Peekable, read: () => Promise<Uint8Array>): Promise<Part | undefined> {
  const bytes = async (): Promise<Uint8Array> => await unpack(path, await read());
  switch (await kindOfFile(content, source)) {
    case 'vmlinux':
      return { kind: 'vmlinux', path, load: async () => await readVmlinux(path, await read()) };
    case 'module':
      return modulePart(path, read);
    case 'btf':
      return { kind: 'btf', path, load: bytes };
    case 'symbols':
      return { kind: 'symbols', path, load: async () => Buffer.from(await bytes()).toString('latin1') };
    case undefined:
      return undefined;
  }
}

/** Bytes from the start, fewer than wanted at the end only. */
export interface Peekable {
  peek(size: number): Promise<Uint8Array>;
}

/** A file that is taken for a module without a look at what is packed in it. */
export function modulePart(path: string, read: () => Promise<Uint8Array>): Part {
  const name = basename(path).replace(/\.ko(?:\.\w+)?$|\.btf(?:\.\w+)?$/, '').replaceAll('-', '_');
  return { kind: 'module', path, name, load: async () => await unpack(path, await read()) };
}

/** By its name: `nf_conntrack.ko.xz`. */
export function isModuleName(path: string): boolean {
  return /\.ko(?:\.\w+)?$/.test(path);
}

async function kindOfFile(content: Content, source: Peekable): Promise<'vmlinux' | 'module' | 'btf' | 'symbols' | undefined> {
  switch (content) {
    case 'btf':
      return (await isSplit(source)) ? 'module' : 'btf';
    case 'elf':
      return elfType(await source.peek(sniffSize)) === ET_REL ? 'module' : 'vmlinux';
    case 'bzimage':
    case 'arm64-image':
    case 'efi-zboot':
      return 'vmlinux';
    case 'system-map':
      return isStub(await source.peek(sniffSize)) ? undefined : 'symbols';
    case 'gzip':
    case 'xz':
    case 'zstd':
    case 'lz4':
    case 'ar':
    case 'tar':
    case 'unknown':
      return undefined;
  }
}

const ET_REL = 1;

function elfType(head: Uint8Array): number {
  const [low = 0, high = 0] = head.subarray(16, 18);
  return head[5] === 2 ? (low << 8) | high : (high << 8) | low;
}

/** The strings of base BTF begin with the empty one; those of split BTF go on where its base's end. */
async function isSplit(source: Peekable): Promise<boolean> {
  const header = await source.peek(headerSize);
  if (header.length < headerSize) return false;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const little = header[0] === 0x9f;
  const strings = view.getUint32(4, little) + view.getUint32(16, little);
  if (view.getUint32(20, little) === 0) return true;
  return strings < maxBtf && ((await source.peek(strings + 1))[strings] ?? 0) !== 0;
}

const headerSize = 24;

/** The kernel's own limit is 16 MiB. */
const maxBtf = 2 ** 28;

/** Debian's packages have one line in place of a System.map: that the true one is elsewhere. */
function isStub(head: Uint8Array): boolean {
  return head.length < sniffSize && !Buffer.from(head).toString('latin1').trimEnd().includes('\n');
}
