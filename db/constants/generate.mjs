// Makes constants.tsv: the value of every integer macro without parameters in the kernel's UAPI headers (package linux-libc-dev) and in a few
// headers of its inside (linux-headers-*-common), for each architecture, as a compiler evaluates it. Nothing in the table is typed by hand.
//
//   node db/constants/generate.mjs            downloads both packages of Debian sid, writes db/constants/constants.tsv
//   node db/constants/generate.mjs --print    writes to standard output
//   node db/constants/generate.mjs --installed --print    from the headers of this machine, for its architecture only
//
// Needs gcc, and for the download apt-get and dpkg-deb.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const output = join(dirname(fileURLToPath(import.meta.url)), 'constants.tsv');

/** Folders of UAPI headers that are read whole; `asm` stands for the architecture's own. */
const folders = ['asm', 'asm-generic', 'linux', 'misc', 'mtd', 'scsi'];

/** System call numbers of 32-bit programs would stand beside those of the kernel's own ABI. */
const leftOut = new Set(['asm/unistd_32.h', 'asm/unistd_x32.h']);

/** Headers of the kernel's inside, for names that stand in no UAPI header: AF_*, PF_*, SOL_*, MSG_*, TASK_*, ERESTARTSYS, NSEC_PER_SEC. */
const inside = ['linux/socket.h', 'linux/sched.h', 'linux/errno.h', 'linux/kdev_t.h', 'linux/fs.h', 'vdso/time64.h'];

/** What a 64-bit kernel of a distribution has set, as far as those headers ask. */
const insideDefines = ['-D__KERNEL__', '-DCONFIG_64BIT=1', '-DCONFIG_COMPAT=1', '-DCONFIG_MMU=1', '-DCONFIG_SMP=1', '-DIS_ENABLED(x)=0'];

/** Types that UAPI headers expect from the C library, which is left out: it belongs to one architecture. */
const library = `#include <stddef.h>
#include <stdint.h>
typedef unsigned short u_short; typedef uint64_t u64; typedef uint32_t u32; typedef uint16_t u16; typedef uint8_t u8; typedef unsigned short sa_family_t;
struct sockaddr { sa_family_t sa_family; char sa_data[14]; };
`;

const architectures = [
  { name: 'x86_64', multiarch: 'x86_64-linux-gnu', node: 'x64', defines: [] },
  { name: 'arm64', multiarch: 'aarch64-linux-gnu', node: 'arm64', defines: ['-U__x86_64__', '-U__i386__', '-D__aarch64__', '-funsigned-char'] },
];

/** Where headers are, and what they came from. */
function downloaded() {
  const apt = aptOfSid();
  const headers = /Depends: (linux-headers-\S+)/.exec(apt('apt-cache', ['depends', 'linux-headers-amd64']).replace(/linux-base\S*/g, ''))?.[1];
  const common = /Depends: (linux-headers-\S+-common)/.exec(apt('apt-cache', ['depends', headers]))?.[1];
  const debs = join(work, 'debs');
  mkdirSync(debs);
  apt('apt-get', ['download', '-qq', 'linux-libc-dev', common], debs);
  for (const file of readdirSync(debs)) execFileSync('dpkg-deb', ['-x', join(debs, file), join(work, 'root')]);
  const origin = readdirSync(debs).sort().map((file) => file.replace(/_all\.deb$/, '').replace('_', ' ').replaceAll('%2b', '+').replaceAll('%3a', ':'));
  return { root: join(work, 'root/usr/include'), source: join(work, 'root/usr/src', common, 'include'), architectures, origin };
}

function installed() {
  const source = existsSync('/usr/src') ? readdirSync('/usr/src').filter((name) => /^linux-headers-.*-common$/.test(name)).sort().at(-1) : undefined;
  const version = spawnSync('dpkg-query', ['-W', 'linux-libc-dev'], { encoding: 'utf8' }).stdout.trim().replace('\t', ' ');
  return {
    root: '/usr/include', source: source === undefined ? undefined : join('/usr/src', source, 'include'),
    architectures: architectures.filter((each) => each.node === process.arch), origin: [version],
  };
}

/** apt with sources, lists and cache of its own: the machine's stay as they are. */
function aptOfSid() {
  const state = join(work, 'apt');
  mkdirSync(join(state, 'lists/partial'), { recursive: true });
  mkdirSync(join(state, 'cache/archives/partial'), { recursive: true });
  writeFileSync(join(state, 'sources.list'), 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian sid main\n');
  const settings = [`Dir::Etc::SourceList=${state}/sources.list`, 'Dir::Etc::SourceParts=/dev/null', `Dir::State::Lists=${state}/lists`, `Dir::Cache=${state}/cache`, 'APT::Sandbox::User=root'];
  const run = (tool, args, cwd) => execFileSync(tool, [...settings.flatMap((each) => ['-o', each]), ...args], { cwd, encoding: 'utf8' });
  run('apt-get', ['update', '-qq']);
  return run;
}

/** The whole file. A row whose value is the same everywhere has no architecture. */
function table({ root, source, architectures: wanted, origin }) {
  const rows = new Map();
  for (const arch of wanted) {
    for (const constant of [...uapiConstants(root, arch), ...(source === undefined ? [] : insideConstants(source, arch))]) {
      const key = `${constant.name}\t${constant.header}`;
      rows.set(key, { ...rows.get(key), [arch.name]: constant.value });
    }
  }
  const lines = [...rows].flatMap(([key, values]) => {
    const [name, header] = key.split('\t');
    const distinct = new Set(wanted.map((arch) => values[arch.name]));
    if (distinct.size === 1) return [`${name}\t\t${header}\t${[...distinct][0]}`];
    return Object.entries(values).map(([arch, value]) => `${name}\t${arch}\t${header}\t${value}`);
  });
  const head = [
    '# Generated by generate.mjs beside this file. Do not edit: run it again.',
    `# From ${origin.join(', ')}; architectures ${wanted.map((arch) => arch.name).join(', ')}.`,
    '# name, architecture (empty: all), header, value',
  ];
  return `${[...head, ...lines.sort()].join('\n')}\n`;
}

function* uapiConstants(root, arch) {
  const own = join(root, arch.multiarch);
  const headers = folders.flatMap((folder) => headersIn(folder === 'asm' ? own : root, folder)).filter((header) => !leftOut.has(header));
  const text = (header) => readFileSync(join(header.startsWith('asm/') ? own : root, header), 'latin1');
  const flags = [...arch.defines, '-I', own, '-I', root, '-I', emptyHeaders(headers.map(text), [own, root])];
  for (const header of headers) {
    const names = macroNames(text(header));
    const include = `#include <${header}>\n`;
    // Some headers want the library's types, some define them; of a few only the macros can be used.
    for (const head of [include, library + include, `${directivesOf(text(header))}\n`]) {
      const found = evaluate(names, head, flags, header);
      yield* found;
      if (found.length > 0) break;
    }
  }
}

/** Headers of the C library that UAPI headers include, with nothing in them. */
function emptyHeaders(texts, roots) {
  const folder = join(work, 'empty');
  const wanted = new Set(texts.flatMap((text) => [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*<([\w./-]+)>/gm)].map(([, name]) => name)));
  for (const name of wanted) {
    if (roots.some((root) => existsSync(join(root, name))) || ['stddef.h', 'stdint.h', 'stdbool.h', 'limits.h'].includes(name)) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
  return folder;
}

/** Only what the preprocessor sees of a header: its code needs a configured kernel, its macros do not. */
function* insideConstants(source, arch) {
  for (const header of inside) {
    const path = join(source, header);
    if (!existsSync(path)) continue;
    const text = readFileSync(path, 'latin1');
    yield* evaluate(macroNames(text), `${directivesOf(text)}\n`, [...insideDefines, ...arch.defines], header);
  }
}

function directivesOf(text) {
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, ' ');
  return [...plain.matchAll(/^[ \t]*#[ \t]*(?:define|undef|if|ifdef|ifndef|elif|else|endif)\b(?:[^\n\\]|\\[\s\S])*/gm)].map(([line]) => line).join('\n');
}

function headersIn(base, folder) {
  return readdirSync(join(base, folder), { recursive: true }).filter((name) => name.endsWith('.h')).map((name) => join(folder, name)).sort();
}

/** Macros without parameters that have a body which may be an integer. */
function macroNames(text) {
  const found = [...text.matchAll(/^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)[ \t]+((?:[^\n\\]|\\[\s\S])+)/gm)];
  const names = found.filter(([, , body]) => !/["{};]|^\s*\/[/*]|__attribute__|\b(?:struct|union|void|char|static|extern|inline|typeof)\b/.test(body.replace(/\/\*[\s\S]*?\*\//g, '')));
  return [...new Set(names.map(([, name]) => name))];
}

/** Asks the compiler for each name, a line each; lines that it refuses are taken out until it is content. */
function evaluate(names, head, flags, header) {
  const line = (name) =>
    `\n#ifdef ${name}\nvoid f_${name}(void) { asm volatile("@@ ${name} %c0 %c1 %c2" :: "i"((long long)(${name})), "i"(__builtin_classify_type(${name})), "i"((__typeof__(${name}))-1 > 0)); }\n#endif\n`;
  let left = names;
  for (let tries = 0; left.length > 0 && tries < 50; tries++) {
    const start = head.split('\n').length;
    const { status, stdout, stderr } = spawnSync('gcc', [...gcc, ...flags, '-'], {
      input: head + left.map(line).join(''), encoding: 'latin1', maxBuffer: 1 << 28, env: { ...process.env, LC_ALL: 'C' },
    });
    if (status === 0) return [...stdout.matchAll(/^\s*@@ (\w+) (-?\d+) (\d+) ([01])$/gm)].flatMap(([, name, value, type, unsigned]) => answer(name, BigInt(value), Number(type), unsigned === '1', header));
    const wrong = new Set([...stderr.matchAll(/^<stdin>:(\d+):(?:\d+:)? error/gm)].map(([, at]) => Math.floor((Number(at) - start - 1) / 4)));
    const before = left.length;
    left = left.filter((_, index) => !wrong.has(index));
    if (left.length === before) return [];
  }
  return [];
}

/** Errors are wanted at the line that uses a macro, not where it was defined. */
const gcc = [
  '-xc', '-std=gnu11', '-O1', '-w', '-fno-pic', '-ffreestanding', '-ftrack-macro-expansion=0', '-fmax-errors=0', '-nostdinc',
  '-isystem', execFileSync('gcc', ['-print-file-name=include'], { encoding: 'utf8' }).trim(), '-S', '-o', '-',
];

/** Types of __builtin_classify_type: 1 integer, 2 char, 3 enum, 4 bool. */
function answer(name, value, type, unsigned, header) {
  return type >= 1 && type <= 4 ? [{ name, header, value: unsigned ? BigInt.asUintN(64, value) : value }] : [];
}

const options = new Set(process.argv.slice(2));
const work = mkdtempSync(join(tmpdir(), 'btfly-constants-'));
try {
  const text = options.has('--installed') ? table(installed()) : table(downloaded());
  if (options.has('--print')) process.stdout.write(text);
  else writeFileSync(output, text);
} finally {
  rmSync(work, { recursive: true });
}
