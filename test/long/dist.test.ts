// The tarball on a bare Debian: a debootstrapped root that has Node and nothing of this project's needs: no compiler, no npm, no clang.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cacheFolder } from '../vm/kernels.ts';
import { root } from '../vm/paths.ts';

const chroot = join(cacheFolder(), 'bare');
const able = process.getuid?.() === 0 && spawnSync('sh', ['-c', 'command -v debootstrap']).status === 0;

describe.skipIf(!able)('the tarball on a bare Debian (needs root and debootstrap)', () => {
  beforeAll(() => {
    if (!existsSync(join(chroot, 'usr/bin/apt'))) {
      mkdirSync(cacheFolder(), { recursive: true });
      execFileSync('debootstrap', ['--variant=minbase', '--include=libstdc++6', 'bookworm', chroot, 'http://deb.debian.org/debian'], { stdio: 'ignore' });
    }
    copyFileSync(process.execPath, join(chroot, 'usr/bin/node'));
    const tarball = execFileSync('npm', ['run', '--silent', 'dist'], { cwd: root, encoding: 'utf8' }).trim().split('\n').at(-1) ?? '';
    rmSync(join(chroot, 'opt/btfly'), { recursive: true, force: true });
    rmSync(join(chroot, 'var/lib/btfly'), { recursive: true, force: true });
    mkdirSync(join(chroot, 'opt/btfly'));
    execFileSync('tar', ['-xzf', tarball, '-C', join(chroot, 'opt/btfly'), '--strip-components=1']);
  });

  const cases: readonly { readonly args: readonly string[]; readonly stdout: RegExp }[] = [
    { args: ['-V'], stdout: /^btfly v\d+\.\d+\.\d+\n$/ },
    { args: ['struct', 'list_head'], stdout: /^struct list_head \{\n\tstruct list_head \* {9}next; {17}\/\* {5}0 {5}8 \*\/\n/ },
    { args: ['-lv', 't:timer:hrtimer_start'], stdout: /^tracepoint:timer:hrtimer_start\n {4}void \* hrtimer\n/ },
    { args: ['-e', 'BEGIN { @x = (uint64)AF_INET6; printf("%s %d\\n", comm, sizeof(struct task_struct) > 1000); exit(); }'], stdout: /^btfly 1\n\n+@x: 10\n\n?$/ },
    { args: ['kernels'], stdout: /btf \d{5,}, .*tracefs \d{3,}/ },
  ];

  test('it has no compiler', () => {
    expect(inside('command -v gcc g++ clang make python3 npm; echo none').stdout).toBe('none\n');
  });

  test.each(cases)('btfly $args', ({ args, stdout }) => {
    const done = inside(`/opt/btfly/bin/btfly ${args.map((word) => `'${word}'`).join(' ')}`);
    expect(done.stderr.replace(/^Attached \d+ probes?\n/m, '')).toBe('');
    expect(done.stdout).toMatch(stdout);
  });
});

/** In the root, with the kernel's file systems mounted for this process alone. */
function inside(script: string): { stdout: string; stderr: string } {
  const setUp = `mount --bind /sys ${chroot}/sys; mount -t tracefs none ${chroot}/sys/kernel/tracing; mount -t proc none ${chroot}/proc; exec chroot ${chroot} env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh -c "$1"`;
  const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', setUp, 'sh', script], { encoding: 'utf8' });
  return { stdout, stderr };
}
