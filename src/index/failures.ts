// Which errors are said and gone past when one of many sources is broken.
import { cannotRead, FormatError, isSystemError, NotSupported, SysError, UsageError } from '../base/errors.ts';

/** The catalog's file, or its disk, does not take what is written: no other source will fare better. */
export class CatalogRefused extends NotSupported {}

/** What the world refuses comes back as an error to tell; anything else is a bug of this program, or of no use to go on with, and is thrown. */
export function worldSaidNo(error: unknown): Error {
  if (error instanceof CatalogRefused) throw error;
  if (error instanceof FormatError || error instanceof NotSupported || error instanceof SysError || error instanceof UsageError) return error;
  if (isSystemError(error)) return error.path === undefined ? new UsageError(error.message) : cannotRead(error.path, error);
  throw error;
}
