// Ids in the running kernel's BTF, as bpftool prints them.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { NotSupported } from '../../src/base/errors.ts';
import { kernelFs, kernelFsAt } from '../../src/base/kernelfs.ts';
import { KernelBtf } from '../../src/runtime/kernelbtf.ts';

const image = '/sys/kernel/btf/vmlinux';
const able = existsSync(image) && spawnSync('bpftool', ['version']).status === 0;

describe.skipIf(!able)('ids', () => {
  const dump = able ? execFileSync('bpftool', ['btf', 'dump', 'file', image], { encoding: 'utf8', maxBuffer: 1 << 28 }) : '';
  const idOf = (kind: string, name: string): number => Number(new RegExp(`^\\[(\\d+)\\] ${kind} '${name}' `, 'm').exec(dump)?.[1]);
  const btf = new KernelBtf(kernelFs);

  test.each(['vfs_read', 'do_nanosleep', 'tcp_sendmsg', 'bpf_task_from_pid'])('of the function %s', (name) => {
    expect(btf.function(name, 'vmlinux')).toBe(idOf('FUNC', name));
  });

  test.each(['btf_trace_sched_switch', 'btf_trace_sys_enter'])('of the typedef %s', (name) => {
    expect(btf.typedef(name, 'vmlinux')).toBe(idOf('TYPEDEF', name));
  });

  test('nothing for what is not there', () => {
    expect(btf.function('no_such_function', 'vmlinux')).toBeUndefined();
    // A name that is only the end of others, and one of another kind.
    expect(btf.function('fs_read', 'vmlinux')).toBeUndefined();
    expect(btf.function('task_struct', 'vmlinux')).toBeUndefined();
    expect(btf.function('vfs_read', 'no_such_module')).toBeUndefined();
  });
});

test('a kernel without BTF says so', () => {
  expect(() => new KernelBtf(kernelFsAt('/nonexistent')).function('vfs_read', 'vmlinux')).toThrow(NotSupported);
});
