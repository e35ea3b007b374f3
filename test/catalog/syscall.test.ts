import { expect, test } from 'vitest';
import { arches } from '../../src/base/arch.ts';
import { KernelProbes } from '../../src/catalog/catalog.ts';
import { listing, listingText } from '../../src/catalog/list.ts';
import type { Probe } from '../../src/ctype/probes.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const kernel = await fakeKernel(scratchFolder(), {
  types(btf) {
    const int = btf.int('int', 4, 1);
    const long = btf.int('long int', 8, 1);
    const char = btf.int('char', 1, 1);
    const regs = btf.ptr(btf.konst(btf.struct('pt_regs', 168, [{ name: 'ax', type: long, offset: 80 * 8 }])));
    const address = btf.ptr(btf.struct('sockaddr', 16, [{ name: 'x', type: int, offset: 0 }]));
    btf.typedef('umode_t', btf.int('short unsigned int', 2));
    for (const name of ['__x64_sys_openat', '__arm64_sys_openat', '__x64_sys_getpid', '__x64_sys_none', '__x64_sys_sendto']) btf.func(name, btf.proto(long, [['regs', regs]]));
    btf.func('__do_sys_openat', btf.proto(long, [['dfd', int], ['filename', btf.ptr(btf.konst(char))]]));
    btf.func('openat', btf.proto(long, [['address', address]]));
  },
  symbols: ['__x64_sys_openat', '__arm64_sys_openat', '__x64_sys_getpid', '__x64_sys_none', '__x64_sys_sendto', '__x64_sys_untyped', '__do_sys_openat', 'openat'],
  events: {
    'syscalls:sys_enter_openat': ['int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1', 'int dfd;\toffset:16;\tsize:8;\tsigned:0', 'const char * filename;\toffset:24;\tsize:8;\tsigned:0', 'int flags;\toffset:32;\tsize:8;\tsigned:0', 'umode_t mode;\toffset:40;\tsize:8;\tsigned:0'],
    'syscalls:sys_enter_getpid': ['int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1'],
    'syscalls:sys_enter_untyped': ['int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1', 'struct gone * regs;\toffset:16;\tsize:8;\tsigned:0'],
    'syscalls:sys_enter_sendto': ['a', 'b', 'c', 'd', 'struct sockaddr * e', 'f'].map((name, index) => `${name.includes(' ') ? name : `long ${name}`};\toffset:${16 + 8 * index};\tsize:8;\tsigned:0`),
  },
});

function described(probe: Pick<Probe, 'provider' | 'name'>, arch: 'x86_64' | 'arm64' = 'x86_64'): readonly string[] {
  const probes = new KernelProbes({ ...kernel, arch: arches[arch], typesOf: () => kernel.types });
  return probes.detail({ ...probe, scope: 'vmlinux' }).arguments.map(({ name, text, place, user }) => {
    const where = place.in === 'registers' ? place.offsets.join() : 'offset' in place ? place.offset : place.first;
    return `${text} ${name}: ${place.in} ${where}${user ? ' user' : ''}`;
  });
}

test.each<[Probe['provider'], string, 'x86_64' | 'arm64', readonly string[]]>([
  ['kprobe', '__x64_sys_openat', 'x86_64', ['const struct pt_regs * regs: registers 112', 'int dfd: saved 112', 'const char * filename: saved 104 user', 'int flags: saved 96', 'umode_t mode: saved 56']],
  ['fentry', '__x64_sys_openat', 'x86_64', ['const struct pt_regs * regs: slots 0', 'int dfd: saved 112', 'const char * filename: saved 104 user', 'int flags: saved 96', 'umode_t mode: saved 56']],
  ['kprobe', '__arm64_sys_openat', 'arm64', ['const struct pt_regs * regs: registers 0', 'int dfd: saved 0', 'const char * filename: saved 8 user', 'int flags: saved 16', 'umode_t mode: saved 24']],
  ['kprobe', '__arm64_sys_openat', 'x86_64', ['const struct pt_regs * regs: registers 112']],
  ['kprobe', '__x64_sys_sendto', 'x86_64', ['const struct pt_regs * regs: registers 112', 'long a: saved 112', 'long b: saved 104', 'long c: saved 96', 'long d: saved 56', 'struct sockaddr * e: saved 72 user', 'long f: saved 64']],
  ['kprobe', '__x64_sys_getpid', 'x86_64', ['const struct pt_regs * regs: registers 112']],
  ['kprobe', '__x64_sys_none', 'x86_64', ['const struct pt_regs * regs: registers 112']],
  // BTF does not have it, the system call's description does; what is called regs there is not hidden by a parameter.
  ['kprobe', '__x64_sys_untyped', 'x86_64', ['struct gone * regs: saved 112 user']],
  ['kprobe', '__do_sys_openat', 'x86_64', ['int dfd: registers 112', 'const char * filename: registers 104 user']],
  ['kprobe', 'openat', 'x86_64', ['struct sockaddr * address: registers 112']],
])('%s:%s on %s', (provider, name, arch, expected) => {
  expect(described({ provider, name }, arch)).toEqual(expected);
});

test('a listing has them behind the registers', () => {
  expect(listingText(listing(kernel, 'kprobe:__x64_sys_o*', true))).toBe('kprobe:__x64_sys_openat\n    const struct pt_regs * arg0\n    int dfd\n    const char * filename\n    int flags\n    umode_t mode\n');
});
