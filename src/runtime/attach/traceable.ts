// The functions that ftrace lets be traced, as tracefs lists them.
import { NotSupported } from '../../base/errors.ts';
import type { KernelFs } from '../../base/kernelfs.ts';
import { findTracefs } from '../../source/tracefs/tracefs.ts';

/** undefined where the list cannot be read. */
export function traceableFunctions(fs: KernelFs): ReadonlySet<string> | undefined {
  try {
    const text = fs.text(`${findTracefs(fs)}/available_filter_functions`);
    return text === undefined ? undefined : new Set(text.split('\n').map((line) => line.split(/[ \t]/, 1)[0] ?? ''));
  } catch (error) {
    if (error instanceof NotSupported) return undefined;
    throw error;
  }
}
