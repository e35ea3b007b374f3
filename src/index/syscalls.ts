// System calls of one kernel: what SYSCALL_DEFINE() says their arguments are, from the image or from tracefs.
import type { Statements } from './statements.ts';

export interface SyscallSignature {
  /** Without `sys_`: `openat`. */
  readonly name: string;
  /** C text of the type, `const char *`, and the name. */
  readonly args: readonly { readonly type: string; readonly name: string }[];
}

/** Names that match a glob, sorted. */
export function syscallNames(statements: Statements, kernel: number, glob: string): readonly string[] {
  return statements.all<readonly [string]>('SELECT name FROM syscall WHERE kernel = ? AND name GLOB ? ORDER BY name', kernel, glob).map(([name]) => name);
}

/** undefined where the catalog has none of that name. */
export function readSyscall(statements: Statements, kernel: number, name: string): SyscallSignature | undefined {
  const row = statements.get<readonly [number]>('SELECT signature FROM syscall WHERE kernel = ? AND name = ?', kernel, name);
  if (row === undefined) return undefined;
  const args = statements.all<readonly [string, string]>('SELECT type, name FROM syscall_arg WHERE signature = ? ORDER BY position', row[0]);
  return { name, args: args.map(([type, arg]) => ({ type, name: arg })) };
}
