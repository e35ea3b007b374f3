// bswap(): the bytes of an integer in the other order.
import type { Builtin, BuiltinCall, CheckContext } from '../sema/builtin.ts';
import type { IntType } from '../sema/stype.ts';
import { kindText } from '../sema/typetext.ts';
import { argument } from './expect.ts';
import { inRegister } from './memory.ts';

export const bswap: Builtin = {
  name: 'bswap',
  form: 'function',
  signature: 'bswap(n)',
  doc: 'The bytes of an integer in reverse order; as many as its type has.',
  arity: [1, 1],
  type: typeOf,
  lower: (emit, call) => {
    const type = typeOf(emit, call);
    const value = emit.lowerScalar(argument(call, 0));
    if (type.size === 1) return inRegister(type, emit.ir.extend(value, 8, false));
    return inRegister(type, emit.ir.emit({ kind: 'bswap', bits: bits[type.size], a: value }));
  },
};

const bits = { 2: 16, 4: 32, 8: 64 } as const;

function typeOf(check: CheckContext, call: BuiltinCall): IntType {
  const type = check.typeOf(argument(call, 0));
  if (type.kind === 'int' || type.kind === 'enum') return { kind: 'int', size: type.size, signed: false };
  if (type.kind !== 'unknown') check.error(call.span, `bswap() only supports integer arguments (${kindText(type)} provided)`);
  return { kind: 'int', size: 8, signed: false };
}
