// Writes small ELF64 files: a header, sections with what a test puts into them, the table of their names.

export interface SectionOptions {
  readonly name: string;
  readonly data: Uint8Array;
  /** SHT_*; PROGBITS when not said. */
  readonly type?: number;
}

/** ET_REL for x86-64. */
export function elfFile(sections: readonly SectionOptions[], type = 1, machine = 62): Uint8Array {
  const names = ['', ...sections.map(({ name }) => name), '.shstrtab'];
  const strings = Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1');
  const nameAt = (index: number): number => names.slice(0, index).reduce((sum, name) => sum + name.length + 1, 0);
  const all: readonly SectionOptions[] = [...sections, { name: '.shstrtab', data: strings, type: 3 }];
  const table = 64 + all.reduce((sum, { data }) => sum + aligned(data.length), 0);
  const out = Buffer.alloc(table + 64 * (all.length + 1));
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
  out.writeUInt16LE(type, 16);
  out.writeUInt16LE(machine, 18);
  out.writeUInt32LE(1, 20);
  out.writeBigUInt64LE(BigInt(table), 40);
  out.writeUInt16LE(64, 52);
  [64, all.length + 1, all.length].forEach((value, index) => out.writeUInt16LE(value, 58 + 2 * index));
  let at = 64;
  for (const [index, section] of all.entries()) {
    const header = table + 64 * (index + 1);
    out.set(section.data, at);
    out.writeUInt32LE(nameAt(index + 1), header);
    out.writeUInt32LE(section.type ?? 1, header + 4);
    out.writeBigUInt64LE(BigInt(at), header + 24);
    out.writeBigUInt64LE(BigInt(section.data.length), header + 32);
    out.writeBigUInt64LE(1n, header + 48);
    at += aligned(section.data.length);
  }
  return out;
}

export interface ModuleOptions {
  readonly name?: string;
  readonly release?: string;
  /** In hexadecimal. */
  readonly buildId?: string;
  readonly btf?: Uint8Array;
  readonly base?: Uint8Array;
}

/** What `btfly index` looks at in a `.ko`. */
export function moduleFile({ name, release, buildId, btf, base }: ModuleOptions): Uint8Array {
  const info = [...(name === undefined ? [] : [`name=${name}`]), ...(release === undefined ? [] : [`vermagic=${release} SMP preempt mod_unload `])];
  return elfFile([
    { name: '.text', data: new Uint8Array(16) },
    { name: '.modinfo', data: Buffer.from(info.map((each) => `${each}\0`).join('')) },
    ...(buildId === undefined ? [] : [{ name: '.note.gnu.build-id', data: buildIdNote(buildId), type: 7 }]),
    ...(btf === undefined ? [] : [{ name: '.BTF', data: btf }]),
    ...(base === undefined ? [] : [{ name: '.BTF.base', data: base }]),
  ]);
}

export function buildIdNote(id: string): Uint8Array {
  const out = Buffer.alloc(16 + aligned(id.length / 2));
  [4, id.length / 2, 3].forEach((value, index) => out.writeUInt32LE(value, 4 * index));
  out.write('GNU', 12, 'latin1');
  out.write(id, 16, 'hex');
  return out;
}

function aligned(size: number): number {
  return Math.ceil(size / 8) * 8;
}
