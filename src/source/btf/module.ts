// A kernel module's file: its BTF, what base that has, and which kernel it was built for (.modinfo, include/linux/vermagic.h).
import { FormatError } from '../../base/errors.ts';
import type { Bytes } from '../../base/bytes.ts';
import { parseElf, isElf, type ElfFile } from '../elf/elf.ts';
import { parseBtf, type Btf } from './btf.ts';
import { isBtf } from './header.ts';
import { relocateBtf } from './relocate.ts';

export interface ModuleFile {
  readonly what: string;
  /** As the kernel spells it: `nf_conntrack`; null in raw BTF. */
  readonly name: string | null;
  /** `uname -r` of the kernel it was built for; null in raw BTF. */
  readonly release: string | null;
  /** In hexadecimal. */
  readonly buildId: string | null;
  /** Split BTF, raw. */
  readonly btf: Uint8Array;
  /** `.BTF.base`: the types of the kernel that the module names, where it brings them along. */
  readonly base: Uint8Array | undefined;
  /** The file around the BTF; undefined for raw BTF. */
  readonly elf: ElfFile | undefined;
}

/** A `.ko`, or raw split BTF, told apart by the bytes. Throws FormatError: neither, or a module without BTF. */
export function readModuleFile(what: string, data: Uint8Array): ModuleFile {
  if (isBtf(data)) return { what, name: null, release: null, buildId: null, btf: data, base: undefined, elf: undefined };
  if (!isElf(data)) throw new FormatError(what, 0, 'neither BTF nor an ELF file');
  const elf = parseElf(what, data);
  const btf = section(elf, '.BTF');
  if (btf === undefined) throw new FormatError(what, 0, 'the module has no .BTF section (its kernel was built without CONFIG_DEBUG_INFO_BTF_MODULES, or it was stripped)');
  const info = moduleInfo(section(elf, '.modinfo'));
  return {
    what,
    name: info.get('name') ?? null,
    release: info.get('vermagic')?.split(' ')[0] ?? null,
    buildId: elf.buildId() ?? null,
    btf: btf.data,
    base: section(elf, '.BTF.base')?.data,
    elf,
  };
}

/**
 * The module's types, their ids counted on from its kernel's, and the raw BTF that says so. Throws FormatError: BTF that breaks its rules, was made
 * for another base, or brings along types that this kernel has not.
 */
export function parseModuleBtf(module: ModuleFile, vmlinux: Btf): { readonly btf: Btf; readonly bytes: Uint8Array } {
  const what = module.elf === undefined ? module.what : `${module.what}: .BTF`;
  const bytes = module.base === undefined ? module.btf : relocateBtf(parseBtf(what, module.btf, parseBtf(`${module.what}: .BTF.base`, module.base)), vmlinux);
  return { btf: parseBtf(what, bytes, vmlinux), bytes };
}

function section(elf: ElfFile, name: string): Bytes | undefined {
  const found = elf.section(name);
  return found === undefined ? undefined : elf.contents(found);
}

/** `key=value` strings, each with a NUL. */
function moduleInfo(bytes: Bytes | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const text of Buffer.from(bytes?.data ?? new Uint8Array(0)).toString('latin1').split('\0')) {
    const sign = text.indexOf('=');
    if (sign > 0 && !found.has(text.slice(0, sign))) found.set(text.slice(0, sign), text.slice(sign + 1));
  }
  return found;
}
