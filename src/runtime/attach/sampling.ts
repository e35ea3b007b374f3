// What fires by time or by count: timers on one CPU or on all, software and hardware events.
import type { AttachSpec } from '../../bpf/spec.ts';
import { counterEvent, timerEvent } from '../../sys/perf.ts';
import type { Program } from '../load.ts';
import type { AttachContext } from './context.ts';
import { attachEvent } from './context.ts';

export function attachTimer(program: Program, attach: Extract<AttachSpec, { kind: 'timer' }>, context: AttachContext): number {
  const event = timerEvent(attach.hz === undefined ? { ns: attach.ns ?? 0 } : { hz: attach.hz });
  const { onlineCpus, anyCpu } = context.machine;
  for (const cpu of attach.everyCpu ? onlineCpus : [anyCpu]) attachEvent(program, event, { cpu }, `${program.spec.title} on CPU ${cpu}`, context);
  return 1;
}

export function attachCounter(program: Program, attach: Extract<AttachSpec, { kind: 'event' }>, context: AttachContext): number {
  const event = counterEvent(attach.type, attach.config, attach.period);
  for (const cpu of context.machine.onlineCpus) attachEvent(program, event, { cpu }, `${program.spec.title} on CPU ${cpu}`, context);
  return 1;
}
