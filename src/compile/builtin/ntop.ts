// ntop(): an internet address, printed as the field writes it.
import type { Builtin, EmitContext } from '../sema/builtin.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Expression } from '../lang/ast.ts';
import type { ScriptType } from '../sema/stype.ts';
import { kindText } from '../sema/typetext.ts';
import { argument, expectInteger } from './expect.ts';
import { bytesOf } from './macaddr.ts';
import { madeInMemory, readBytes, sourceOf } from './memory.ts';

/** Families that layout `inet` knows, by the bytes of their addresses. */
const families: Readonly<Record<number, number>> = { 4: 2, 16: 10 };
const result: ScriptType = { kind: 'inet' };
const readable: ReadonlySet<ScriptType['kind']> = new Set(['int', 'enum', 'array', 'string', 'unknown']);

export const ntop: Builtin = {
  name: 'ntop',
  form: 'function',
  signature: 'ntop([family,] address)',
  doc: 'An internet address: an integer or four bytes are IPv4, sixteen bytes IPv6, in network order.',
  arity: [1, 2],
  type: (check, call) => {
    if (call.args.length === 2) expectInteger(check, call, 0);
    const type = check.typeOf(argument(call, call.args.length - 1));
    if (!readable.has(type.kind)) check.error(call.span, `ntop() expects an integer or array argument, got ${kindText(type)}`);
    const bytes = bytesOf(check, type);
    if (bytes !== undefined && families[bytes] === undefined) check.error(call.span, 'ntop() argument must be 4 or 16 bytes in size');
    return result;
  },
  ...madeInMemory(() => result, (emit, call, _layout, base, offset) => {
    const address = argument(call, call.args.length - 1);
    const type = emit.typeOf(address);
    const bytes = bytesOf(emit, type) ?? 4;
    const [given] = call.args.length === 2 ? call.args : [];
    emit.ir.store(base, offset, 4, given ? emit.lowerScalar(given) : emit.ir.constant(families[bytes] ?? 0));
    if (type.kind === 'int' || type.kind === 'enum') storeNumber(emit, address, base, offset + 4);
    else storeBytes(emit, address, bytes, base, offset + 4);
  }),
};

/** The low half of an integer, whose bytes already are in network order. */
function storeNumber(emit: EmitContext, address: Expression, base: ValueId, offset: number): void {
  emit.ir.store(base, offset, 4, emit.lowerScalar(address));
  emit.ir.zero(base, offset + 4, 12);
}

function storeBytes(emit: EmitContext, address: Expression, bytes: number, base: ValueId, offset: number): void {
  readBytes(emit, sourceOf(emit, address), emit.ir.constant(bytes), bytes, base, offset);
  emit.ir.zero(base, offset + bytes, 16 - bytes);
}
