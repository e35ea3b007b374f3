// strlen() and default_str_length: how long strings are, and may be.
import { layoutSize } from '../../bpf/layout.ts';
import type { Builtin, BuiltinCall, CheckContext, EmitContext } from '../sema/builtin.ts';
import type { ValueId } from '../ir/ir.ts';
import { s64, u64, type ScriptType } from '../sema/stype.ts';
import { argument } from './expect.ts';
import { inRegister, pointer, readString, sourceOf } from './memory.ts';

export const strlen: Builtin = {
  name: 'strlen',
  form: 'function',
  signature: 'strlen(string)',
  doc: 'Number of bytes before the NUL, of a string or behind a pointer to characters.',
  arity: [1, 1],
  type: (check, call) => {
    expectStringLike(check, call, 0);
    return u64;
  },
  lower: (emit, call) => inRegister(u64, measure(emit, call)),
};

/** Strings, and arrays of and pointers to characters. */
export function expectStringLike(check: CheckContext, call: BuiltinCall, index: number): void {
  const type = check.typeOf(argument(call, index));
  const like = type.kind === 'string' || type.kind === 'array' || type.kind === 'pointer' || type.kind === 'unknown';
  if (!like) check.error(call.span, 'string-like values must be either strings, arrays or pointers');
}

/** The helper that copies a string counts on the way; nothing else is done with the copy. */
function measure(emit: EmitContext, call: BuiltinCall): ValueId {
  const { ir } = emit;
  const expression = argument(call, 0);
  const literal = emit.literalString(expression);
  if (literal !== undefined) return ir.constant(literal.length);
  const type = emit.typeOf(expression);
  const size = sizeOfString(emit, type);
  const source = sourceOf(emit, expression);
  const [space, from] = source.in === 'address' ? [source.space, source.address] as const : ['kernel', pointer(ir, source.base, source.offset)] as const;
  const copy = ir.slot(size, 'strlen');
  const read = readString(ir, space, copy, 0, ir.constant(size), from);
  // With the NUL; negative when nothing could be read.
  const length = ir.binary('sub', read, ir.constant(1));
  return ir.select(ir.compare('slt', length, ir.constant(0)), ir.constant(0), length);
}

function sizeOfString(emit: EmitContext, type: ScriptType): number {
  return type.kind === 'string' ? layoutSize(emit.layoutOf(type)) : emit.config.maxStringLength;
}

export const defaultStringLength: Builtin = {
  name: 'default_str_length',
  form: 'variable',
  signature: 'default_str_length',
  doc: 'Bytes of a string without a length of its own, the NUL included: `max_strlen`.',
  arity: [0, 0],
  type: () => s64,
  lower: (emit) => inRegister(s64, emit.ir.constant(emit.config.maxStringLength)),
};
