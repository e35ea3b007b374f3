// Runs a Spec in this process with its output caught.
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFds } from '../../../src/sys/fd.ts';
import type { Spec } from '../../../src/bpf/spec.ts';
import type { RunOptions } from '../../../src/runtime/options.ts';
import { run } from '../../../src/runtime/runtime.ts';

export interface Ran {
  /** undefined when it threw. */
  readonly status: number | undefined;
  readonly error: unknown;
  readonly out: string;
  readonly err: string;
  /** Descriptors that are open now and were not before. */
  readonly leaked: readonly string[];
}

export const plainOptions: RunOptions = { format: 'text', buffering: 'line', quiet: false, verbose: false, warnings: true, verifierLog: false, dryRun: false };

export async function ran(spec: Spec, options: Partial<RunOptions> = {}): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'btfly-run-'));
  const [out, err] = ['out', 'err'].map((name) => openSync(join(folder, name), 'w'));
  const before = new Set(readdirSync('/proc/self/fd'));
  let status: number | undefined;
  let error: unknown;
  try {
    status = await run(spec, { ...plainOptions, descriptors: { out: out ?? 1, err: err ?? 2 }, ...options });
  } catch (thrown) {
    error = thrown;
  }
  const leaked = [...openFds(), ...readdirSync('/proc/self/fd').filter((fd) => !before.has(fd) && isBpf(fd))];
  for (const fd of [out, err]) if (fd !== undefined) closeSync(fd);
  const result = { status, error, out: readFileSync(join(folder, 'out'), 'latin1'), err: readFileSync(join(folder, 'err'), 'latin1'), leaked };
  rmSync(folder, { recursive: true });
  return result;
}

/** What a run opens is an anonymous inode of the kernel: `anon_inode:bpf-map`, `anon_inode:[perf_event]`. */
function isBpf(fd: string): boolean {
  try {
    return /bpf|perf_event|pidfd|btf/.test(readlinkSync(`/proc/self/fd/${fd}`));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
