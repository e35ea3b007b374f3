// The traced function, and the names of the probe.
import type { Builtin } from '../sema/builtin.ts';
import type { ProviderName } from '../../ctype/probes.ts';
import type { ScriptType } from '../sema/stype.ts';
import { inRegister, madeInMemory } from './memory.ts';

const userProviders: readonly ProviderName[] = ['uprobe', 'uretprobe'];

const type = (check: { readonly probe: { readonly provider: ProviderName } }): ScriptType => ({ kind: userProviders.includes(check.probe.provider) ? 'usym' : 'ksym' });

/** In the kernel a symbol is its address; of a process, address and process id. */
const inProcess = madeInMemory(type, (emit, _call, _layout, base, offset) => {
  const { ir } = emit;
  ir.store(base, offset, 8, ir.load(emit.ctx, emit.arch.instructionPointer, 8));
  ir.store(base, offset + 8, 8, ir.binary('lshr', ir.helper('get_current_pid_tgid', []), ir.constant(32)));
});

export const func: Builtin = {
  name: 'func',
  form: 'variable',
  signature: 'func',
  doc: 'The function that the probe is attached to, printed as its name.',
  arity: [0, 0],
  where: ['kprobe', 'kretprobe', 'fentry', 'fexit', 'uprobe', 'uretprobe'],
  elsewhere: (provider) => `The func builtin can not be used with '${provider}' probes`,
  type,
  lower: (emit, call) => {
    const result = type(emit);
    if (result.kind === 'usym') return inProcess.lower(emit, call);
    const [only, second] = emit.probe.functions;
    if (only !== undefined && second === undefined) return inRegister(result, emit.ir.runtime({ kind: 'ksym', symbol: only }));
    return inRegister(result, emit.ir.helper('get_func_ip', [emit.ctx]));
  },
};
