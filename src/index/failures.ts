// Which errors are said and gone past when one of many sources is broken.
import { FormatError, NotSupported, SysError, UsageError } from '../base/errors.ts';

/** What the world refuses comes back as an error to tell; anything else is a bug of this program and is thrown. */
export function worldSaidNo(error: unknown): Error {
  if (error instanceof FormatError || error instanceof NotSupported || error instanceof SysError || error instanceof UsageError) return error;
  if (error instanceof Error && 'code' in error && 'syscall' in error) return new UsageError(error.message);
  throw error;
}
