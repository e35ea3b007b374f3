// Turns the addon's "minus errno" into SysError.
import { constants } from 'node:os';
import { SysError } from '../base/errors.ts';

/** The result when it is not negative; else throws SysError named after the call. */
export function check(call: string, result: number, detail?: string): number {
  if (result >= 0) return result;
  throw sysError(call, -result, detail);
}

export function sysError(call: string, errno: number, detail?: string): SysError {
  return new SysError(call, errno, errnoName(errno), detail);
}

/** `EPERM`; of two names for one number the one that kernels use. */
export function errnoName(errno: number): string {
  const kernels = kernelNames[errno];
  if (kernels !== undefined) return kernels;
  for (const [name, value] of Object.entries(constants.errno)) if (value === errno) return name;
  return `errno ${errno}`;
}

/** ENOTSUPP is in no table of user space. */
const kernelNames: Readonly<Record<number, string | undefined>> = { 95: 'EOPNOTSUPP', 524: 'ENOTSUPP' };

/** Positive numbers of the errors that code decides on. */
export const errno = { ...constants.errno, ENOTSUPP: 524 } as const;
