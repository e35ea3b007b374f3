// uprobes: a perf event at a byte of a file, in every process that maps it or in one.
import { NotSupported } from '../../base/errors.ts';
import type { AttachSpec } from '../../bpf/spec.ts';
import { probePmu, uprobeEvent } from '../../sys/perf.ts';
import type { Program } from '../load.ts';
import type { AttachContext } from './context.ts';
import { attachEventLater } from './context.ts';

export async function attachUprobe(program: Program, attach: Extract<AttachSpec, { kind: 'uprobe' }>, context: AttachContext): Promise<number> {
  const { title } = program.spec;
  if (attach.symbol !== null) {
    throw new NotSupported(title, `${title}: symbols of programs and libraries are not resolved yet`, ['give the byte offset in the file: uprobe:PATH:0x1234']);
  }
  const { machine, pid } = context;
  const event = uprobeEvent(probePmu(machine.fs, 'uprobe'), attach.path, attach.offset, attach.returns);
  await attachEventLater(program, event, pid === undefined ? { cpu: machine.anyCpu } : { pid }, title, context);
  return 1;
}
