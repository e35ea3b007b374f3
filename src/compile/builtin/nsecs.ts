// The clocks, and the time since the run began.
import type { HelperName } from '../../bpf/helpers.ts';
import type { Expression } from '../lang/ast.ts';
import type { Builtin } from '../sema/builtin.ts';
import { u64 } from '../sema/stype.ts';
import { kindText } from '../sema/typetext.ts';
import { inRegister } from './memory.ts';

export type Clock = 'boot' | 'monotonic' | 'tai' | 'sw_tai';

/** `sw_tai` asks for what `tai` gives on kernels without the helper; every kernel that this compiles for has it. */
const clocks: Readonly<Record<Clock, HelperName>> = {
  boot: 'ktime_get_boot_ns',
  monotonic: 'ktime_get_ns',
  tai: 'ktime_get_tai_ns',
  sw_tai: 'ktime_get_tai_ns',
};

export const nsecs: Builtin = {
  name: 'nsecs',
  form: 'variable',
  signature: 'nsecs\nnsecs(boot | monotonic | tai | sw_tai)',
  doc: 'Nanoseconds of a clock; the default counts from boot, time asleep included.',
  arity: [0, 1],
  type: (check, call) => {
    const [argument] = call.args;
    if (argument === undefined) return u64;
    if (argument.kind !== 'identifier') check.error(call.span, `nsecs() only supports timestamp_mode arguments (${kindText(check.typeOf(argument))} provided)`);
    else if (!isClock(argument.name)) check.error(argument.span, `Invalid timestamp mode: ${argument.name}`);
    else if (!check.features.helpers.has(clocks[argument.name])) check.error(call.span, `Kernel does not support ${argument.name} timestamp`);
    return u64;
  },
  lower: ({ ir }, call) => {
    const [argument] = call.args;
    return inRegister(u64, ir.helper(clocks[clockName(argument)], []));
  },
};

export const elapsed: Builtin = {
  name: 'elapsed',
  form: 'variable',
  signature: 'elapsed',
  doc: 'Nanoseconds since the run began.',
  arity: [0, 0],
  type: () => u64,
  lower: ({ ir }) => inRegister(u64, ir.binary('sub', ir.helper(clocks.boot, []), ir.runtime({ kind: 'startTime' }))),
};

/** The clock that an expression was read from: written there as `nsecs(clock)`, else the usual one. */
export function clockOf(expression: Expression): Clock {
  return expression.kind === 'call' && expression.name === nsecs.name ? clockName(expression.args[0]) : 'boot';
}

function clockName(argument: Expression | undefined): Clock {
  return argument?.kind === 'identifier' && isClock(argument.name) ? argument.name : 'boot';
}

function isClock(name: string): name is Clock {
  return Object.hasOwn(clocks, name);
}
