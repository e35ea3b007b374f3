// str(): a string read from where a pointer points, straight into the place where it is wanted.
import { layoutSize } from '../../bpf/layout.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Builtin, BuiltinCall, CheckContext, EmitContext } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import { typeText } from '../sema/typetext.ts';
import { argument, expectInteger } from './expect.ts';
import { atMost, madeInMemory, pointer, readString, sourceOf } from './memory.ts';

export const str: Builtin = {
  name: 'str',
  form: 'function',
  signature: 'str(pointer[, length])',
  doc: 'The string at an address, of less than `length` bytes and at most `max_strlen`; `str($1)` is a positional parameter as text.',
  arity: [1, 2],
  type: typeOf,
  ...madeInMemory(typeOf, (emit, call, layout, base, offset, exact) => {
    const size = layoutSize(layout);
    const text = textOf(emit, call);
    if (text !== undefined) emit.store(emit.text(text.slice(0, size - 1)), layout, base, offset, exact);
    else read(emit, call, size, base, offset, exact);
  }),
};

function typeOf(check: CheckContext, call: BuiltinCall): ScriptType {
  const most = check.config.maxStringLength;
  const limit = call.args.length > 1 ? limitOf(check, call) : undefined;
  const text = textOf(check, call);
  if (text !== undefined) {
    if (text.length >= most) check.error(call.span, `String is too long (over ${most} bytes): ${text}`);
    return { kind: 'string', size: Math.min(text.length + 1, limit ?? most) };
  }
  const source = check.typeOf(argument(call, 0));
  if (source.kind === 'string') return { kind: 'string', size: Math.min(source.size, limit ?? most) };
  if (!addresses.has(source.kind)) check.error(call.span, `str() expects a string, integer or a pointer type as first argument (${typeText(check.types, source)} provided)`);
  return limit === undefined ? { kind: 'string', size: most + 1, cut: true } : { kind: 'string', size: limit };
}

const addresses: ReadonlySet<ScriptType['kind']> = new Set(['int', 'pointer', 'array', 'enum', 'unknown']);

/** The text of a literal, and of a positional parameter whatever it looks like; one character a byte. */
function textOf(check: CheckContext, call: BuiltinCall): string | undefined {
  const source = argument(call, 0);
  if (source.kind !== 'positional') return check.literalString(source);
  return String.fromCharCode(...new TextEncoder().encode(source.value));
}

/** Bytes that a literal length makes room for; undefined where the length is only known when it runs, or too long. */
function limitOf(check: CheckContext, call: BuiltinCall): number | undefined {
  expectInteger(check, call, 1);
  const length = check.constant(argument(call, 1));
  const most = check.config.maxStringLength;
  if (length === undefined) return undefined;
  if (length < 0n) {
    check.error(call.span, `str() cannot use negative length (${length})`);
    return undefined;
  }
  if (length + 1n <= BigInt(most)) return Number(length) + 1;
  check.warn(call.span, `length param (${length}) is too long and will be shortened to ${most} bytes (see BPFTRACE_MAX_STRLEN)`);
  return undefined;
}

/** The length that the script gives counts the NUL. `size`: room at the destination. */
function read(emit: EmitContext, call: BuiltinCall, size: number, base: ValueId, offset: number, exact: boolean): void {
  const { ir } = emit;
  const source = sourceOf(emit, argument(call, 0));
  const length = call.args[1];
  // A larger place may wait for other strings.
  const room = Math.min(size, emit.config.maxStringLength + 1);
  const known = length === undefined ? room : knownLength(emit.constant(length), room);
  if (exact || (known === undefined && size <= onStack)) ir.zero(base, offset, size);
  else if (known === undefined) ir.store(base, offset, 1, ir.constant(0));
  if (known === 0) {
    ir.store(base, offset, 1, ir.constant(0));
    return;
  }
  const bytes = known === undefined && length ? atMost(ir, emit.lowerScalar(length), room) : ir.constant(known ?? room);
  const [space, from] = source.in === 'address' ? [source.space, source.address] as const : ['kernel', pointer(ir, source.base, source.offset)] as const;
  readString(ir, space, base, offset, bytes, from);
}

/** A read of a size that is not known needs initialized memory, where that is on the stack. */
const onStack = 64;

function knownLength(length: bigint | undefined, size: number): number | undefined {
  return length === undefined ? undefined : Math.min(size, Number(length));
}
