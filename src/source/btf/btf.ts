// BTF, the kernel's own description of its types (Documentation/bpf/btf.rst), over typed arrays: nothing is decoded before it is asked for.
import { FormatError } from '../../base/errors.ts';
import { checkTypes } from './check.ts';
import { readHeader } from './header.ts';
import { kindName, kindOf, kinds, type KindLayout } from './kinds.ts';

/**
 * Parses and checks raw BTF. Split BTF (of a module) needs the BTF that its type ids and strings continue; a base that it was
 * not made for is refused. Throws FormatError.
 * @param what name of the data, for error messages
 */
export function parseBtf(what: string, data: Uint8Array, base?: Btf): Btf {
  const btf = new Btf(what, data, base);
  checkTypes(btf);
  return btf;
}

/** Types of one BTF. Ids count on from the base's; id 0 is void. Methods throw RangeError for an id that is not there. */
export class Btf {
  readonly littleEndian: boolean;
  /** The first id that is its own: 1, or the base's `endId`. */
  readonly firstId: number;
  /** One past the last id. */
  readonly endId: number;
  /** Things to tell a person; reading went on. */
  readonly warnings: readonly string[];
  /** The type section as host-order words. */
  readonly words: Uint32Array;
  /** String offsets below this belong to the base. */
  readonly firstString: number;
  /** One past the last string offset. */
  readonly endString: number;
  /** Byte of the type section in the data, for messages. */
  readonly typeOffset: number;
  #pointerSize: number | undefined;
  readonly #strings: Buffer;
  readonly #starts: Uint32Array;
  readonly #layouts: readonly KindLayout[];

  constructor(
    readonly what: string,
    data: Uint8Array,
    readonly base: Btf | undefined,
  ) {
    const header = readHeader(what, data);
    if (base !== undefined && base.littleEndian !== header.littleEndian) throw new FormatError(what, 0, 'the byte order differs from the base BTF');
    this.littleEndian = header.littleEndian;
    this.warnings = header.warnings;
    this.typeOffset = header.types.offset;
    this.words = hostWords(data.subarray(header.types.offset, header.types.offset + header.types.size), header.littleEndian);
    this.#strings = Buffer.from(data.subarray(header.strings.offset, header.strings.offset + header.strings.size));
    this.firstString = base?.endString ?? 0;
    this.endString = this.firstString + header.strings.size;
    this.#checkStrings(header.strings.offset);
    this.#layouts = header.layouts;
    this.#starts = this.#scan();
    this.firstId = base?.endId ?? 1;
    this.endId = this.firstId + this.#starts.length;
    if (this.endId > maxId) this.fail(this.firstId, `${this.endId} types, more than ${maxId}`);
  }

  /** BTF kind number. */
  kind(id: number): number {
    return id === 0 ? kindOf.UNKN : (this.head(id, 1) >>> 24) & 0x7f;
  }

  /** kind_flag: bitfield encoding of records, sign of enums, union of FWD. */
  flag(id: number): boolean {
    return this.head(id, 1) >>> 31 === 1;
  }

  vlen(id: number): number {
    return this.head(id, 1) & 0xffffff;
  }

  /** Name, empty for anonymous types. */
  name(id: number): string {
    return id === 0 ? 'void' : this.string(this.head(id, 0));
  }

  nameOffset(id: number): number {
    return this.head(id, 0);
  }

  /** The size in bytes of INT, STRUCT, UNION, ENUM, ENUM64, FLOAT and DATASEC. */
  size(id: number): number {
    return this.head(id, 2);
  }

  /** The type that PTR, TYPEDEF, qualifiers, tags, VAR, FUNC refer to; what FUNC_PROTO returns. */
  type(id: number): number {
    return this.head(id, 2);
  }

  /** One of the words behind the three common ones. */
  extra(id: number, index: number): number {
    return this.head(id, 3 + index);
  }

  /** Where the words of a type start: in `owner(id).words`. */
  start(id: number): number {
    return this.#startOf(id);
  }

  /** The BTF in the chain of bases that has the type. */
  owner(id: number): Btf {
    return this.base !== undefined && id < this.firstId ? this.base.owner(id) : this;
  }

  /** A string by its offset, NUL excluded. Throws RangeError past the end. */
  string(offset: number): string {
    if (offset < this.firstString && this.base !== undefined) return this.base.string(offset);
    const start = offset - this.firstString;
    if (start < 0 || start >= this.#strings.length) throw new RangeError(`${this.what}: string ${offset} past end (${this.endString})`);
    return this.#strings.toString('utf8', start, this.#strings.indexOf(0, start));
  }

  /** Bytes of the string section that has the offset, and where in them it is; for those who hash names. */
  stringBytes(offset: number): { readonly bytes: Uint8Array; readonly start: number } {
    if (offset < this.firstString && this.base !== undefined) return this.base.stringBytes(offset);
    return { bytes: this.#strings, start: offset - this.firstString };
  }

  /** Its own strings, each with its NUL. */
  get stringSection(): Uint8Array {
    return this.#strings;
  }

  /** Whether a string begins there: at the start of the section or behind a NUL. */
  isStringStart(offset: number): boolean {
    if (offset < this.firstString && this.base !== undefined) return this.base.isStringStart(offset);
    const start = offset - this.firstString;
    return start === 0 || this.#strings[start - 1] === 0;
  }

  /** Bytes of a pointer, from the size of `long unsigned int`; 8 where the BTF does not say. */
  get pointerSize(): number {
    this.#pointerSize ??= this.base === undefined ? this.#sizeOfLong() : this.base.pointerSize;
    return this.#pointerSize;
  }

  #sizeOfLong(): number {
    for (let id = 1; id < this.endId; id++) {
      if (this.kind(id) === kindOf.INT && longNames.has(this.name(id))) return this.size(id);
    }
    return 8;
  }

  /** Throws FormatError that names the type and its place. */
  fail(id: number, detail: string): never {
    const owner = this.owner(id);
    const known = id >= owner.firstId && id < owner.firstId + owner.#starts.length;
    throw new FormatError(this.what, known ? owner.typeOffset + 4 * owner.#startOf(id) : owner.typeOffset, `type ${id}: ${detail}`);
  }

  /** A word of the type itself: 0 name_off, 1 info, 2 size or type, then the extra ones. */
  head(id: number, word: number): number {
    if (this.base !== undefined && id < this.firstId) return this.base.head(id, word);
    return this.words[this.#startOf(id) + word] ?? 0;
  }

  #startOf(id: number): number {
    if (this.base !== undefined && id < this.firstId) return this.base.#startOf(id);
    const start = this.#starts[id - this.firstId];
    if (start === undefined) throw new RangeError(`${this.what}: no type ${id}, the last is ${this.endId - 1}`);
    return start;
  }

  #checkStrings(offset: number): void {
    const strings = this.#strings;
    if (strings.length === 0 && this.base !== undefined) return;
    if (strings.length === 0) throw new FormatError(this.what, offset, 'the string section is empty');
    if (this.base === undefined && strings[0] !== 0) throw new FormatError(this.what, offset, 'the first string is not empty: split BTF of a module needs the BTF of its vmlinux');
    if (strings[strings.length - 1] !== 0) throw new FormatError(this.what, offset + strings.length - 1, 'the last string has no end');
  }

  /** Finds where each type starts. */
  #scan(): Uint32Array {
    const words = this.words;
    const starts = new Uint32Array(Math.floor(words.length / 3));
    let count = 0;
    for (let at = 0; at < words.length; ) {
      const info = words[at + 1] ?? 0;
      const layout = this.#layout((info >>> 24) & 0x7f, at, count);
      const end = at + 3 + layout.fixed + (info & 0xffffff) * layout.each;
      if (end > words.length) this.#failScan(at, count, `${end - at} words, the section ends after ${words.length - at}`);
      starts[count++] = at;
      at = end;
    }
    return starts.subarray(0, count);
  }

  #layout(kind: number, at: number, index: number): KindLayout {
    const layout = kinds[kind] ?? this.#declared(kind);
    if (layout === undefined || kind === kindOf.UNKN) this.#failScan(at, index, `kind ${kind} is not known and no layout section describes it`);
    return layout;
  }

  /** What the file itself says of a kind; split BTF may leave that to its base. */
  #declared(kind: number): KindLayout | undefined {
    const own = this.#layouts[kind];
    return own !== undefined || this.base === undefined ? own : this.base.#declared(kind);
  }

  #failScan(at: number, index: number, detail: string): never {
    throw new FormatError(this.what, this.typeOffset + 4 * at, `type ${(this.base?.endId ?? 1) + index}: ${detail}`);
  }
}

/** libbpf's and the kernel's bound is 2^31; a catalog has use for no more than this. */
const maxId = 2 ** 27;

const longNames: ReadonlySet<string> = new Set(['long unsigned int', 'unsigned long', 'unsigned long int', 'long int', 'long']);

/** Host-order words of a section of 32-bit fields; a copy, since the section may stand unaligned in a file. */
function hostWords(section: Uint8Array, littleEndian: boolean): Uint32Array {
  const copy = new Uint8Array(section);
  const words = new Uint32Array(copy.buffer);
  if (littleEndian === hostLittleEndian) return words;
  Buffer.from(copy.buffer).swap32();
  return words;
}

const hostLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** For messages: `STRUCT sock`. */
export function describe(btf: Btf, id: number): string {
  const name = btf.name(id);
  return name === '' || id === 0 ? kindName(btf.kind(id)) : `${kindName(btf.kind(id))} ${name}`;
}
