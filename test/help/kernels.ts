// Real kernels to test against: the running one, and those that the VM suite has fetched into its cache.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, series } from '../vm/kernels.ts';

const running = '/sys/kernel/btf/vmlinux';

/** Raw BTF of the running kernel; undefined when it has none. */
export function runningBtf(): Uint8Array | undefined {
  return existsSync(running) ? readFileSync(running) : undefined;
}

export interface BtfFile {
  readonly name: string;
  readonly path: string;
}

/** Raw BTF files that are here: nothing is downloaded. */
export function btfFiles(): readonly BtfFile[] {
  const cached = series.map(({ name }) => ({ name, path: join(cacheFolder(), name, 'vmlinux.btf') }));
  return [{ name: 'running', path: running }, ...cached].filter(({ path }) => existsSync(path));
}
