// What the kernel hands to the probe: its arguments by name and by number, the return value, the registers.
import type { ProviderName } from '../../ctype/probes.ts';
import type { Builtin, CheckContext, EmitContext } from '../sema/builtin.ts';
import type { ValueId } from '../ir/ir.ts';
import { s64, u64, type ScriptType } from '../sema/stype.ts';
import { argument, expectText } from './expect.ts';
import { inRegister } from './memory.ts';

/** Probes whose context is a struct pt_regs. */
const withRegisters: readonly ProviderName[] = ['kprobe', 'kretprobe', 'uprobe', 'uretprobe'];
/** Probes whose context is a struct bpf_perf_event_data. */
const sampled: readonly ProviderName[] = ['profile', 'interval', 'software', 'hardware'];

export const args: Builtin = {
  name: 'args',
  form: 'variable',
  signature: 'args.NAME',
  doc: 'An argument of the traced function, or a field of the tracepoint, by its name; `btfly -lv` lists them.',
  arity: [0, 0],
  where: ['kprobe', 'fentry', 'fexit', 'tracepoint', 'rawtracepoint', 'uprobe'],
  elsewhere: (provider) => `The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, kprobe and uprobe probes (${provider} used here)`,
  asks: 'arguments',
  type: () => ({ kind: 'args' }),
  lower: () => ({ in: 'nothing', type: { kind: 'args' } }),
};

/** `arg0`, `arg1`, …: as many as a raw tracepoint can have (MAX_BPF_FUNC_ARGS). */
export const numberedArguments: readonly Builtin[] = Array.from({ length: 12 }, (_, index): Builtin => ({
  name: `arg${index}`,
  form: 'variable',
  signature: 'arg0\narg1\n…',
  doc: 'An argument of the traced function by its number, as 64 bits; a kprobe has those that are passed in registers.',
  arity: [0, 0],
  where: ['kprobe', 'uprobe', 'rawtracepoint'],
  elsewhere: () => `The arg${index} builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes`,
  type: (check, call) => {
    if (check.probe.provider !== 'rawtracepoint' && check.arch.argumentRegisters[index] === undefined) {
      check.error(call.span, `${check.arch.name} doesn't support ${call.name}`);
    }
    return u64;
  },
  lower: (emit) => {
    if (emit.probe.provider === 'rawtracepoint') return inRegister(u64, emit.ir.load(emit.ctx, 8 * index, 8));
    return inRegister(u64, register(emit, emit.arch.argumentRegisters[index] ?? 0));
  },
}));

export const retval: Builtin = {
  name: 'retval',
  form: 'variable',
  signature: 'retval',
  doc: 'What the traced function returned, as its prototype says; in kretprobes pointers, and what is not known, are signed 64-bit numbers.',
  arity: [0, 0],
  where: ['kretprobe', 'uretprobe', 'fexit'],
  elsewhere: () => "The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes",
  asks: 'returns',
  type: (check) => returnType(check),
  lower: (emit) => {
    const type = returnType(emit);
    const raw = emit.probe.provider === 'fexit' ? returnSlot(emit, type) : register(emit, emit.arch.returnRegister);
    return inRegister(type, narrow(emit, raw, type));
  },
};

function returnType(check: CheckContext): ScriptType {
  const { provider, detail, space } = check.probe;
  const returns = detail?.returns && check.typeOfC(detail.returns, space, provider === 'fexit');
  if (provider === 'fexit') return returns && isScalar(returns) ? returns : u64;
  if (provider === 'uretprobe') return u64;
  // Whatever fills the register is signed: functions under one wildcard then agree, and errors are negative.
  return returns && (returns.kind === 'int' || returns.kind === 'enum' || returns.kind === 'bool') && !(returns.kind === 'int' && returns.size === 8) ? returns : s64;
}

function isScalar(type: ScriptType): boolean {
  return type.kind === 'int' || type.kind === 'bool' || type.kind === 'enum' || type.kind === 'pointer';
}

/** fexit: the slot behind those of the arguments. */
function returnSlot(emit: EmitContext, type: ScriptType): ValueId {
  const ends = (emit.probe.detail?.arguments ?? []).map(({ place }) => (place.in === 'slots' ? place.first + place.count : 0));
  const pointer = type.kind === 'pointer' && type.trusted;
  return emit.ir.emit({ kind: 'load', base: emit.ctx, offset: 8 * Math.max(0, ...ends), size: 8, signed: false }, pointer ? 'btf' : 'scalar');
}

/** A register holds more bits than a narrow return value defines. */
function narrow(emit: EmitContext, value: ValueId, type: ScriptType): ValueId {
  if (type.kind === 'bool') return emit.ir.extend(value, 8, false);
  if (type.kind !== 'int' && type.kind !== 'enum') return value;
  return emit.ir.extend(value, bits[type.size], type.signed);
}

const bits = { 1: 8, 2: 16, 4: 32, 8: 64 } as const;

export const ctx: Builtin = {
  name: 'ctx',
  form: 'variable',
  signature: 'ctx',
  doc: 'The raw context: a `struct pt_regs *` in kprobes and uprobes, a `struct bpf_perf_event_data *` in sampling probes.',
  arity: [0, 0],
  where: [...withRegisters, ...sampled],
  elsewhere: (provider) => (provider === 'tracepoint' ? 'Use args instead of ctx in tracepoint' : `The ctx builtin can not be used with '${provider}' probes`),
  type: (check) => ({ kind: 'pointer', to: { kind: 'struct', name: withRegisters.includes(check.probe.provider) ? 'pt_regs' : 'bpf_perf_event_data', key: null }, space: 'kernel', trusted: true }),
  lower: (emit, call) => inRegister(ctx.type(emit, call), emit.ctx),
};

export const reg: Builtin = {
  name: 'reg',
  form: 'function',
  signature: 'reg("NAME")',
  doc: 'A register of the traced code, by the name that struct pt_regs gives it; `pc` is the instruction pointer everywhere.',
  arity: [1, 1],
  where: withRegisters,
  type: (check, call) => {
    const name = expectText(check, call, 0);
    if (name !== undefined && check.arch.registers[name] === undefined) check.error(call.span, `'${name}' is not a valid register on this architecture (${check.arch.name})`);
    return u64;
  },
  lower: (emit, call) => {
    const name = emit.literalString(argument(call, 0)) ?? '';
    return inRegister(u64, register(emit, emit.arch.registers[name] ?? 0));
  },
};

export const usermode: Builtin = {
  name: 'usermode',
  form: 'variable',
  signature: 'usermode',
  doc: '1 when the probe interrupted a process, 0 when it interrupted the kernel.',
  arity: [0, 0],
  where: [...withRegisters, ...sampled],
  type: () => ({ kind: 'int', size: 1, signed: false }),
  lower: (emit) => {
    const { ir } = emit;
    const { offset, mask, user } = privilege[emit.arch.name];
    const level = ir.binary('and', register(emit, emit.arch.registers[offset] ?? 0), ir.constant(mask));
    return inRegister({ kind: 'int', size: 1, signed: false }, ir.compare('eq', level, ir.constant(user)));
  },
};

/** x86: the requested privilege level in cs; arm64: the mode bits of pstate. */
const privilege = {
  x86_64: { offset: 'cs', mask: 3, user: 3 },
  arm64: { offset: 'pstate', mask: 15, user: 0 },
} as const;

/** A member of the registers, which are the context itself or stand at its start. */
function register(emit: EmitContext, offset: number): ValueId {
  return emit.ir.load(emit.ctx, offset, 8);
}
