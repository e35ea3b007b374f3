// Settings from the environment: bpftrace's variables, `BPFTRACE_MAX_STRLEN=200`. They win over the script's own config block.
import { UsageError } from '../base/errors.ts';
import type { CompileConfig } from '../compile/sema/builtin.ts';
import { readSetting } from '../compile/sema/config.ts';

/** Throws UsageError for a value that a setting cannot take. */
export function environmentConfig(env: Readonly<Record<string, string | undefined>>): Partial<CompileConfig> {
  let config: Partial<CompileConfig> = {};
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('BPFTRACE_') || value === undefined || elsewhere.has(name)) continue;
    const read = readSetting(name, value);
    if ('wrong' in read) throw new UsageError(read.wrong);
    config = { ...config, ...read };
  }
  return config;
}

/** Variables of bpftrace that are no settings of a script; none of them changes anything here. */
const elsewhere: ReadonlySet<string> = new Set([
  'BPFTRACE_BTF', 'BPFTRACE_KERNEL_SOURCE', 'BPFTRACE_KERNEL_BUILD', 'BPFTRACE_VMLINUX', 'BPFTRACE_COLOR', 'BPFTRACE_DEBUG_OUTPUT',
]);
