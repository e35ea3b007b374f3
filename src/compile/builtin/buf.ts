// buf(): bytes of memory as they are, with their number in front.
import { layoutSize } from '../../bpf/layout.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Builtin, BuiltinCall, CheckContext, EmitContext } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import { kindText } from '../sema/typetext.ts';
import { argument, expectInteger } from './expect.ts';
import { arraySize, atMost, madeInMemory, readBytes, sourceOf } from './memory.ts';

/** Bytes of the length in front. */
const header = 4;

export const buf: Builtin = {
  name: 'buf',
  form: 'function',
  signature: 'buf(data[, length])',
  doc: 'Bytes of an array, a string or behind a pointer, less than `max_strlen`; arrays know their length. Printed with `%r`.',
  arity: [1, 2],
  type: typeOf,
  ...madeInMemory(typeOf, (emit, call, layout, base, offset, exact) => {
    const capacity = layoutSize(layout) - header;
    const length = call.args[1];
    const known = length === undefined ? capacity : emit.constant(length);
    if (known === undefined && length) readSome(emit, call, atMost(emit.ir, emit.lowerScalar(length), capacity), capacity, base, offset);
    else readAll(emit, call, Math.min(capacity, Number(known)), capacity, base, offset, exact);
  }),
};

const readable: ReadonlySet<ScriptType['kind']> = new Set(['int', 'string', 'pointer', 'array', 'unknown']);

function typeOf(check: CheckContext, call: BuiltinCall): ScriptType {
  const type = check.typeOf(argument(call, 0));
  const most = check.config.maxStringLength - header;
  if (!readable.has(type.kind)) check.error(call.span, `buf() expects an integer, string, or array argument but saw ${kindText(type)}`);
  if (call.args.length === 1) {
    if (type.kind === 'array') return { kind: 'buffer', capacity: Math.min(most, arraySize(check, type)) };
    if (type.kind !== 'unknown') check.error(call.span, `buf() expects a length argument for non-array type ${kindText(type)}`);
    return { kind: 'buffer', capacity: most };
  }
  expectInteger(check, call, 1);
  const length = check.constant(argument(call, 1));
  if (length !== undefined && length < 0n) check.error(call.span, `buf() cannot use negative length (${length})`);
  return { kind: 'buffer', capacity: length === undefined || length < 0n || length > BigInt(most) ? most : Number(length) };
}

/** A length known while compiling. What lies behind a shorter string or array is zeros, not its neighbours. */
function readAll(emit: EmitContext, call: BuiltinCall, length: number, capacity: number, base: ValueId, offset: number, exact: boolean): void {
  const { ir } = emit;
  const source = sourceOf(emit, argument(call, 0));
  const bytes = source.in === 'memory' ? Math.min(length, source.size) : length;
  ir.store(base, offset, header, ir.constant(length));
  readBytes(emit, source, ir.constant(bytes), bytes, base, offset + header);
  const end = exact ? capacity : length;
  if (end > bytes) ir.zero(base, offset + header + bytes, end - bytes);
}

/** `length`: a value that is at most `capacity`. The rest is zeros, which also initializes the memory for the helper. */
function readSome(emit: EmitContext, call: BuiltinCall, length: ValueId, capacity: number, base: ValueId, offset: number): void {
  const source = sourceOf(emit, argument(call, 0));
  emit.ir.zero(base, offset, header + capacity);
  emit.ir.store(base, offset, header, length);
  const within = source.in === 'memory' && source.size < capacity ? atMost(emit.ir, length, source.size) : length;
  readBytes(emit, source, within, undefined, base, offset + header);
}
