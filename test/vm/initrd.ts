// The initial file system of the guest: busybox, the modules that reach the host's files, and an init that hands over to guest.sh.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kernel } from './kernels.ts';
import { toolEnv } from './tools.ts';

const wanted = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];

/** Writes the initrd for that kernel. */
export function writeInitrd(kernel: Kernel, file: string): void {
  const root = mkdtempSync(join(tmpdir(), 'btfly-initrd-'));
  try {
    for (const folder of ['bin', 'mod', 'proc', 'sys', 'dev', 'lower', 'upper', 'new', 'job']) mkdirSync(join(root, folder));
    copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
    const modules = moduleFiles(kernel);
    modules.forEach((module, at) => { unpackModule(module, join(root, 'mod', `${String(at).padStart(2, '0')}.ko`)); });
    writeFileSync(join(root, 'init'), init, { mode: 0o755 });
    const list = execFileSync('find', ['.', '-print0'], { cwd: root });
    writeFileSync(file, execFileSync('cpio', ['--null', '--quiet', '-o', '-H', 'newc', '-R', '0:0'], { cwd: root, input: list, maxBuffer: 1 << 28 }));
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** In the order in which they must be loaded, each once. */
function moduleFiles(kernel: Kernel): readonly string[] {
  const files = wanted.flatMap((name) =>
    execFileSync('modprobe', ['-d', kernel.root, '-S', kernel.release, '--show-depends', name], { encoding: 'utf8', env: toolEnv })
      .split('\n')
      .filter((line) => line.startsWith('insmod '))
      .map((line) => line.split(' ')[1] ?? ''),
  );
  return [...new Set(files)];
}

function unpackModule(file: string, to: string): void {
  const tool = file.endsWith('.xz') ? 'xz' : file.endsWith('.zst') ? 'zstd' : undefined;
  if (tool === undefined) copyFileSync(file, to);
  else writeFileSync(to, execFileSync(tool, ['-dc', file], { maxBuffer: 1 << 27 }));
}

const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
for module in /mod/*.ko; do insmod $module; done
nineP=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o ro,cache=loose,$nineP root /lower
mount -t tmpfs none /upper
mkdir /upper/up /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/up,workdir=/upper/work overlay /new
mkdir -p /new/job
mount -t 9p -o cache=none,$nineP job /new/job
mount --move /proc /new/proc
mount --move /sys /new/sys
mount --move /dev /new/dev
exec switch_root /new /bin/sh /job/guest.sh
`;
