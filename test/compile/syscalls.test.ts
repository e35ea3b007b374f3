// Arguments of system calls by name: this machine's verifier takes the programs; what they read is in test/catalog/syscall.test.ts.
import { describe, expect, test } from 'vitest';
import { compileFor, complaints, load, specOf } from '../help/compiled.ts';
import { noKernel } from '../help/kernelbpf.ts';
import { runningBtf } from '../help/kernels.ts';
import { canReadEvents, runningKernel } from '../help/runningkernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const possible = noKernel === undefined && runningBtf() !== undefined && canReadEvents();

describe.runIf(possible)('arguments of system calls', () => {
  const kernel = runningKernel(scratchFolder());

  test.each([
    'kprobe:__x64_sys_openat { @[str(args.filename), args.dfd, args.flags, args.mode] = count(); }',
    'kprobe:__x64_sys_openat /args.flags & 1/ { printf("%s\\n", str(args.filename)); }',
    'kprobe:__x64_sys_connect { @[args.uservaddr->sa_family] = count(); }',
    'kprobe:__x64_sys_sendto { @ = hist(args.len); @a[args.addr_len] = count(); }',
    'kprobe:__x64_sys_openat { @ = args.regs->orig_ax; }',
    'kprobe:__x64_sys_openat, kprobe:__x64_sys_open { @[str(args.filename)] = count(); }',
    'fentry:__x64_sys_openat { @[str(args.filename), args.flags] = count(); }',
    'fexit:__x64_sys_openat /retval < 0/ { @[str(args.filename)] = count(); }',
  ])('%s', async (script) => {
    const loaded = await load(specOf(kernel, script));
    expect(loaded).toBe(script.startsWith('f') ? 0 : script.includes(', kprobe') ? 2 : 1);
  });

  test('the fourth one is not where a function has it', () => {
    const asm = compileFor(kernel, 'kprobe:__x64_sys_openat { @ = args.mode; }').dump('asm');
    expect(asm).toContain('r3 += 56');
  });

  test('what there is to choose from', () => {
    const script = 'kprobe:__x64_sys_openat { @ = args.file_name; }';
    expect(complaints(compileFor(kernel, script), script)).toBe(`\
stdin:1:31-45: ERROR: Can't find function parameter file_name
${script}
                              ~~~~~~~~~~~~~~
HINT: Did you mean filename?
`);
  });
});
