// Writes 64-bit little-endian ELF files with what is loaded: addresses, a segment for each section that has one, symbols and relocations.

export interface SectionOptions {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** SHT_*; 1 PROGBITS. */
  readonly type?: number;
  /** SHF_*: 1 write, 2 alloc, 4 exec. */
  readonly flags?: number;
  readonly address?: bigint;
  readonly link?: number;
  readonly info?: number;
}

export interface ElfOptions {
  /** ET_*: 1 REL, 2 EXEC. */
  readonly type?: number;
  readonly machine?: number;
  readonly sections: readonly SectionOptions[];
}

/** The section numbers of `sections` count from 1. */
export function writeElf({ type = 2, machine = 62, sections }: ElfOptions): Buffer {
  const names = Buffer.from(['', ...sections.map(({ name }) => name), '.shstrtab'].join('\0') + '\0');
  const all: readonly SectionOptions[] = [...sections, { name: '.shstrtab', bytes: names, type: 3 }];
  const loaded = type === 1 ? [] : sections.filter(({ address }) => address !== undefined);
  let offset = 64 + 56 * loaded.length;
  const placed = all.map((section) => {
    const own = Math.ceil(offset / 16) * 16;
    offset = own + section.bytes.length;
    return { ...section, offset: own };
  });
  const table = Math.ceil(offset / 16) * 16;
  const out = Buffer.alloc(table + 64 * (all.length + 1));
  Buffer.from('7f454c46020101', 'hex').copy(out);
  out.writeUInt16LE(type, 16);
  out.writeUInt16LE(machine, 18);
  out.writeUInt32LE(1, 20);
  out.writeBigUInt64LE(BigInt(loaded.length === 0 ? 0 : 64), 32);
  out.writeBigUInt64LE(BigInt(table), 40);
  [64, 56, loaded.length, 64, all.length + 1, all.length].forEach((value, index) => out.writeUInt16LE(value, 52 + 2 * index));
  placed.filter((each) => loaded.some(({ name }) => name === each.name)).forEach((section, index) => {
    const at = 64 + 56 * index;
    out.writeUInt32LE(1, at);
    out.writeUInt32LE(4 | ((section.flags ?? 0) & 1 ? 2 : 0), at + 4);
    [BigInt(section.offset), section.address ?? 0n, section.address ?? 0n, BigInt(section.bytes.length), BigInt(section.bytes.length), 16n]
      .forEach((value, field) => out.writeBigUInt64LE(value, at + 8 + 8 * field));
  });
  let name = 1;
  placed.forEach((section, index) => {
    const at = table + 64 * (index + 1);
    out.writeUInt32LE(name, at);
    name += section.name.length + 1;
    out.writeUInt32LE(section.type ?? 1, at + 4);
    out.writeBigUInt64LE(BigInt(section.flags ?? 0), at + 8);
    out.writeBigUInt64LE(section.address ?? 0n, at + 16);
    out.writeBigUInt64LE(BigInt(section.offset), at + 24);
    out.writeBigUInt64LE(BigInt(section.bytes.length), at + 32);
    out.writeUInt32LE(section.link ?? 0, at + 40);
    out.writeUInt32LE(section.info ?? 0, at + 44);
    out.writeBigUInt64LE(8n, at + 48);
    Buffer.from(section.bytes).copy(out, section.offset);
  });
  return out;
}

/** Entries of a symbol table: the section that each is in, and its value there. The first, empty one is added. */
export function symbolTable(symbols: readonly { readonly section: number; readonly value: bigint }[]): Buffer {
  const out = Buffer.alloc(24 * (symbols.length + 1));
  symbols.forEach(({ section, value }, index) => {
    out.writeUInt16LE(section, 24 * (index + 1) + 6);
    out.writeBigUInt64LE(value, 24 * (index + 1) + 8);
  });
  return out;
}

/** Entries of a SHT_RELA section. */
export function relocationTable(entries: readonly { readonly offset: number; readonly type: number; readonly symbol: number; readonly addend: bigint }[]): Buffer {
  const out = Buffer.alloc(24 * entries.length);
  entries.forEach(({ offset, type, symbol, addend }, index) => {
    out.writeBigUInt64LE(BigInt(offset), 24 * index);
    out.writeUInt32LE(type, 24 * index + 8);
    out.writeUInt32LE(symbol, 24 * index + 12);
    out.writeBigInt64LE(addend, 24 * index + 16);
  });
  return out;
}
