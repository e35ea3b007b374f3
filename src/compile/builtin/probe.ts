// What the probe is called.
import type { ProviderName } from '../../ctype/probes.ts';
import type { Builtin } from '../sema/builtin.ts';

export const probe: Builtin = {
  name: 'probe',
  form: 'variable',
  signature: 'probe',
  doc: 'Full name of the probe, wildcards resolved: `kprobe:tcp_sendmsg`.',
  arity: [0, 0],
  asks: 'name',
  type: (check) => ({ kind: 'string', size: check.probe.title.length + 1 }),
  lower: (emit) => emit.text(emit.probe.title),
};

export const probetype: Builtin = {
  name: 'probetype',
  form: 'variable',
  signature: 'probetype',
  doc: 'Type of the probe: `kprobe`, `tracepoint`; `special` for begin, end and self.',
  arity: [0, 0],
  type: (check) => ({ kind: 'string', size: kindOf(check.probe.provider).length + 1 }),
  lower: (emit) => emit.text(kindOf(emit.probe.provider)),
};

function kindOf(provider: ProviderName): string {
  return provider === 'begin' || provider === 'end' || provider === 'self' ? 'special' : provider;
}
