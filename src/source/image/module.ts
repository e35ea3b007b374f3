// What a kernel module has in memory before it runs: its sections laid out somewhere, its pointers filled in as the kernel's loader does
// (arch/*/kernel/module.c: apply_relocate_add). Pointers to other modules and to vmlinux stay 0.
import type { ElfFile, ElfSection } from '../elf/elf.ts';
import { ImageMemory, type MemoryRange } from './memory.ts';

/** Throws FormatError. */
export function moduleMemory(elf: ElfFile): ImageMemory {
  const placed = new Map<number, MemoryRange>();
  let address = firstAddress;
  for (const section of elf.sections) {
    if ((section.flags & SHF_ALLOC) === 0n) continue;
    const align = section.align > 1n ? section.align : 1n;
    address = ((address + align - 1n) / align) * align;
    // A copy: pointers are written into it.
    placed.set(section.index, { address, bytes: elf.contents(section).data.slice() });
    address += BigInt(section.size) + 1n;
  }
  for (const section of elf.sections) {
    const target = placed.get(section.info);
    if (section.type === SHT_RELA && target !== undefined && ((elf.sections[section.info]?.flags ?? 0n) & SHF_EXECINSTR) === 0n) relocate(elf, section, target, placed);
  }
  const data = elf.sections.filter(({ flags }) => (flags & SHF_WRITE) !== 0n).flatMap(({ index }) => placed.get(index) ?? []);
  return new ImageMemory([...placed.values()], data);
}

const SHT_RELA = 4;
const SHF_WRITE = 1n;
const SHF_ALLOC = 2n;
const SHF_EXECINSTR = 4n;

/** Not 0, which stands for no pointer. */
const firstAddress = 0x10000n;

/** Pointers of 64 bits alone: no other relocation changes data that is read here. */
function relocate(elf: ElfFile, section: ElfSection, target: MemoryRange, placed: ReadonlyMap<number, MemoryRange>): void {
  const view = new DataView(target.bytes.buffer, target.bytes.byteOffset, target.bytes.byteLength);
  for (const { offset, type, section: home, value, addend } of elf.relocations(section)) {
    const base = placed.get(home)?.address;
    if (type !== pointerTypes[elf.machine] || base === undefined || offset + 8 > view.byteLength) continue;
    view.setBigUint64(offset, BigInt.asUintN(64, base + value + addend), elf.littleEndian);
  }
}

/** By machine: R_X86_64_64, R_AARCH64_ABS64, R_RISCV_64. */
const pointerTypes: Readonly<Record<number, number>> = { 62: 1, 183: 257, 243: 2 };
