// Writes BTF, the type format that goes with programs (Documentation/bpf/btf.rst): enough to name functions and lines of the script.
import { alignUp } from '../base/bits.ts';

/** Id of a type in the BTF that is being written; 0 is void. */
export type BtfTypeId = number;

const kinds = { int: 1, ptr: 2, func: 12, funcProto: 13 } as const;

export const linkages = { static: 0, global: 1 } as const;

const magic = 0xeb9f;
const headerSize = 24;

/** The two sections of BTF, which any writer fills: 32-bit words of types, and strings, each once. */
export class BtfSections {
  readonly words: number[] = [];
  readonly #strings = new Map<string, number>([['', 0]]);
  #stringSize = 1;

  /** Offset of the text in the string section, in bytes. */
  string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const offset = this.#stringSize;
    this.#strings.set(text, offset);
    this.#stringSize += encoder.encode(text).byteLength + 1;
    return offset;
  }

  bytes(): Uint8Array {
    const typeSize = 4 * this.words.length;
    const bytes = new Uint8Array(headerSize + typeSize + alignUp(this.#stringSize, 4));
    const view = new DataView(bytes.buffer);
    view.setUint16(0, magic, true);
    view.setUint8(2, 1);
    const header = [headerSize, 0, typeSize, typeSize, bytes.byteLength - headerSize - typeSize];
    header.forEach((word, index) => { view.setUint32(4 + 4 * index, word, true); });
    this.words.forEach((word, index) => { view.setUint32(headerSize + 4 * index, word, true); });
    for (const [text, offset] of this.#strings) bytes.set(encoder.encode(text), headerSize + typeSize + offset);
    return bytes;
  }
}

/** What goes with a program. Equal types are written once. */
export class BtfWriter {
  readonly #sections = new BtfSections();
  readonly #types = new Map<string, BtfTypeId>();

  /** Offset of the text in the string section, in bytes. */
  string(text: string): number {
    return this.#sections.string(text);
  }

  /** @param size bytes */
  int(name: string, size: number, signed: boolean): BtfTypeId {
    return this.#type([this.string(name), info(kinds.int, 0), size, ((signed ? 1 : 0) << 24) | (8 * size)]);
  }

  pointer(to: BtfTypeId): BtfTypeId {
    return this.#type([0, info(kinds.ptr, 0), to]);
  }

  prototype(returns: BtfTypeId, params: readonly { readonly name: string; readonly type: BtfTypeId }[]): BtfTypeId {
    return this.#type([0, info(kinds.funcProto, params.length), returns, ...params.flatMap(({ name, type }) => [this.string(name), type])]);
  }

  /** What a name may not contain in C becomes `_`. */
  func(name: string, prototype: BtfTypeId, linkage: keyof typeof linkages): BtfTypeId {
    return this.#type([this.string(identifier(name)), info(kinds.func, linkages[linkage]), prototype]);
  }

  bytes(): Uint8Array {
    return this.#sections.bytes();
  }

  #type(words: readonly number[]): BtfTypeId {
    const key = words.join();
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    this.#sections.words.push(...words);
    this.#types.set(key, this.#types.size + 1);
    return this.#types.size;
  }
}

const encoder = new TextEncoder();

function info(kind: number, vlen: number): number {
  return (kind << 24) | vlen;
}

function identifier(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_]/g, '_').slice(0, 127);
  return /^[0-9]|^$/.test(clean) ? `_${clean}` : clean;
}
