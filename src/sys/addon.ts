// The only door to native/: loads the addon when the first system call is due.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NotSupported } from '../base/errors.ts';

/** [holder, offset, target, …]: the address of each target is written into its holder at that byte. */
export type Pointers = readonly (Uint8Array | number)[];

/** Calls return what the kernel returned, or minus errno. */
export interface Addon {
  bpf(command: number, attr: Uint8Array, pointers: Pointers): number;
  bpfLater(command: number, attr: Uint8Array, pointers: Pointers): Promise<number>;
  perfEventOpen(attr: Uint8Array, pointers: Pointers, pid: number, cpu: number, flags: number): number;
  perfEventOpenLater(attr: Uint8Array, pointers: Pointers, pid: number, cpu: number, flags: number): Promise<number>;
  close(fd: number): number;
  /** Closes all of them on so many threads; resolves to their number. */
  closeLater(fds: readonly number[], threads: number): Promise<number>;
  pidfdOpen(pid: number): number;
  /** Nanoseconds of a clock, by its number in <time.h>. */
  clock(id: number): bigint;
  readonly Ring: new (mapFd: number, dataSize: number, batchSize: number, onBatch: (batch: ArrayBuffer) => void) => NativeRing;
  readonly Watch: new (fd: number, onReadable: () => void) => NativeWatch;
}

export interface NativeRing {
  start(): number;
  stop(): number;
  read(): ArrayBuffer | undefined;
  close(): void;
}

export interface NativeWatch {
  close(): void;
}

let loaded: Addon | undefined;

/** Throws NotSupported when the addon was not built, or was built for another Node. */
export function addon(): Addon {
  return (loaded ??= load());
}

function load(): Addon {
  const file = places().find((path) => existsSync(path));
  if (file === undefined) {
    throw new NotSupported('addon', `the addon is not built: none of ${places().join(', ')} exists`, ['build it: npm run build -- --native']);
  }
  const module = { exports: {} };
  try {
    process.dlopen(module, file);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new NotSupported('addon', `the addon does not load: ${detail}`, ['build it for this Node: npm run build -- --native'], { cause });
  }
  return module.exports as Addon;
}

/** Beside a bundle (dist/ or dist/command/) lies one file an ABI; a clone has what node-gyp built. */
function places(): readonly string[] {
  const here = import.meta.dirname;
  const named = `btfly-${process.arch}-${process.versions.modules}.node`;
  const built = 'native/build/Release/btfly.node';
  return [join(here, named), join(here, '..', named), join(here, '..', built), join(here, '../..', built)];
}
