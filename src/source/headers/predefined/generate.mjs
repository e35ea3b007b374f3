// Makes table.ts beside this file: what gcc defines before it reads a line, and what it says to __has_attribute and __has_builtin, by architecture and major version.
// The compilers are those of Debian's packages, run from a folder that they are unpacked to: node src/source/headers/predefined/generate.mjs (needs apt-get, dpkg-deb, the mirror).
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The releases of Debian whose kernels are built with them. */
const versions = [
  { major: 12, release: 'bookworm' },
  { major: 14, release: 'trixie' },
  { major: 16, release: 'sid' },
];

const libraries = ['libc6', 'libgmp10', 'libisl23', 'libmpc3', 'libmpfr6', 'libzstd1', 'zlib1g', 'libstdc++6', 'libgcc-s1'];

/** As the kernel's Makefiles call the compiler. */
const kernelFlags = ['-std=gnu11', '-O2', '-fshort-wchar', '-fno-PIE', '-ffreestanding'];
const architectures = {
  x86_64: { triple: 'x86_64-linux-gnu', flags: ['-m64', '-mcmodel=kernel', '-mno-sse', '-mno-mmx', '-mno-sse2', '-mno-3dnow', '-mno-avx', '-mno-80387', '-mno-red-zone'] },
  i386: { triple: 'x86_64-linux-gnu', flags: ['-m32', '-mno-sse', '-mno-mmx', '-mno-sse2', '-mno-3dnow', '-mno-avx', '-mno-80387', '-march=i686', '-mregparm=3'] },
  arm64: { triple: 'aarch64-linux-gnu', flags: ['-mgeneral-regs-only', '-mlittle-endian'] },
  arm: { triple: 'arm-linux-gnueabihf', flags: ['-mlittle-endian', '-mabi=aapcs-linux', '-mfpu=vfp', '-msoft-float', '-march=armv7-a', '-marm'] },
};

/** Those that headers of the kernel ask for (include/linux/compiler_attributes.h and others), and the commoner ones. */
const attributes = `access alias aligned alloc_align alloc_size always_inline artificial asm assume assume_aligned btf_decl_tag btf_type_tag cleanup cold common const constructor copy counted_by
  counted_by_ptr deprecated designated_init destructor diagnose_as_builtin disable_sanitizer_instrumentation error externally_visible fallthrough flatten format format_arg gnu_inline hot ifunc
  indirect_branch interrupt leaf malloc may_alias mode model naked no_caller_saved_registers no_instrument_function no_profile_instrument_function no_reorder no_sanitize no_sanitize_address
  no_sanitize_coverage no_sanitize_thread no_sanitize_undefined no_split_stack no_stack_limit no_stack_protector noclone noinit noinline noipa nonnull nonstring noreturn nothrow ntrace nocf_check
  optimize overloadable packed pass_dynamic_object_size pass_object_size patchable_function_entry preserve_access_index preserve_most preserve_none pure randomize_layout regparm retain returns_nonnull
  returns_twice scalar_storage_order section sentinel simd stack_protect symver target target_clones tls_model transparent_union unavailable uninitialized unused used vector_size visibility
  warn_if_not_aligned warn_unused_result warning weak weakref zero_call_used_regs`.split(/\s+/);
const builtins = `__builtin_alloca __builtin_alloca_uninitialized __builtin_alloca_with_align __builtin_assoc_barrier __builtin_bit_cast __builtin_bswap16 __builtin_bswap32 __builtin_bswap64 __builtin_choose_expr
  __builtin_clear_padding __builtin_constant_p __builtin_counted_by_ref __builtin_dynamic_object_size __builtin_expect __builtin_expect_with_probability __builtin_has_attribute __builtin_isdigit
  __builtin_memcpy __builtin_mul_overflow __builtin_object_size __builtin_prefetch __builtin_speculation_safe_value __builtin_stdc_bit_ceil __builtin_strlen __builtin_thread_pointer
  __builtin_trap __builtin_types_compatible_p __builtin_unreachable __builtin_va_arg __builtin_offsetof`.split(/\s+/);

const work = mkdtempSync(join(tmpdir(), 'gcc-'));
try {
  const compilers = new Map(versions.map((version) => [version.major, unpack(version)]));
  const table = Object.entries(architectures).map(([arch, { triple, flags }]) => {
    let before = [];
    const rows = versions.map(({ major }) => {
      const lines = facts(compilers.get(major), triple, flags);
      const row = { major, gone: before.filter((line) => !lines.includes(line)).map(nameOf).filter((name) => !lines.some((line) => nameOf(line) === name)), lines: lines.filter((line) => !before.includes(line)) };
      before = lines;
      return row;
    });
    return { arch, rows };
  });
  writeFileSync(join(import.meta.dirname, 'table.ts'), source(table));
} finally {
  rmSync(work, { recursive: true });
}

/** A folder with the preprocessors and the libraries that they need, of one release. */
function unpack({ major, release }) {
  const folder = join(work, release);
  mkdirSync(join(folder, 'lists/partial'), { recursive: true });
  mkdirSync(join(folder, 'cache/archives/partial'), { recursive: true });
  writeFileSync(join(folder, 'sources.list'), `deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian ${release} main\n`);
  const options = [`Dir::Etc::sourcelist=${folder}/sources.list`, 'Dir::Etc::sourceparts=/dev/null', `Dir::State::lists=${folder}/lists`, `Dir::Cache=${folder}/cache`].flatMap((each) => ['-o', each]);
  const apt = (...args) => execFileSync('apt-get', [...options, '-qq', ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  apt('update');
  const native = major < 13 ? `cpp-${major}` : `cpp-${major}-x86-64-linux-gnu`;
  apt('download', native, `cpp-${major}-aarch64-linux-gnu`, `cpp-${major}-arm-linux-gnueabihf`, ...libraries);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) execFileSync('dpkg-deb', ['-x', join(folder, file), join(folder, 'root')]);
  return join(folder, 'root');
}

/** `NAME text` of every macro; `?NAME value` of attributes and `!NAME value` of builtins that are there. */
function facts(root, triple, flags) {
  const [compiler] = execFileSync('find', [root, '-name', 'cc1', '-path', `*/${triple}/*`], { encoding: 'utf8' }).split('\n');
  const [loader] = execFileSync('find', [root, '-name', 'ld-linux-x86-64.so.2'], { encoding: 'utf8' }).split('\n');
  const libs = ['lib', 'usr/lib'].map((folder) => join(root, folder, 'x86_64-linux-gnu')).join(':');
  const run = (input, ...args) => execFileSync(loader, ['--library-path', libs, compiler, '-quiet', '-E', '-nostdinc', ...kernelFlags, ...flags, ...args, '-'], { input, encoding: 'utf8' });
  const macros = run('', '-dM').split('\n').filter((line) => line !== '' && !/ __(?:DATE|TIME)__ /.test(line)).map((line) => line.replace('#define ', ''));
  const asked = [...attributes.map((name) => ['?', 'attribute', name]), ...builtins.map((name) => ['!', 'builtin', name])];
  const answers = run(asked.map(([, question, name]) => `__has_${question}(${name})\n`).join(''), '-P').trim().split(/\s+/);
  if (answers.length !== asked.length) throw new Error(`${triple}: ${answers.length} answers to ${asked.length} questions`);
  return [...macros.sort(), ...asked.flatMap(([mark, , name], index) => (answers[index] === '0' ? [] : [`${mark}${name} ${answers[index]}`]))];
}

function nameOf(line) {
  return /^[?!]?\w+/.exec(line)[0];
}

function source(table) {
  const quoted = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`;
  const rows = table.map(({ arch, rows }) => `  ${arch}: [\n${rows.map(({ major, gone, lines }) => `    { major: ${major}, gone: [${gone.map(quoted).join(', ')}], lines: [\n${lines.map((line) => `      ${quoted(line)},\n`).join('')}    ] },\n`).join('')}  ],\n`);
  return `// Made by generate.mjs beside this file: do not edit, run it again.
// By architecture, then by major version of gcc, each beside the one before: names that are gone, and lines that are new or different.
// A line is a macro and its text, \`?\` an attribute and what __has_attribute says of it, \`!\` a builtin.

export interface Version {
  readonly major: number;
  readonly gone: readonly string[];
  readonly lines: readonly string[];
}

export const table: Readonly<Record<string, readonly Version[]>> = {
${rows.join('')}};
`;
}
