// The machine itself: every series boots, is the kernel it says, and has what the other tests stand on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { kernel, series } from './kernels.ts';
import { startLoad } from './load.ts';
import type { Machine } from './machine.ts';
import { boot } from './machine.ts';
import { root } from './paths.ts';

describe.skipIf(inject('vmMissing') !== '').each(series.map(({ name }) => name))('%s', (name) => {
  let machine: Machine;
  beforeAll(async () => { machine = await boot(kernel(name)); });
  afterAll(async () => { await machine.close(); });

  const jobs: readonly { readonly what: string; readonly script: string; readonly stdout: () => string; readonly stderr?: string; readonly status?: number }[] = [
    { what: 'is the kernel it says', script: 'uname -r', stdout: () => `${kernel(name).release}\n` },
    { what: 'has BTF', script: 'test -s /sys/kernel/btf/vmlinux && echo BTF', stdout: () => 'BTF\n' },
    { what: 'has two processors', script: 'cat /sys/devices/system/cpu/online', stdout: () => '0-1\n' },
    {
      what: 'has the file systems of a booted one',
      script: 'for at in /tmp /run /sys/kernel/tracing /sys/kernel/debug /sys/fs/bpf /sys/fs/cgroup; do stat -f -c %T $at; done; cat /dev/fd/0 <<< fd',
      stdout: () => 'tmpfs\ntmpfs\ntracefs\ndebugfs\nbpf_fs\ncgroup2fs\nfd\n',
    },
    {
      what: 'has kprobes',
      script: 'cd /sys/kernel/tracing; cat current_tracer; echo p:btfly_test tcp_sendmsg > kprobe_events && grep -c btfly_test kprobe_events; echo > kprobe_events',
      stdout: () => 'nop\n1\n',
    },
    { what: 'has its modules', script: 'modprobe dummy && grep -c "^dummy " /proc/modules', stdout: () => '1\n' },
    { what: 'runs jobs in the project', script: 'pwd; ls bin/btfly', stdout: () => `${root}\nbin/btfly\n` },
    { what: 'runs this Node', script: 'node -p process.version; echo "$HOME$NODE_EXTRA_CA_CERTS"', stdout: () => `${process.version}\n/tmp\n` },
    { what: 'reports what a job wrote, and its status', script: 'echo out; echo err >&2; exit 7', stdout: () => 'out\n', stderr: 'err\n', status: 7 },
  ];

  test.each(jobs)('$what', async ({ script, stdout, stderr = '', status = 0 }) => {
    expect(await machine.run(script)).toEqual({ stdout: stdout(), stderr, status });
  });

  test('cannot change the files of this machine', async () => {
    expect((await machine.run('echo new > test/vm/written; cat test/vm/written')).stdout).toBe('new\n');
    expect(existsSync(join(root, 'test/vm/written'))).toBe(false);
  });

  test('runs jobs side by side, and on when one was killed with all its children', async () => {
    const slow = machine.run('echo begun; sleep 1000 & setsid sleep 1000 & wait', { timeoutMs: 5_000 });
    const quick = machine.run('echo quick');
    await expect(slow).rejects.toThrow(/longer than 5000 ms and was killed:\n[^]*stdout:\nbegun\n/);
    expect((await quick).stdout).toBe('quick\n');
    expect((await machine.run('/bin/busybox pgrep -x sleep || echo none')).stdout).toBe('none\n');
  });

  test('carries a load of known sizes', async () => {
    const load = await startLoad(machine);
    const before = await load.sent();
    await machine.run('sleep 2');
    const after = await load.sent();
    expect(after.small - before.small).toBeGreaterThan(100);
    expect(after.large - before.large).toBeGreaterThan(20);
    expect((await machine.run('cat /proc/net/tcp')).stdout).toContain(`0100007F:${load.clientPort.toString(16).toUpperCase()} 0100007F:${load.serverPort.toString(16).toUpperCase()} 01 `);
    await load.stop();
  });
});
