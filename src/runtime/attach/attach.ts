// Hangs programs on what they trace: one row a kind of attachment.
import type { AttachSpec } from '../../bpf/spec.ts';
import { rawTracepointOpen, rawTracepointOpenLater } from '../../sys/link.ts';
import type { Program } from '../load.ts';
import type { Attach, AttachContext } from './context.ts';
import { attachKprobes } from './kprobe.ts';
import { attachCounter, attachTimer } from './sampling.ts';
import { attachTracepoint } from './tracepoint.ts';
import { attachUprobe } from './uprobe.ts';

const attachers: { readonly [K in AttachSpec['kind']]: Attach<Extract<AttachSpec, { kind: K }>> } = {
  begin: () => 1,
  end: () => 1,
  signal: () => 1,
  kprobe: attachKprobes,
  fentry: attachTraced,
  fexit: attachTraced,
  rawtracepoint: attachTraced,
  tracepoint: attachTracepoint,
  timer: attachTimer,
  event: attachCounter,
  uprobe: attachUprobe,
};

/**
 * Attaches all programs; a failure is thrown when every other one is done, so that nothing is still under way.
 * @returns number of attach points
 */
export async function attachAll(programs: readonly Program[], context: AttachContext): Promise<number> {
  const settled = await Promise.allSettled(programs.map(async (program) => await attachOne(program, context)));
  return settled.reduce((sum, result) => {
    if (result.status === 'rejected') throw result.reason;
    return sum + result.value;
  }, 0);
}

async function attachOne(program: Program, context: AttachContext): Promise<number> {
  const { attach } = program.spec;
  return await (attachers[attach.kind] as Attach<AttachSpec>)(program, attach, context);
}

/** What the program was loaded for says where it goes. */
async function attachTraced(program: Program, _: AttachSpec, context: AttachContext): Promise<number> {
  const { title } = program.spec;
  context.adopt(context.many ? await rawTracepointOpenLater(program.fd, title) : rawTracepointOpen(program.fd, title));
  return 1;
}
