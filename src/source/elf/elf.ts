// ELF files: sections, segments, symbols, build-id (System V ABI, elf.h). elfy finds the section table;
// everything that has 64 bits is read here, because elfy reads it through doubles.
import elfy from 'elfy';
import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import { buildIdOf } from './notes.ts';

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** SHT_*: 2 SYMTAB, 3 STRTAB, 7 NOTE, 8 NOBITS, 11 DYNSYM. */
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes; a NOBITS section has a size and no bytes in the file. */
  readonly size: number;
  readonly link: number;
  /** For relocations: the section that they change. */
  readonly info: number;
  readonly align: bigint;
  readonly entrySize: number;
}

export interface ElfSegment {
  /** PT_*: 1 LOAD, 4 NOTE. */
  readonly type: number;
  /** Bits: 1 executable, 2 writable, 4 readable. */
  readonly flags: number;
  readonly offset: number;
  readonly address: bigint;
  readonly fileSize: number;
  readonly memorySize: bigint;
}

export interface ElfSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly size: bigint;
  /** STT_*: 1 OBJECT, 2 FUNC, 10 GNU_IFUNC. */
  readonly type: number;
  /** STB_*: 0 LOCAL, 1 GLOBAL, 2 WEAK. */
  readonly binding: number;
  /** Section index; 0 is undefined. */
  readonly section: number;
}

export interface ElfRelocation {
  /** Bytes from the start of the section that it changes. */
  readonly offset: number;
  /** R_* of the machine. */
  readonly type: number;
  /** The section that the symbol is defined in (0: in none) and its value there. */
  readonly section: number;
  readonly value: bigint;
  readonly addend: bigint;
}

/** Whether the data starts like an ELF file. */
export function isElf(data: Uint8Array): boolean {
  return data.length >= 4 && data[0] === 0x7f && data[1] === 0x45 && data[2] === 0x4c && data[3] === 0x46;
}

/** Parses headers and section names; symbols and notes when asked. Throws FormatError. */
export function parseElf(what: string, data: Uint8Array): ElfFile {
  if (!isElf(data)) throw new FormatError(what, 0, 'not an ELF file');
  return new ElfFile(what, data);
}

export class ElfFile {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** EM_*: 62 x86-64, 183 arm64. */
  readonly machine: number;
  /** ET_*: 1 REL, 2 EXEC, 3 DYN. */
  readonly type: number;
  readonly sections: readonly ElfSection[];
  readonly segments: readonly ElfSegment[];
  readonly #bytes: Bytes;

  constructor(
    readonly what: string,
    data: Uint8Array,
  ) {
    const ident = new Bytes(what, data);
    const elfClass = ident.u8(4);
    const encoding = ident.u8(5);
    if (elfClass !== 1 && elfClass !== 2) ident.fail(4, `class ${elfClass} is neither 32-bit nor 64-bit`);
    if (encoding !== 1 && encoding !== 2) ident.fail(5, `data encoding ${encoding} is neither little nor big endian`);
    this.bits = elfClass === 2 ? 64 : 32;
    this.littleEndian = encoding === 1;
    this.#bytes = new Bytes(what, data, this.littleEndian);
    this.type = this.#bytes.u16(16);
    this.machine = this.#bytes.u16(18);
    this.sections = this.#readSections();
    this.segments = this.#readSegments();
  }

  section(name: string): ElfSection | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /** The bytes of a section, a view; empty for NOBITS. A compressed section (SHF_COMPRESSED) is refused. */
  contents(section: ElfSection): Bytes {
    const what = `${this.what}: section ${section.name}`;
    if (section.type === SHT_NOBITS) return new Bytes(what, new Uint8Array(0), this.littleEndian);
    if ((section.flags & SHF_COMPRESSED) !== 0n) this.#bytes.fail(section.offset, `section ${section.name} is compressed`);
    return this.#bytes.slice(section.offset, section.size, what);
  }

  /** Symbols of `.symtab` or `.dynsym`, the nameless first one and file names included; empty when the section is not there. */
  symbols(table: '.symtab' | '.dynsym'): readonly ElfSymbol[] {
    const section = this.section(table);
    if (section === undefined || section.type === SHT_NOBITS) return [];
    const strings = this.sections[section.link];
    if (strings === undefined) this.#bytes.fail(section.offset, `${table} names string section ${section.link} of ${this.sections.length}`);
    const names = this.contents(strings);
    const data = this.contents(section);
    const entry = this.bits === 64 ? 24 : 16;
    const symbols: ElfSymbol[] = [];
    for (let at = 0; at + entry <= data.length; at += entry) symbols.push(this.#symbol(data, at, names));
    return symbols;
  }

  /** Relocations with addends (SHT_RELA) of 64-bit files: those that a section of them has, their symbols resolved. Throws FormatError. */
  *relocations(section: ElfSection): Generator<ElfRelocation> {
    const table = this.sections[section.link];
    if (section.type !== SHT_RELA || this.bits !== 64 || table?.type !== SHT_SYMTAB) this.#bytes.fail(section.offset, `section ${section.name} has no relocations that are known`);
    const entries = this.contents(section);
    const symbols = this.contents(table);
    for (let at = 0; at + 24 <= entries.length; at += 24) {
      const symbol = entries.u32(at + 12) * 24;
      yield { offset: entries.size64(at), type: entries.u32(at + 8), section: symbols.u16(symbol + 6), value: symbols.u64(symbol + 8), addend: entries.s64(at + 16) };
    }
  }

  /** The NT_GNU_BUILD_ID note in hexadecimal, undefined when there is none. */
  buildId(): string | undefined {
    for (const section of this.sections) {
      const id = section.type === SHT_NOTE ? buildIdOf(this.contents(section)) : undefined;
      if (id !== undefined) return id;
    }
    for (const segment of this.segments) {
      if (segment.type !== PT_NOTE) continue;
      const id = buildIdOf(this.#bytes.slice(segment.offset, segment.fileSize, `${this.what}: note segment`));
      if (id !== undefined) return id;
    }
    return undefined;
  }

  /** Byte in the file where a virtual address is loaded from, undefined when no segment has it. */
  fileOffset(address: bigint): number | undefined {
    for (const segment of this.segments) {
      const inside = address - segment.address;
      if (segment.type === PT_LOAD && inside >= 0n && inside < BigInt(segment.fileSize)) return segment.offset + Number(inside);
    }
    return undefined;
  }

  #symbol(data: Bytes, at: number, names: Bytes): ElfSymbol {
    const name = names.cstring(data.u32(at));
    const wide = this.bits === 64;
    const info = data.u8(at + (wide ? 4 : 12));
    return {
      name,
      address: wide ? data.u64(at + 8) : BigInt(data.u32(at + 4)),
      size: wide ? data.u64(at + 16) : BigInt(data.u32(at + 8)),
      type: info & 15,
      binding: info >> 4,
      section: data.u16(at + (wide ? 6 : 14)),
    };
  }

  #readSections(): readonly ElfSection[] {
    const wide = this.bits === 64;
    const table = wide ? this.#bytes.size64(40) : this.#bytes.u32(32);
    const stride = this.#bytes.u16(wide ? 58 : 46);
    if (table === 0) return [];
    if (stride < (wide ? 64 : 40)) this.#bytes.fail(wide ? 58 : 46, `section headers of ${stride} bytes`);
    this.#checkNames(table, stride);
    return sectionTable(this.what, this.#bytes.data).map((found, index) => {
      const at = table + index * stride;
      return {
        index,
        name: found.name,
        type: this.#bytes.u32(at + 4),
        flags: this.#word(at, 8, 8),
        address: this.#word(at, 16, 12),
        offset: this.#size(at, 24, 16),
        size: this.#size(at, 32, 20),
        link: this.#bytes.u32(at + (wide ? 40 : 24)),
        info: this.#bytes.u32(at + (wide ? 44 : 28)),
        align: this.#word(at, 48, 32),
        entrySize: this.#size(at, 56, 36),
      };
    });
  }

  /** elfy walks every name to its NUL: a table made so that this takes hours is refused first. */
  #checkNames(table: number, stride: number): void {
    const wide = this.bits === 64;
    const count = this.#bytes.u16(wide ? 60 : 48);
    const strings = table + this.#bytes.u16(wide ? 62 : 50) * stride;
    const size = Math.min(this.#size(strings, 32, 20), this.#bytes.length);
    if (count * size > maxNameWork) this.#bytes.fail(strings, `${count} sections with ${size} bytes of names`);
  }

  #readSegments(): readonly ElfSegment[] {
    const wide = this.bits === 64;
    const table = wide ? this.#bytes.size64(32) : this.#bytes.u32(28);
    const stride = this.#bytes.u16(wide ? 54 : 42);
    const count = this.#bytes.u16(wide ? 56 : 44);
    if (table === 0 || count === 0) return [];
    if (stride < (wide ? 56 : 32)) this.#bytes.fail(wide ? 54 : 42, `program headers of ${stride} bytes`);
    return Array.from({ length: count }, (_, index) => {
      const at = table + index * stride;
      return {
        type: this.#bytes.u32(at),
        flags: this.#bytes.u32(at + (wide ? 4 : 24)),
        offset: this.#size(at, 8, 4),
        address: this.#word(at, 16, 8),
        fileSize: this.#size(at, 32, 16),
        memorySize: this.#word(at, 40, 20),
      };
    });
  }

  /** A field whose place depends on the class, as bigint. */
  #word(at: number, wide: number, narrow: number): bigint {
    return this.bits === 64 ? this.#bytes.u64(at + wide) : BigInt(this.#bytes.u32(at + narrow));
  }

  #size(at: number, wide: number, narrow: number): number {
    return this.bits === 64 ? this.#bytes.size64(at + wide) : this.#bytes.u32(at + narrow);
  }
}

/** Sections times bytes of names; a vmlinux has 70 times 1,000. */
const maxNameWork = 2 ** 30;

const SHT_SYMTAB = 2;
const SHT_RELA = 4;
const SHT_NOTE = 7;
const SHT_NOBITS = 8;
const SHF_COMPRESSED = 0x800n;
const PT_LOAD = 1;
const PT_NOTE = 4;

/** elfy's one use. It throws Error, TypeError, RangeError and AssertionError on what it does not understand. */
function sectionTable(what: string, data: Uint8Array): readonly { readonly name: string }[] {
  try {
    return elfy.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength)).body.sections;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new FormatError(what, 0, `the section table cannot be read: ${detail}`, { cause: error });
  }
}
