// Tracepoints: one perf event serves all CPUs. Their ids change with every boot and are read from tracefs when they are due.
import { NotSupported } from '../../base/errors.ts';
import type { KernelFs } from '../../base/kernelfs.ts';
import type { AttachSpec } from '../../bpf/spec.ts';
import { findTracefs } from '../../source/tracefs/tracefs.ts';
import { tracepointEvent } from '../../sys/perf.ts';
import type { Program } from '../load.ts';
import type { AttachContext } from './context.ts';
import { attachEvent, attachEventLater } from './context.ts';

type TracepointAttach = Extract<AttachSpec, { kind: 'tracepoint' }>;

export async function attachTracepoint(program: Program, attach: TracepointAttach, context: AttachContext): Promise<number> {
  const { machine } = context;
  const event = tracepointEvent(tracepointId(machine.fs, attach));
  const scope = { cpu: machine.anyCpu };
  if (context.many) await attachEventLater(program, event, scope, program.spec.title, context);
  else attachEvent(program, event, scope, program.spec.title, context);
  return 1;
}

/** Throws NotSupported where tracefs is not mounted or has no such event. */
function tracepointId(fs: KernelFs, { system, event }: TracepointAttach): number {
  const text = fs.text(`${findTracefs(fs)}/events/${system}/${event}/id`);
  if (text === undefined) throw new NotSupported(`tracepoint:${system}:${event}`, `the running kernel has no tracepoint ${system}:${event}`, ['index the running kernel: btfly index']);
  return Number(text);
}
