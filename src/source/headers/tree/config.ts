// What a reader of headers has to be told: the command line that kbuild gives to the compiler, as data.
import type { Kconfig } from './kconfig.ts';

/** Architectures whose ABI is known, as `uname -m` names them, 32-bit x86 in the way of its folder of old. */
export type HeaderArch = 'x86_64' | 'i386' | 'arm64' | 'arm';

export interface HeaderConfig {
  readonly arch: HeaderArch;
  /** Major version of the gcc that is imitated: its predefined macros, its `__has_attribute`. */
  readonly gcc: number;
  /** `-funsigned-char`, or an ABI where `char` has no sign. */
  readonly unsignedChar: boolean;
  /** `-fms-extensions`: `struct a;` inside a struct is an anonymous member. */
  readonly msExtensions: boolean;
  /** `-iquote`, `-I`: folders without a slash at the end. */
  readonly quote: readonly string[];
  readonly system: readonly string[];
  /** `-include`, paths of files. */
  readonly forced: readonly string[];
  /** `-D`: `NAME` (which is 1) or `NAME=text`. */
  readonly defines: readonly string[];
}

/** Versions that predefined macros are at hand for; between them the nearest older one answers. */
export const defaultGcc = 12;

/** Folder under arch/, and what its Makefile adds to the command line (arch/ARCH/Makefile of the kernel). */
export interface Architecture {
  readonly name: HeaderArch;
  /** Under arch/: `x86`. */
  readonly folder: string;
  /** Symbol of Kconfig that says that this is it. */
  readonly symbol: string;
  readonly unsignedChar: boolean;
  readonly defines: (kconfig: Kconfig) => readonly string[];
}

/** In the order of asking: CONFIG_X86 holds for both. */
export const architectures: readonly Architecture[] = [
  { name: 'x86_64', folder: 'x86', symbol: 'X86_64', unsignedChar: false, defines: fentry },
  { name: 'i386', folder: 'x86', symbol: 'X86', unsignedChar: false, defines: fentry },
  { name: 'arm64', folder: 'arm64', symbol: 'ARM64', unsignedChar: true, defines: arm64Defines },
  { name: 'arm', folder: 'arm', symbol: 'ARM', unsignedChar: true, defines: armDefines },
];

/** A compiler that is told nothing. */
export function plainConfig(arch: HeaderArch): HeaderConfig {
  return { arch, gcc: defaultGcc, unsignedChar: arch === 'arm64' || arch === 'arm', msExtensions: false, quote: [], system: [], forced: [], defines: [] };
}

/** Makefile: CC_FLAGS_USING. */
function fentry(kconfig: Kconfig): readonly string[] {
  return kconfig.has('HAVE_FENTRY') ? ['CC_USING_FENTRY'] : [];
}

function arm64Defines(kconfig: Kconfig): readonly string[] {
  const shift = kconfig.has('KASAN_SW_TAGS') ? '4' : kconfig.has('KASAN_GENERIC') ? '3' : '';
  const patchable = ['DYNAMIC_FTRACE_WITH_ARGS', 'DYNAMIC_FTRACE_WITH_REGS'].some((symbol) => kconfig.has(symbol));
  return [`KASAN_SHADOW_SCALE_SHIFT=${shift}`, ...(patchable ? ['CC_USING_PATCHABLE_FUNCTION_ENTRY'] : [])];
}

function armDefines(kconfig: Kconfig): readonly string[] {
  const found = armVersions.find(([symbol]) => kconfig.has(symbol));
  return [`__LINUX_ARM_ARCH__=${found?.[1] ?? 7}`];
}

const armVersions = [['CPU_32v7M', 7], ['CPU_32v7', 7], ['CPU_32v6', 6], ['CPU_32v6K', 6], ['CPU_32v5', 5], ['CPU_32v4T', 4], ['CPU_32v4', 4], ['CPU_32v3', 3]] as const;
