// Runs a Spec on this machine; BTFLY_TIMING=1 tells on stderr how long each phase took.
import type { Spec } from '../bpf/spec.ts';
import type { RunOptions } from '../runtime/options.ts';
import { run } from '../runtime/runtime.ts';
import { mark } from './timing.ts';

/** @returns the exit status */
export async function runScript(spec: Spec, options: RunOptions): Promise<number> {
  return await run(spec, { ...options, timing: mark });
}
