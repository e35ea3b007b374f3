// Debian's kernels, by series: the newest package that the mirror has, downloaded and unpacked once into a cache folder.
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { keyring, toolEnv } from './tools.ts';

export interface Series {
  readonly name: '6.1' | '6.12' | '7.2';
  /** Lines of sources.list that have it. */
  readonly sources: readonly string[];
}

export const series: readonly Series[] = [
  { name: '6.1', sources: ['http://deb.debian.org/debian bookworm main', 'http://deb.debian.org/debian-security bookworm-security main'] },
  { name: '6.12', sources: ['http://deb.debian.org/debian trixie main', 'http://deb.debian.org/debian-security trixie-security main'] },
  { name: '7.2', sources: ['http://deb.debian.org/debian sid main'] },
];

export interface Kernel {
  readonly series: Series['name'];
  /** `6.1.0-54-amd64` */
  readonly release: string;
  readonly vmlinuz: string;
  /** Folder that holds lib/modules/RELEASE. */
  readonly root: string;
  /** lib/modules/RELEASE, with what depmod writes. */
  readonly modules: string;
}

export function cacheFolder(): string {
  return process.env['BTFLY_TEST_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'btfly-test');
}

/** Fetches the series when the cache has it not (about 100 MB); who comes meanwhile waits. Throws when the mirror cannot be reached. */
export function kernel(name: Series['name']): Kernel {
  const wanted = series.find((one) => one.name === name);
  if (!wanted) throw new Error(`no series ${name}`);
  const folder = join(cacheFolder(), name);
  if (!existsSync(folder)) locked(name, () => { if (!existsSync(folder)) fetch(wanted, folder); });
  const [release] = readdirSync(join(folder, 'lib/modules'));
  if (release === undefined) throw new Error(`${folder}: no modules`);
  const modules = join(folder, 'lib/modules', release);
  const vmlinuz = [join(folder, 'boot', `vmlinuz-${release}`), join(modules, 'vmlinuz')].find((file) => existsSync(file));
  if (vmlinuz === undefined) throw new Error(`${folder}: no vmlinuz`);
  return { series: name, release, vmlinuz, root: folder, modules };
}

/** Path of the raw BTF of a series' vmlinux, taken out of its vmlinuz; fetches the series like `kernel`. */
export function kernelBtf(name: Series['name']): string {
  const { root, vmlinuz } = kernel(name);
  const file = join(root, 'vmlinux.btf');
  if (!existsSync(file)) locked(name, () => { if (!existsSync(file)) extractBtf(vmlinuz, file); });
  return file;
}

/** Only one process at a time: the lock hangs on the descriptor, so it is gone with its holder. */
export function locked(name: string, work: () => void): void {
  mkdirSync(cacheFolder(), { recursive: true });
  const file = openSync(join(cacheFolder(), `${name}.lock`), 'a');
  try {
    execFileSync('flock', ['--exclusive', '3'], { stdio: ['ignore', 'ignore', 'inherit', file] });
    work();
  } finally {
    closeSync(file);
  }
}

/** Writes the raw BTF of a vmlinuz into a file. */
export function extractBtf(vmlinuz: string, file: string): void {
  const work = mkdtempSync(join(cacheFolder(), 'btf-'));
  try {
    const elf = join(work, 'vmlinux');
    writeFileSync(elf, decompress(readFileSync(vmlinuz)));
    execFileSync('objcopy', ['--dump-section', `.BTF=${join(work, 'btf')}`, '-O', 'binary', elf, '/dev/null'], { stdio: ['ignore', 'ignore', 'pipe'] });
    renameSync(join(work, 'btf'), file);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Payload of a bzImage (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length), decompressed by the system's tools. */
function decompress(image: Buffer): Buffer {
  const setup = image.readUInt8(0x1f1) || 4;
  const start = (setup + 1) * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  const tool = payload.readUInt32BE(0) === 0xfd377a58 ? 'xz' : 'zstd';
  // The last four bytes are the size that kbuild appends; xz would call them trailing garbage.
  return execFileSync(tool, ['-dc'], { input: payload.subarray(0, -4), maxBuffer: 1 << 29 });
}

function fetch(wanted: Series, folder: string): void {
  const work = mkdtempSync(join(cacheFolder(), `${wanted.name}-`));
  try {
    const apt = aptFor(wanted, join(work, 'apt'));
    apt('apt-get', ['update', '-qq']);
    const packages = closure('linux-image-amd64', (name) => apt('apt-cache', ['depends', name]));
    mkdirSync(join(work, 'debs'));
    apt('apt-get', ['download', '-qq', ...packages], join(work, 'debs'));
    const root = join(work, 'root');
    for (const file of readdirSync(join(work, 'debs'))) execFileSync('dpkg', ['-x', join(work, 'debs', file), root]);
    rmSync(join(root, 'usr/share'), { recursive: true, force: true });
    if (!existsSync(join(root, 'lib'))) symlinkSync('usr/lib', join(root, 'lib'));
    const [release] = readdirSync(join(root, 'lib/modules'));
    execFileSync('depmod', ['-b', root, release ?? ''], { env: toolEnv });
    renameSync(root, folder);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Runs one of apt's tools and gives what it prints. */
export type Apt = (tool: string, args: readonly string[], cwd?: string) => string;

/** apt with sources, lists and cache of its own: the machine's stay as they are. */
export function aptFor(wanted: Series, state: string): Apt {
  mkdirSync(join(state, 'lists/partial'), { recursive: true });
  mkdirSync(join(state, 'cache/archives/partial'), { recursive: true });
  writeFileSync(join(state, 'sources.list'), wanted.sources.map((line) => `deb [arch=amd64 signed-by=${keyring}] ${line}\n`).join(''));
  const options = [
    `Dir::Etc::SourceList=${state}/sources.list`, 'Dir::Etc::SourceParts=/dev/null', `Dir::State::Lists=${state}/lists`, `Dir::Cache=${state}/cache`,
    'APT::Sandbox::User=root', 'APT::Update::Error-Mode=any', 'Acquire::Languages=none', 'Acquire::Retries=3',
  ];
  return (tool, args, cwd) => execFileSync(tool, [...options.flatMap((option) => ['-o', option]), ...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The packages behind the meta package that hold files of the kernel: image, and in Debian 14 also binary, modules and base (lists of what is built in). */
export function closure(meta: string, depends: (name: string) => string): readonly string[] {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    for (const [, next] of depends(name).matchAll(/^\s+Depends: (linux-(?:image|binary|modules|base)-[0-9]\S+)/gm)) {
      if (next !== undefined && !seen.has(next)) {
        seen.add(next);
        visit(next);
      }
    }
  };
  visit(meta);
  return [...seen];
}
