import { describe, expect, test } from 'vitest';
import { NotSupported, SysError } from '../../src/base/errors.ts';
import { kernelFsAt } from '../../src/base/kernelfs.ts';
import { explain } from '../../src/runtime/privileges.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';

const all = '000001ffffffffff';
const status = (effective: string, seccomp = 0): string => `Name:\tbtfly\nCapInh:\t0000000000000000\nCapEff:\t${effective}\nNoNewPrivs:\t0\nSeccomp:\t${seccomp}\nSeccomp_filters:\t0\n`;
const bpfAndPerfmon = ((1n << 39n) | (1n << 38n)).toString(16).padStart(16, '0');
const onlyBpf = (1n << 39n).toString(16).padStart(16, '0');

const denied = new SysError('bpf(BPF_PROG_LOAD)', 1, 'EPERM', 'BEGIN');

function explained(files: Readonly<Record<string, string>>, error: unknown = denied): unknown {
  const folder = scratchFolder();
  writeTree(folder, { 'proc/self/uid_map': '         0          0 4294967295\n', ...files });
  return explain(error, kernelFsAt(folder));
}

describe('a refusal is explained by what is missing', () => {
  test.each<[string, Record<string, string>, string]>([
    ['no capability', { 'proc/self/status': status('0000000000000000') }, 'tracing needs CAP_BPF and CAP_PERFMON, this process lacks CAP_BPF and CAP_PERFMON (bpf(BPF_PROG_LOAD): EPERM: BEGIN)'],
    ['one of them', { 'proc/self/status': status(onlyBpf) }, 'tracing needs CAP_BPF and CAP_PERFMON, this process lacks CAP_PERFMON (bpf(BPF_PROG_LOAD): EPERM: BEGIN)'],
    ['a user namespace', { 'proc/self/status': status(all), 'proc/self/uid_map': '0 1000 1\n' }, 'this process runs inside a user namespace (a rootless container), whose root may not trace the kernel (bpf(BPF_PROG_LOAD): EPERM: BEGIN)'],
    ['seccomp', { 'proc/self/status': status(all, 2) }, 'a seccomp filter (of a container, usually) forbids bpf(2) or perf_event_open(2) (bpf(BPF_PROG_LOAD): EPERM: BEGIN)'],
    ['lockdown', { 'proc/self/status': status(bpfAndPerfmon), 'sys/kernel/security/lockdown': 'none [integrity] confidentiality\n' }, 'the kernel is locked down (integrity) (bpf(BPF_PROG_LOAD): EPERM: BEGIN)'],
    ['nothing that could be found', { 'proc/self/status': status(all), 'sys/kernel/security/lockdown': '[none] integrity confidentiality\n' }, 'the kernel refused, though this process has CAP_BPF and CAP_PERFMON (bpf(BPF_PROG_LOAD): EPERM: BEGIN)'],
  ])('%s', (_, files, message) => {
    const error = explained(files);
    expect(error).toBeInstanceOf(NotSupported);
    expect((error as NotSupported).message).toBe(message);
    expect((error as NotSupported).ways.length).toBeGreaterThan(0);
    expect((error as NotSupported).cause).toBe(denied);
  });
});

test('CAP_SYS_ADMIN stands for both', () => {
  const error = explained({ 'proc/self/status': status((1n << 21n).toString(16)), 'sys/kernel/security/lockdown': 'none integrity [confidentiality]\n' });
  expect((error as NotSupported).feature).toBe('lockdown');
});

test('a kernel without bpf(2)', () => {
  expect((explained({}, new SysError('bpf(BPF_MAP_CREATE)', 38, 'ENOSYS')) as NotSupported).message).toBe('this kernel has no bpf(2): it was built without CONFIG_BPF_SYSCALL');
});

test.each([new SysError('write x', 28, 'ENOSPC'), new Error('another'), new SysError('bpf(BPF_MAP_CREATE)', 7, 'E2BIG')])('%s stays as it is', (error) => {
  expect(explained({}, error)).toBe(error);
});
