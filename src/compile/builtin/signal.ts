// signal() and override(): what a probe does to the process that it runs in.
import type { Expression } from '../lang/ast.ts';
import type { Builtin, CheckContext } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import { argument, expectInteger } from './expect.ts';

const nothing: ScriptType = { kind: 'void' };

const rows = [
  { name: 'signal', helper: 'send_signal', to: 'process' },
  { name: 'signal_thread', helper: 'send_signal_thread', to: 'thread' },
] as const;

export const signals: readonly Builtin[] = rows.map(({ name, helper, to }): Builtin => ({
  name,
  form: 'statement',
  signature: `${name}(number | "NAME")`,
  doc: `Sends a signal to the current ${to}: \`${name}("KILL")\`.`,
  arity: [1, 1],
  where: ['kprobe', 'kretprobe', 'uprobe', 'uretprobe', 'tracepoint', 'profile', 'fentry', 'fexit', 'rawtracepoint'],
  elsewhere: (provider) => `${name}() can not be used for this probetype ${provider === 'begin' || provider === 'end' || provider === 'self' ? 'special' : provider}`,
  unsafe: true,
  type: (check, call) => {
    const signal = argument(call, 0);
    const text = check.literalString(signal);
    if (text === undefined) expectInteger(check, call, 0);
    else if (numberOf(check, text) === undefined) check.error(call.span, `${text} is not a valid signal`);
    return nothing;
  },
  lower: (emit, call) => {
    const known = literalSignal(emit, argument(call, 0));
    emit.ir.helper(helper, [known === undefined ? emit.lowerScalar(argument(call, 0)) : emit.ir.constant(known)]);
    return { in: 'nothing', type: nothing };
  },
}));

function literalSignal(check: CheckContext, signal: Expression): bigint | undefined {
  const text = check.literalString(signal);
  return text === undefined ? undefined : numberOf(check, text);
}

/** `KILL` and `SIGKILL`, by the headers of the kernel that is traced. */
function numberOf(check: CheckContext, name: string): bigint | undefined {
  return (check.types.constant(name) ?? check.types.constant(`SIG${name}`))?.value;
}

export const override: Builtin = {
  name: 'override',
  form: 'statement',
  signature: 'override(value)',
  doc: 'Returns that value from the traced function at once, without running it; only functions that the kernel marks for error injection.',
  arity: [1, 1],
  where: ['kprobe'],
  unsafe: true,
  type: (check, call) => {
    expectInteger(check, call, 0);
    return nothing;
  },
  lower: (emit, call) => {
    emit.ir.helper('override_return', [emit.ctx, emit.lowerScalar(argument(call, 0))]);
    return { in: 'nothing', type: nothing };
  },
};
