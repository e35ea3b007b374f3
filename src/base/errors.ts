// What the world refuses: typed errors that carry their data and their cause.
import type { Span } from './span.ts';

/** Bytes or text of a known format that break its rules. `offset` is in bytes from the start of `what`. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
  constructor(
    readonly what: string,
    readonly offset: number,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${what}: at byte ${offset}: ${detail}`, options);
  }
}

/** A system call that failed. `errno` is positive (EPERM is 1). */
export class SysError extends Error {
  override readonly name = 'SysError';
  constructor(
    readonly call: string,
    readonly errno: number,
    readonly code: string,
    detail?: string,
  ) {
    super(`${call}: ${code}${detail === undefined ? '' : `: ${detail}`}`);
  }
}

/** The kernel's verifier rejected a program. `span` is the script text that made the offending instruction. */
export class VerifierError extends Error {
  override readonly name = 'VerifierError';
  constructor(
    readonly program: string,
    readonly summary: string,
    readonly log: string,
    readonly span: Span | undefined,
    options?: ErrorOptions,
  ) {
    super(`${program}: the kernel's verifier rejected the program: ${summary}`, options);
  }
}

/** This kernel, this machine or these rights lack what was asked for. `ways` are what the user can do about it. */
export class NotSupported extends Error {
  override readonly name = 'NotSupported';
  constructor(
    readonly feature: string,
    detail: string,
    readonly ways: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }
}

/** A command line, a name or a value that the user gave cannot be served; the message is the whole story. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** What is said of a file that the user named and `error` kept from being read. */
export function cannotRead(path: string, error: unknown): UsageError {
  return new UsageError(`cannot read '${path}': ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
}

/** What Node throws when the system refuses a file; its `code` is the name of the errno. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
