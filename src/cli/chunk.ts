// Loads a bundle with its V8 code cache. Parsing a bundle costs more than running it: the cache holds what a start compiles.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Script } from 'node:vm';

/** A bundle of cli/command/: a subcommand, or bpftrace's own form. */
export interface Command {
  /** Runs with the words behind the command's name ('' for bpftrace's own form); resolves to the exit status. */
  readonly main: (args: readonly string[], name: string) => Promise<number>;
}

/** @param name of the bundle: its source file in cli/command/ or cli/part/ */
export function chunk<Exports extends object>(name: string): Exports {
  const file = `${import.meta.dirname}/${name}`;
  // A function expression in ASCII; bin/build.mjs wraps it.
  const source = readFileSync(`${file}.cjs`, 'latin1');
  const cachedData = readCache(`${file}.cache`);
  const script = new Script(source, { filename: `dist/${name}.cjs`, ...(cachedData === undefined ? {} : { cachedData }) });
  const module = { exports: {} as Exports };
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run(module.exports, require, module, `${file}.cjs`, import.meta.dirname);
  if (process.env['BTFLY_CODE_CACHE'] === 'write') process.once('exit', () => writeCache(`${file}.cache`, script.createCachedData()));
  return module.exports;
}

/** V8 checks version, flags and source length itself and ignores data that does not fit. */
function readCache(file: string): Buffer | undefined {
  if (process.env['BTFLY_CODE_CACHE'] === 'none') return undefined;
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeCache(file: string, data: Buffer): void {
  writeFileSync(`${file}.${process.pid}`, data);
  renameSync(`${file}.${process.pid}`, file);
}
