// Loads a command's bundle with its V8 code cache. Parsing a bundle costs more than running it: the cache holds what a start compiles.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

export interface Command {
  /** Runs with the words behind the command's name ('' for bpftrace's own form); resolves to the exit status. */
  readonly main: (args: readonly string[], name: string) => Promise<number>;
}

export function chunk(name: string): Command {
  const file = join(import.meta.dirname, 'command', `${name}.cjs`);
  const cacheFile = join(import.meta.dirname, 'command', `${name}.cache`);
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
  const cachedData = readCache(cacheFile);
  const script = new Script(source, { filename: file, ...(cachedData === undefined ? {} : { cachedData }) });
  const module = { exports: {} as Command };
  const run = script.runInThisContext() as (...args: unknown[]) => void;
  run(module.exports, createRequire(file), module, file, join(import.meta.dirname, 'command'));
  if (process.env['BTFLY_CODE_CACHE'] === 'write') process.once('exit', () => writeCache(cacheFile, script.createCachedData()));
  return module.exports;
}

/** V8 checks version, flags and source length itself and ignores data that does not fit. */
function readCache(file: string): Buffer | undefined {
  if (process.env['BTFLY_CODE_CACHE'] !== undefined) return undefined;
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
