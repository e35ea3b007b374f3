// What a machine must have to fetch Debian's kernels and to boot them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Signs Debian's mirrors. */
export const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** For tools that are not on a user's PATH. */
export const toolEnv = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/** Tool → Debian package that brings it. */
const tools = {
  'apt-get': 'apt', dpkg: 'dpkg', modprobe: 'kmod', xz: 'xz-utils', zstd: 'zstd', cpio: 'cpio', objcopy: 'binutils',
  flock: 'util-linux', setpriv: 'util-linux', 'qemu-system-x86_64': 'qemu-system-x86',
} as const;

/** Why virtual machines cannot run here, with what to install; undefined when they can. */
export function missing(): string | undefined {
  if (process.arch !== 'x64') return `the virtual machines run this machine's programs under Debian's amd64 kernels; this machine is ${process.arch}`;
  const packages = Object.entries(tools).filter(([tool]) => shell(`command -v ${tool}`) !== 0).map(([, name]) => name as string);
  // The other busybox needs libraries, which an initrd does not have.
  if (shell('[ -x /bin/busybox ] && ! ldd /bin/busybox') !== 0) packages.push('busybox-static');
  if (!existsSync(keyring)) packages.push('debian-archive-keyring');
  return packages.length === 0 ? undefined : `the virtual machines need: apt-get install -y --no-install-recommends ${[...new Set(packages)].join(' ')}`;
}

function shell(script: string): number | null {
  return spawnSync('sh', ['-c', script], { env: toolEnv, stdio: 'ignore' }).status;
}
