// A kernel's image, however it is wrapped: its BTF, its identity and the data that it starts with.
import type { ArchName } from '../../base/arch.ts';
import { arches } from '../../base/arch.ts';
import { FormatError } from '../../base/errors.ts';
import { parseElf, type ElfFile } from '../elf/elf.ts';
import { readArm64Image } from './arm64image.ts';
import { bzImagePayload, zbootPayload } from './boot.ts';
import { ImageMemory, type MemoryRange } from './memory.ts';
import { sniff, type Content } from './sniff.ts';
import { unpack } from './unpack.ts';

export interface VmlinuxImage {
  /** Raw; undefined when the kernel was built without. */
  readonly btf: Uint8Array | undefined;
  /** In hexadecimal. */
  readonly buildId: string | null;
  readonly arch: ArchName | null;
  /** `uname -r`, from the banner "Linux version …". */
  readonly release: string | null;
  readonly memory: ImageMemory;
}

/** From an ELF vmlinux, a bzImage, an arm64 Image or an EFI zboot image, packed or not. Throws FormatError. */
export async function readVmlinux(what: string, data: Uint8Array): Promise<VmlinuxImage> {
  let bytes = data;
  for (let layer = 0; layer < maxLayers; layer++) {
    bytes = await unpack(what, bytes);
    const content = sniff(bytes);
    if (content === 'elf') return elfImage(parseElf(what, bytes), bytes);
    if (content === 'arm64-image') return { ...readArm64Image(what, bytes), arch: 'arm64', release: releaseOf(bytes) };
    const payload = payloads[content];
    if (payload === undefined) throw new FormatError(what, 0, `no kernel image: ${content === 'unknown' ? 'these bytes are not known' : `this is ${content}`}`);
    bytes = payload(what, bytes);
  }
  throw new FormatError(what, 0, `an image in an image, more than ${maxLayers} times`);
}

const maxLayers = 4;

const payloads: Readonly<Partial<Record<Content, (what: string, data: Uint8Array) => Uint8Array>>> = { bzimage: bzImagePayload, 'efi-zboot': zbootPayload };

function elfImage(elf: ElfFile, data: Uint8Array): VmlinuxImage {
  const section = elf.section('.BTF');
  return {
    btf: section === undefined ? undefined : elf.contents(section).data,
    buildId: elf.buildId() ?? null,
    arch: Object.values(arches).find(({ elfMachine }) => elfMachine === elf.machine)?.name ?? null,
    release: releaseOf(data),
    memory: elfMemory(elf, data),
  };
}

/** What the boot loader puts into memory. Per-CPU variables, which older kernels have at address 0, are left out. */
function elfMemory(elf: ElfFile, data: Uint8Array): ImageMemory {
  const loaded = elf.segments.filter(({ type, address }) => type === PT_LOAD && address > 0n);
  const sections = elf.sections.filter(({ name, type }) => type !== SHT_NOBITS && (name === '.data' || name === '.init.data'));
  const ranges = (found: readonly { address: bigint; offset: number; size: number }[]): MemoryRange[] =>
    found.map(({ address, offset, size }) => ({ address, bytes: data.subarray(offset, offset + size) }));
  const segments = loaded.map(({ address, offset, fileSize, flags }) => ({ address, offset, size: fileSize, flags }));
  return new ImageMemory(ranges(segments), ranges(sections.length > 0 ? sections : segments.filter(({ flags }) => (flags & PF_W) !== 0)));
}

const PT_LOAD = 1;
const PF_W = 2;
const SHT_NOBITS = 8;

/** init/version.c: linux_banner. Format strings begin in the same way, with % for the version. */
export function releaseOf(data: Uint8Array): string | null {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  for (let at = bytes.indexOf(banner); at >= 0; at = bytes.indexOf(banner, at + 1)) {
    const found = /^\d+\.\d+\S*(?= \()/.exec(bytes.toString('latin1', at + banner.length, at + banner.length + 128))?.[0];
    if (found !== undefined) return found;
  }
  return null;
}

const banner = 'Linux version ';
