// Arguments of system calls by name. The entry functions (`__x64_sys_openat`) take only a pointer to the registers of the process
// (arch/x86/include/asm/syscall_wrapper.h): what SYSCALL_DEFINE() says of the call tells what lies in them.
import type { Arch } from '../base/arch.ts';
import type { Argument } from '../ctype/probes.ts';
import { strip } from '../ctype/types.ts';
import { fieldType } from './fieldtype.ts';
import type { ProbedKernel } from './provider/provider.ts';

/** `openat` for `__x64_sys_openat`; undefined for functions that are no entry of a system call. */
function syscallOf(arch: Arch, name: string): string | undefined {
  const prefix = `${arch.syscallPrefix}sys_`;
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/** Arguments of the system call that a function is the entry of; empty for other functions, and where nothing is known. */
export function syscallArguments(kernel: ProbedKernel, name: string): readonly Argument[] {
  const call = syscallOf(kernel.arch, name);
  const signature = call === undefined ? undefined : kernel.types.syscall(call);
  return (signature?.args ?? []).flatMap(({ name: argument, type: text }, index) => {
    const offset = kernel.arch.syscallRegisters[index];
    if (offset === undefined) return [];
    const type = fieldType(kernel.types, { type: text, array: '', size: 8, signed: false });
    return [{ name: argument, type, text, place: { in: 'saved', offset }, user: strip(kernel.types, type).kind === 'ptr' }];
  });
}

/** With those of the system call behind the function's own, which keep their names. */
export function withSyscallArguments(kernel: ProbedKernel, name: string, own: readonly Argument[]): readonly Argument[] {
  const names = new Set(own.map((argument) => argument.name));
  return [...own, ...syscallArguments(kernel, name).filter((argument) => !names.has(argument.name))];
}

/** Functions that a system call goes through on its way: their pointers came from the process. */
export function isSyscallBody(name: string): boolean {
  return /^__(?:do|se)_sys_/.test(name);
}
