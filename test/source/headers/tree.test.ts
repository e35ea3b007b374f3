import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { autoconf, parseKconfig } from '../../../src/source/headers/tree/kconfig.ts';
import { openTree, type HeaderTree } from '../../../src/source/headers/tree/tree.ts';
import { cachedHeaders } from '../../help/headerpackages.ts';
import { scratchFolder, writeTree } from '../../help/scratch.ts';

const x86 = '#define CONFIG_X86 1\n#define CONFIG_X86_64 1\n#define CONFIG_GCC_VERSION 120200\n#define CONFIG_HAVE_FENTRY 1\n';
const release = '#define UTS_RELEASE "6.1.0-9-amd64"\n';

/** The files that a Debian pair is known by. */
const pair = {
  'usr/src/linux-headers-6.1.0-9-common/include/linux/kconfig.h': '',
  'usr/src/linux-headers-6.1.0-9-common/include/linux/compiler_types.h': '',
  'usr/src/linux-headers-6.1.0-9-common/include/linux/compiler-version.h': '',
  'usr/src/linux-headers-6.1.0-9-common/include/uapi/linux/types.h': '',
  'usr/src/linux-headers-6.1.0-9-common/arch/x86/include/asm/page.h': '',
  'usr/src/linux-headers-6.1.0-9-common/arch/x86/include/uapi/asm/stat.h': '',
  'usr/src/linux-headers-6.1.0-9-common/Makefile': 'VERSION = 6\n',
  'usr/src/linux-headers-6.1.0-9-amd64/include/generated/autoconf.h': x86,
  'usr/src/linux-headers-6.1.0-9-amd64/include/generated/utsrelease.h': release,
  'usr/src/linux-headers-6.1.0-9-amd64/arch/x86/include/generated/asm/mmzone.h': '',
  'usr/src/linux-headers-6.1.0-9-amd64/arch/x86/include/generated/uapi/asm/poll.h': '',
  'usr/src/linux-headers-6.1.0-9-amd64/Makefile': 'include /usr/src/linux-headers-6.1.0-9-common/Makefile\n',
};

function tree(files: Readonly<Record<string, string>>): string {
  const folder = scratchFolder();
  writeTree(folder, files);
  return folder;
}

/** What a tree says, its folder left out. */
function told(folder: string, found: HeaderTree): object {
  const short = (path: string): string => path.replaceAll(folder, '').replaceAll('/usr/src/linux-headers-6.1.0-9', '');
  const { config } = found;
  return { kind: found.kind, release: found.release, arch: config.arch, gcc: config.gcc, system: config.system.map(short), forced: config.forced.map(short) };
}

const ofPair = {
  kind: 'kernel',
  release: '6.1.0-9-amd64',
  arch: 'x86_64',
  gcc: 12,
  system: ['-common/arch/x86/include', '-amd64/arch/x86/include/generated', '-common/include', '-amd64/include', '-common/arch/x86/include/uapi', '-amd64/arch/x86/include/generated/uapi', '-common/include/uapi'],
  forced: ['-common/include/linux/compiler-version.h', '-common/include/linux/kconfig.h', '-common/include/linux/compiler_types.h'],
};

describe('a pair of packages', () => {
  test.each(['usr/src/linux-headers-6.1.0-9-common', 'usr/src/linux-headers-6.1.0-9-amd64', 'usr/src/linux-headers-6.1.0-9-amd64/', 'usr/src', '.'])('given %s', async (given) => {
    const folder = tree(pair);
    expect(told(folder, await openTree(given === '.' ? folder : join(folder, given) + (given.endsWith('/') ? '/' : '')))).toEqual(ofPair);
  });

  test.each(['lib/modules/6.1.0-9-amd64', 'lib/modules/6.1.0-9-amd64/build'])('given %s, a link into the root', async (given) => {
    const folder = tree({ ...pair, 'lib/modules/6.1.0-9-amd64/modules.dep': '' });
    symlinkSync('/usr/src/linux-headers-6.1.0-9-amd64', join(folder, 'lib/modules/6.1.0-9-amd64/build'));
    expect(told(folder, await openTree(join(folder, given)))).toEqual(ofPair);
  });

  test('without its common half', async () => {
    const folder = tree(Object.fromEntries(Object.entries(pair).filter(([path]) => !path.includes('-common'))));
    await expect(openTree(join(folder, 'usr/src/linux-headers-6.1.0-9-amd64'))).rejects.toThrow(/is the configured half of a pair, and the other one is not there/);
  });

  test('two kernels', async () => {
    const second = Object.fromEntries(Object.entries(pair).map(([path, text]) => [path.replaceAll('6.1.0-9', '6.1.0-8'), text.replaceAll('6.1.0-9', '6.1.0-8')]));
    const folder = tree({ ...pair, ...second });
    await expect(openTree(folder)).rejects.toThrow(/goes with 2 configured kernels/);
    expect((await openTree(join(folder, 'usr/src/linux-headers-6.1.0-8-common'))).release).toBe('6.1.0-8-amd64');
  });
});

describe('one folder', () => {
  const source = {
    'Makefile': 'VERSION = 6\nKBUILD_CFLAGS := -funsigned-char\n',
    'include/linux/kconfig.h': '',
    'arch/arm64/include/asm/page.h': '',
    'include/generated/autoconf.h': '#define CONFIG_ARM64 1\n#define CONFIG_CC_VERSION_TEXT "aarch64-linux-gnu-gcc (Debian 14.2.0-19) 14.2.0"\n#define CONFIG_DYNAMIC_FTRACE_WITH_ARGS 1\n',
    'include/generated/utsrelease.h': '#define UTS_RELEASE "6.12.0"\n',
  };

  const without = (path: string): Record<string, string> => Object.fromEntries(Object.entries(source).filter(([name]) => name !== path));

  test('a configured source tree', async () => {
    const folder = tree(source);
    const { config, release } = await openTree(folder);
    expect(config).toEqual({
      arch: 'arm64',
      gcc: 14,
      unsignedChar: true,
      msExtensions: false,
      quote: [],
      system: [`${folder}/arch/arm64/include`, `${folder}/include`],
      forced: [`${folder}/include/linux/kconfig.h`],
      defines: ['__KERNEL__', 'KBUILD_MODNAME="btfly"', 'KBUILD_BASENAME="btfly"', 'KBUILD_MODFILE="btfly"', '__KBUILD_MODNAME=kmod_btfly', 'KASAN_SHADOW_SCALE_SHIFT=', 'CC_USING_PATCHABLE_FUNCTION_ENTRY'],
    });
    expect(release).toBe('6.12.0');
  });

  test('an unpacked kheaders archive, and the archive itself', async () => {
    const files = without('Makefile');
    const folder = tree(files);
    const archive = join(scratchFolder(), 'kheaders.tar.xz');
    execFileSync('tar', ['-C', folder, '-cJf', archive, '.']);
    const [unpacked, packed] = [await openTree(folder), await openTree(archive)];
    const short = (path: string, from: string): string => path.replace(from, '');
    expect(packed.config.system.map((path) => short(path, archive))).toEqual(unpacked.config.system.map((path) => short(path, folder)));
    expect(packed.release).toBe('6.12.0');
    expect(packed.files.read(`${archive}/include/generated/utsrelease.h`)).toBe('#define UTS_RELEASE "6.12.0"\n');
    expect(packed.files.list(`${archive}/include`)).toEqual(['generated', 'linux']);
  });

  test('a configuration of another place', async () => {
    const files = without('include/generated/autoconf.h');
    const folder = tree({ ...files, 'boot/config': '# CONFIG_A is not set\nCONFIG_ARM=y\nCONFIG_B=m\nCONFIG_CPU_32v6=y\nCONFIG_GCC_VERSION=80300\n' });
    const found = await openTree(folder, { config: join(folder, 'boot/config') });
    expect([found.config.arch, found.config.gcc, found.config.defines.at(-1)]).toEqual(['arm', 8, '__LINUX_ARM_ARCH__=6']);
    expect(found.files.read(`${folder}/include/generated/autoconf.h`)).toBe(
      '/* Automatically generated file; DO NOT EDIT. */\n#define CONFIG_ARM 1\n#define CONFIG_B_MODULE 1\n#define CONFIG_CPU_32v6 1\n#define CONFIG_GCC_VERSION 80300\n',
    );
  });

  test('not configured', async () => {
    const files = without('include/generated/autoconf.h');
    await expect(openTree(tree(files))).rejects.toThrow(/is not configured: there is no include\/generated\/autoconf\.h$/);
    await expect(openTree(tree({ ...files, '.config': 'CONFIG_X86=y\n' }))).rejects.toThrow(/is configured but not prepared/);
  });

  test('of an architecture that is not known', async () => {
    await expect(openTree(tree({ ...source, 'include/generated/autoconf.h': '#define CONFIG_RISCV 1\n' }))).rejects.toThrow(/is configured for an architecture that is not known here/);
  });

  test('shuffled structs and clang are told about', async () => {
    const { notes } = await openTree(tree({ ...source, 'include/generated/autoconf.h': '#define CONFIG_ARM64 1\n#define CONFIG_RANDSTRUCT_FULL 1\n#define CONFIG_CC_IS_CLANG 1\n' }));
    expect(notes).toEqual([
      'this kernel is built with CONFIG_RANDSTRUCT: the compiler has shuffled the members of structs that say __randomize_layout, and headers do not tell how',
      'this kernel is built with clang; its headers are read as gcc 12 reads them',
    ]);
  });
});

describe('folders that are no kernel', () => {
  test('headers for programs', async () => {
    const folder = tree({ 'usr/include/linux/types.h': '', 'usr/include/x86_64-linux-gnu/asm/types.h': '', 'usr/include/aarch64-linux-gnu/asm/types.h': '' });
    const { kind, config } = await openTree(folder);
    const own = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
    expect([kind, config.system, config.forced]).toEqual(['uapi', [`${folder}/usr/include/${own}`, `${folder}/usr/include`], []]);
  });

  test('nothing of the kind', async () => {
    await expect(openTree(tree({ 'a.c': '' }))).rejects.toThrow(/has no kernel headers$/);
    await expect(openTree('/nonexistent/tree')).rejects.toThrow("'/nonexistent/tree' does not exist");
  });
});

test('a configuration in both forms', () => {
  const config = 'CONFIG_X86=y\n# CONFIG_Y is not set\nCONFIG_EXT4_FS=m\nCONFIG_HZ=250\nCONFIG_BASE=0xffff\nCONFIG_NAME="a b"\n';
  const parsed = parseKconfig(config);
  if (parsed === undefined) throw new Error('no configuration');
  expect([...parsed]).toEqual([['X86', 'y'], ['EXT4_FS', 'm'], ['HZ', '250'], ['BASE', '0xffff'], ['NAME', '"a b"']]);
  expect([...(parseKconfig(autoconf(parsed)) ?? [])]).toEqual([...parsed]);
  expect(parseKconfig('int main(void) {}\n')).toBeUndefined();
});

const real = cachedHeaders();

describe.skipIf(real.length === 0)('packages of Debian', () => {
  test.each(real)('$series', async ({ common, build, release }) => {
    const [a, b] = [await openTree(common), await openTree(build)];
    expect(a.config).toEqual(b.config);
    expect([a.release, a.config.arch, a.config.system.length, a.notes]).toEqual([release, 'x86_64', 8, []]);
    for (const file of a.config.forced) expect(a.files.isFile(file)).toBe(true);
  });
});
