// Debian's header packages of the kernels that the tests know, downloaded and unpacked once into the cache folder, with the BTF of the same build.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { aptFor, cacheFolder, closure, extractBtf, kernelBtf, locked, series, type Apt, type Series } from '../vm/kernels.ts';

export interface HeaderPackages {
  readonly series: Series['name'];
  /** `6.1.0-56-amd64` */
  readonly release: string;
  /** usr/src/linux-headers-V-common */
  readonly common: string;
  /** usr/src/linux-headers-RELEASE, which was configured. */
  readonly build: string;
  /** Raw BTF of the vmlinux that was built with them. */
  readonly btf: string;
}

/** The pairs that can be had, fetched when they are not here yet; with the reasons why others cannot. */
export function headerPackages(): { readonly found: readonly HeaderPackages[]; readonly missing: readonly string[] } {
  const found: HeaderPackages[] = [];
  const missing: string[] = [];
  for (const { name } of series) {
    try {
      found.push(headerPackage(name));
    } catch (error) {
      missing.push(`${name}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
    }
  }
  return { found, missing };
}

/** Fetches the packages of a series when the cache has them not (12 MB). Throws when the mirror cannot be reached. */
export function headerPackage(name: Series['name']): HeaderPackages {
  const wanted = series.find((one) => one.name === name);
  if (!wanted) throw new Error(`no series ${name}`);
  const folder = join(cacheFolder(), 'headers', name);
  if (!existsSync(folder)) locked(`headers-${name}`, () => { if (!existsSync(folder)) fetch(wanted, folder); });
  return packagesIn(name, folder);
}

/** Those of the cache; nothing is downloaded. */
export function cachedHeaders(): readonly HeaderPackages[] {
  return series.map(({ name }) => ({ name, folder: join(cacheFolder(), 'headers', name) })).filter(({ folder }) => existsSync(folder)).map(({ name, folder }) => packagesIn(name, folder));
}

function packagesIn(name: Series['name'], folder: string): HeaderPackages {
  const [release] = readdirSync(join(folder, 'lib/modules'));
  if (release === undefined) throw new Error(`${folder}: no release`);
  const own = join(folder, 'vmlinux.btf');
  return {
    series: name,
    release,
    common: join(folder, 'usr/src', `linux-headers-${release.replace(/-amd64$/, '-common')}`),
    build: join(folder, 'usr/src', `linux-headers-${release}`),
    btf: existsSync(own) ? own : kernelBtf(name),
  };
}

function fetch(wanted: Series, folder: string): void {
  mkdirSync(join(cacheFolder(), 'headers'), { recursive: true });
  const work = mkdtempSync(join(cacheFolder(), `headers-${wanted.name}-`));
  try {
    const apt = aptFor(wanted, join(work, 'apt'));
    apt('apt-get', ['update', '-qq']);
    const cached = cachedRelease(wanted.name);
    const kept = cached !== undefined && available(apt, `linux-headers-${cached}`);
    const release = kept ? cached : newest(apt);
    const root = unpacked(apt, [`linux-headers-${release}`, `linux-headers-${release.replace(/-amd64$/, '-common')}`], join(work, 'root'));
    if (!kept) fetchBtf(apt, release, work, join(root, 'vmlinux.btf'));
    rmSync(join(root, 'usr/share'), { recursive: true, force: true });
    if (!existsSync(join(root, 'lib'))) symlinkSync('usr/lib', join(root, 'lib'));
    renameSync(root, folder);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The release of the image that the other suites have: headers of just that one are wanted. */
function cachedRelease(name: Series['name']): string | undefined {
  const modules = join(cacheFolder(), name, 'lib/modules');
  return existsSync(modules) ? readdirSync(modules)[0] : undefined;
}

function available(apt: Apt, name: string): boolean {
  return apt('apt-cache', ['search', '--names-only', `^${name.replaceAll(/[.+]/g, '\\$&')}$`]).trim() !== '';
}

function newest(apt: Apt): string {
  const release = /Depends: linux-headers-([0-9]\S+)/.exec(apt('apt-cache', ['depends', 'linux-headers-amd64']))?.[1];
  if (release === undefined) throw new Error('linux-headers-amd64 names no release');
  return release;
}

function unpacked(apt: Apt, packages: readonly string[], root: string): string {
  const debs = `${root}.debs`;
  mkdirSync(debs);
  apt('apt-get', ['download', '-qq', ...packages], debs);
  for (const file of readdirSync(debs)) execFileSync('dpkg', ['-x', join(debs, file), root]);
  return root;
}

/** The mirror has moved on: the image of the same build comes along, for its BTF alone. */
function fetchBtf(apt: Apt, release: string, work: string, file: string): void {
  const image = `linux-image-${release}`;
  const root = unpacked(apt, [image, ...closure(image, (name) => apt('apt-cache', ['depends', name])).filter((name) => !name.startsWith('linux-modules-'))], join(work, 'image'));
  const vmlinuz = [join(root, 'boot', `vmlinuz-${release}`), join(root, 'usr/lib/modules', release, 'vmlinuz'), join(root, 'lib/modules', release, 'vmlinuz')].find((path) => existsSync(path));
  if (vmlinuz === undefined) throw new Error(`${image} has no vmlinuz`);
  extractBtf(vmlinuz, file);
}
