// How a failure reaches the person: one clear line, the ways out below it, and the exit status.
import { FormatError, NotSupported, SysError, UsageError, VerifierError } from '../base/errors.ts';
import { complain } from './print.ts';

/** Runs a command; what it throws is printed to stderr. Errors that nobody foresaw keep their stack. */
export async function reporting(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    complain(message(error));
    return 1;
  }
}

function message(error: unknown): string {
  if (error instanceof UsageError) return `ERROR: ${error.message}\n${error.hint === undefined ? '' : `HINT: ${error.hint}\n`}`;
  if (error instanceof NotSupported) return `ERROR: ${error.message}\n${error.ways.map((way) => `HINT: ${way}\n`).join('')}`;
  if (error instanceof VerifierError || error instanceof FormatError || error instanceof SysError) return `ERROR: ${error.message}\n`;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return `ERROR: ${error.message}\n`;
  return `ERROR: this is a bug in btfly: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}
