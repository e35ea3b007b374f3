// Real kernels to test against: the running one, and those that the VM suite has fetched.
import { existsSync, readFileSync } from 'node:fs';

const running = '/sys/kernel/btf/vmlinux';

/** Raw BTF of the running kernel; undefined when it has none. */
export function runningBtf(): Uint8Array | undefined {
  return existsSync(running) ? readFileSync(running) : undefined;
}

export const runningBtfPath = running;
