// time() and strftime(): wall-clock time, put into words outside the kernel.
import type { Builtin } from '../sema/builtin.ts';
import { argument, expectInteger, expectText } from './expect.ts';
import { inRegister } from './memory.ts';
import { clockOf } from './nsecs.ts';

const usualFormat = '%H:%M:%S\n';

export const time: Builtin = {
  name: 'time',
  form: 'statement',
  signature: 'time([format])',
  doc: 'Prints the wall-clock time as strftime(3) formats it; without a format `%H:%M:%S` and a line end.',
  arity: [0, 1],
  type: (check, call) => {
    if (call.args.length > 0) expectText(check, call, 0);
    return { kind: 'void' };
  },
  lower: (emit, call) => {
    const [given] = call.args;
    const format = (given && emit.literalString(given)) ?? usualFormat;
    emit.event({ kind: 'time', format, span: call.span }, 0, () => undefined);
    return { in: 'nothing', type: { kind: 'void' } };
  },
};

export const strftime: Builtin = {
  name: 'strftime',
  form: 'function',
  signature: 'strftime("format", ns)',
  doc: 'The wall-clock time of a value of `nsecs`, printed as strftime(3) formats it; `%f` are microseconds, `%l` milliseconds and `%k` nanoseconds.',
  arity: [2, 2],
  type: (check, call) => {
    const format = expectText(check, call, 0) ?? '';
    expectInteger(check, call, 1);
    const when = argument(call, 1);
    const clock = clockOf(when);
    if (clock === 'monotonic') check.error(call.span, 'strftime() can not take a monotonic timestamp');
    if ((check.constant(when) ?? 0n) < 0n) check.error(call.span, 'strftime() does not accept negative timestamps');
    return { kind: 'timestamp', format, clock };
  },
  lower: (emit, call) => inRegister(strftime.type(emit, call), emit.lowerScalar(argument(call, 1))),
};
