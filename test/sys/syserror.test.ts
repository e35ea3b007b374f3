import { describe, expect, test } from 'vitest';
import { SysError } from '../../src/base/errors.ts';
import { check, errnoName } from '../../src/sys/syserror.ts';

test.each([[1, 'EPERM'], [2, 'ENOENT'], [7, 'E2BIG'], [11, 'EAGAIN'], [95, 'EOPNOTSUPP'], [524, 'ENOTSUPP'], [4095, 'errno 4095']])('errno %i is %s', (errno, name) => {
  expect(errnoName(errno)).toBe(name);
});

describe('check', () => {
  test('lets results through', () => { expect(check('open', 3)).toBe(3); });
  test('throws what is negative, with call, number and detail', () => {
    expect(() => check('bpf(BPF_PROG_LOAD)', -13, 'kprobe:x')).toThrow(new SysError('bpf(BPF_PROG_LOAD)', 13, 'EACCES', 'kprobe:x'));
  });
});
