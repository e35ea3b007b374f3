// BTF out of a file, by looking at its bytes: raw, or the .BTF section of an ELF file.
import { FormatError } from '../../base/errors.ts';
import { isElf, parseElf } from '../elf/elf.ts';
import { parseBtf, type Btf } from './btf.ts';
import { isBtf } from './header.ts';

export interface BtfFile {
  readonly btf: Btf;
  /** The raw BTF. */
  readonly bytes: Uint8Array;
  /** Of the ELF file around it, in hexadecimal. */
  readonly buildId: string | undefined;
  /** EM_* of the ELF file around it. */
  readonly machine: number | undefined;
}

/** Throws FormatError: neither BTF nor ELF, an ELF file without `.BTF`, or broken ones. */
export function readBtfFile(what: string, data: Uint8Array, base?: Btf): BtfFile {
  if (isBtf(data)) return { btf: parseBtf(what, data, base), bytes: data, buildId: undefined, machine: undefined };
  if (!isElf(data)) throw new FormatError(what, 0, 'neither BTF nor an ELF file');
  const elf = parseElf(what, data);
  const section = elf.section('.BTF');
  if (section === undefined) throw new FormatError(what, 0, 'the ELF file has no .BTF section');
  const bytes = elf.contents(section).data;
  return { btf: parseBtf(`${what}: .BTF`, bytes, base), bytes, buildId: elf.buildId(), machine: elf.machine };
}
