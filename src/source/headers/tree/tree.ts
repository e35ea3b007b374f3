// Trees of kernel headers: what a folder or an archive on the command line is, and the compiler's command line that kbuild makes of it (Makefile, scripts/Makefile.lib).
import { UsageError } from '../../../base/errors.ts';
import { archiveFiles } from './archive.ts';
import { architectures, defaultGcc, plainConfig, type Architecture, type HeaderConfig } from './config.ts';
import { disk, type TreeFiles } from './folder.ts';
import { autoconf, parseKconfig, type Kconfig } from './kconfig.ts';
import { find, type Found } from './find.ts';

export interface HeaderTree {
  /** As it was named. */
  readonly path: string;
  /** The kernel's own headers, or only those that it shows to programs. */
  readonly kind: 'kernel' | 'uapi';
  readonly files: TreeFiles;
  readonly config: HeaderConfig;
  /** `6.1.0-56-amd64`, what `uname -r` says on the kernel that was built with it (include/generated/utsrelease.h). */
  readonly release: string | undefined;
  /** What a reader should be told: the structs that a compiler has shuffled, a compiler that is not gcc. */
  readonly notes: readonly string[];
}

export interface TreeOptions {
  /** autoconf.h or .config of another place: it stands for the tree's own. */
  readonly config?: string | undefined;
}

/**
 * Understands a configured source tree, a build folder beside its source, an installed pair of header packages (either of them, or the root above),
 * /lib/modules/V and its build link, an unpacked kheaders archive or the archive itself, and folders of headers for programs.
 * Throws UsageError for what is none of these or is not configured, FormatError for a broken archive.
 */
export async function openTree(path: string, options: TreeOptions = {}): Promise<HeaderTree> {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') : path;
  if (!disk.isFile(trimmed) && !disk.isFolder(trimmed) && disk.link(trimmed) === undefined) throw new UsageError(`'${path}' does not exist`);
  const files = disk.isFile(trimmed) ? await archiveFiles(trimmed) : disk;
  const found = find(files, trimmed);
  if (found.kind === 'uapi') return uapiTree(path, files, found.source);
  return kernelTree(path, files, found, options);
}

function kernelTree(path: string, files: TreeFiles, found: Found, options: TreeOptions): HeaderTree {
  const own = `${found.build}/include/generated/autoconf.h`;
  const configFile = options.config ?? own;
  const text = options.config === undefined ? files.read(own) : disk.read(options.config);
  if (text === undefined) {
    if (options.config !== undefined) throw new UsageError(`'${options.config}' does not exist`);
    throw notConfigured(path, files, found);
  }
  const kconfig = parseKconfig(text);
  if (kconfig === undefined) throw new UsageError(`'${configFile}' sets no CONFIG_ symbol: it is neither an autoconf.h nor a .config`);
  const arch = architectureOf(path, kconfig);
  const given = options.config === undefined ? undefined : autoconf(kconfig);
  return {
    path,
    kind: 'kernel',
    // A configuration of another place is read under the name that linux/kconfig.h asks for.
    files: given === undefined ? files : { ...files, read: (file) => (file === own ? given : files.read(file)), isFile: (file) => file === own || files.isFile(file) },
    config: configOf(files, found, arch, kconfig, given !== undefined),
    release: releaseOf(files, found),
    notes: notesOf(kconfig),
  };
}

function notConfigured(path: string, files: TreeFiles, found: Found): UsageError {
  const plain = [`${found.build}/.config`, `${found.source}/.config`].find((file) => files.isFile(file));
  if (plain !== undefined) return new UsageError(`'${path}' is configured but not prepared: there is no include/generated/autoconf.h`, `run 'make modules_prepare' there, or say --config ${plain}`);
  return new UsageError(`'${path}' is not configured: there is no include/generated/autoconf.h`, 'name the build folder of the kernel (/lib/modules/VERSION/build), or a configuration with --config');
}

function architectureOf(path: string, kconfig: Kconfig): Architecture {
  const found = architectures.find(({ symbol }) => kconfig.has(symbol));
  if (found === undefined) throw new UsageError(`'${path}' is configured for an architecture that is not known here`, `there are ${architectures.map(({ name }) => name).join(', ')}`);
  return found;
}

/** USERINCLUDE, LINUXINCLUDE, c_flags. */
function configOf(files: TreeFiles, { source, build }: Found, arch: Architecture, kconfig: Kconfig, madeUp: boolean): HeaderConfig {
  const own = `arch/${arch.folder}/include`;
  const folders = [
    `${source}/${own}`, `${build}/${own}/generated`, `${source}/include`, `${build}/include`,
    `${source}/${own}/uapi`, `${build}/${own}/generated/uapi`, `${source}/include/uapi`, `${build}/include/generated/uapi`,
  ];
  return {
    arch: arch.name,
    gcc: gccOf(kconfig),
    unsignedChar: arch.unsignedChar || unsignedSince(files, source, build),
    msExtensions: /\S/.test((kconfig.get('CC_MS_EXTENSIONS') ?? '').replaceAll('"', '')),
    quote: [],
    system: [...new Set(folders)].filter((folder) => files.isFolder(folder) || (madeUp && folder === `${build}/include`)),
    forced: ['compiler-version.h', 'kconfig.h', 'compiler_types.h'].map((name) => `${source}/include/linux/${name}`).filter((file) => files.isFile(file)),
    defines: ['__KERNEL__', ...names, ...arch.defines(kconfig)],
  };
}

/** What kbuild says about the file that it compiles, which headers use in messages. */
const names = ['KBUILD_MODNAME="btfly"', 'KBUILD_BASENAME="btfly"', 'KBUILD_MODFILE="btfly"', '__KBUILD_MODNAME=kmod_btfly'];

/** Kconfig's numbers are `120200` for 12.2.0; the text names compilers that were asked before 5.8 wrote numbers down. */
function gccOf(kconfig: Kconfig): number {
  const number = Number(kconfig.get('GCC_VERSION') ?? 0);
  if (number > 0) return Math.floor(number / 10000);
  const text = /gcc.*?(\d+)\.\d+\.\d+"?$/.exec(kconfig.get('CC_VERSION_TEXT') ?? '')?.[1];
  return text === undefined ? defaultGcc : Number(text);
}

/** 6.2 says -funsigned-char for every architecture (commit 3bc753c06dd0). */
function unsignedSince(files: TreeFiles, source: string, build: string): boolean {
  const makefile = files.read(`${source}/Makefile`) ?? '';
  if (/^VERSION\s*=/m.test(makefile)) return /-funsigned-char/.test(makefile);
  const code = /LINUX_VERSION_CODE\s+(\d+)/.exec(files.read(`${build}/include/generated/uapi/linux/version.h`) ?? '')?.[1];
  return Number(code ?? 0) >= 0x60200;
}

function releaseOf(files: TreeFiles, { build }: Found): string | undefined {
  return /UTS_RELEASE\s+"([^"]*)"/.exec(files.read(`${build}/include/generated/utsrelease.h`) ?? '')?.[1];
}

function notesOf(kconfig: Kconfig): readonly string[] {
  const notes: string[] = [];
  if (['RANDSTRUCT', 'RANDSTRUCT_FULL', 'RANDSTRUCT_PERFORMANCE', 'GCC_PLUGIN_RANDSTRUCT'].some((symbol) => kconfig.has(symbol))) {
    notes.push('this kernel is built with CONFIG_RANDSTRUCT: the compiler has shuffled the members of structs that say __randomize_layout, and headers do not tell how');
  }
  if (kconfig.has('CC_IS_CLANG')) notes.push(`this kernel is built with clang; its headers are read as gcc ${defaultGcc} reads them`);
  return notes;
}

/** /usr/include and its like: what programs see, for the architecture that this program runs on. */
function uapiTree(path: string, files: TreeFiles, folder: string): HeaderTree {
  const arch = hosts[process.arch] ?? 'x86_64';
  const multiarch = files.list(folder).find((name) => name.startsWith(triples[arch]) && files.isFolder(`${folder}/${name}/asm`));
  return {
    path,
    kind: 'uapi',
    files,
    config: { ...plainConfig(arch), system: multiarch === undefined ? [folder] : [`${folder}/${multiarch}`, folder] },
    release: undefined,
    notes: [],
  };
}

const hosts: Readonly<Record<string, HeaderConfig['arch']>> = { x64: 'x86_64', ia32: 'i386', arm64: 'arm64', arm: 'arm' };
const triples = { x86_64: 'x86_64-', i386: 'i386-', arm64: 'aarch64-', arm: 'arm-' } as const;
