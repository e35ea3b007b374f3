// strncmp(): whether two strings begin alike.
import type { Builder } from '../ir/builder.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Expression } from '../lang/ast.ts';
import type { Builtin, CheckContext, EmitContext } from '../sema/builtin.ts';
import { u64 } from '../sema/stype.ts';
import { argument, expectString } from './expect.ts';
import { countedLoop, leaveWhen } from './loop.ts';
import { inRegister, stringIn } from './memory.ts';

/** Bytes up to which a literal is compared word by word, without a loop. */
const unrolled = 64;

export const strncmp: Builtin = {
  name: 'strncmp',
  form: 'function',
  signature: 'strncmp(a, b, n)',
  doc: '0 when the first n bytes (a literal) of two strings are equal, else 1.',
  arity: [3, 3],
  type: (check, call) => {
    expectString(check, call, 0);
    expectString(check, call, 1);
    if ((check.constant(argument(call, 2)) ?? -1n) < 0n) check.error(call.span, 'Builtin strncmp requires a non-negative literal');
    return u64;
  },
  lower: (emit, call) => {
    const [a, b] = [argument(call, 0), argument(call, 1)];
    const most = Number(emit.constant(argument(call, 2)) ?? 0n);
    const [literal, other] = emit.literalString(b) === undefined ? [a, b] : [b, a];
    const words = wanted(emit, literal, most);
    return inRegister(u64, words === undefined ? compareBytes(emit, a, b, most) : compareWords(emit, other, words));
  },
};

/** The bytes that decide, where one side is a short literal: its own and the NUL behind them, as far as n goes. */
function wanted(check: CheckContext, literal: Expression, most: number): Uint8Array | undefined {
  const text = check.literalString(literal);
  if (text === undefined) return undefined;
  const bytes = Uint8Array.from(`${text}\0`.slice(0, most), (character) => character.charCodeAt(0));
  return bytes.length <= unrolled ? bytes : undefined;
}

/** 1 when the string in memory does not begin with these bytes. */
function compareWords(emit: EmitContext, expression: Expression, bytes: Uint8Array): ValueId {
  const { ir } = emit;
  const { base, offset, size } = stringIn(emit, expression);
  // A shorter buffer ends in a NUL where the literal has none.
  if (size < bytes.length) return ir.constant(1);
  let differences = ir.constant(0);
  for (let at = 0; at < bytes.length; ) {
    const width = chunk(offset + at, bytes.length - at);
    let word = 0n;
    for (let index = width - 1; index >= 0; index--) word = (word << 8n) | BigInt(bytes[at + index] ?? 0);
    const difference = ir.binary('xor', ir.load(base, offset + at, width), ir.constant(word));
    differences = at === 0 ? difference : ir.binary('or', differences, difference);
    at += width;
  }
  return ir.compare('ne', differences, ir.constant(0));
}

/** The widest load that is aligned there and stays inside. */
function chunk(offset: number, left: number): 1 | 2 | 4 | 8 {
  for (const width of [8, 4, 2] as const) if (offset % width === 0 && width <= left) return width;
  return 1;
}

/** Byte by byte, to the first difference or the end of both. */
function compareBytes(emit: EmitContext, left: Expression, right: Expression, most: number): ValueId {
  const { ir } = emit;
  const [a, b] = [stringIn(emit, left), stringIn(emit, right)];
  const limit = Math.min(most, a.size, b.size);
  if (limit === 0) return ir.constant(0);
  const result = `strncmp ${ir.here}`;
  countedLoop(ir, 'strncmp', limit, (at, leave) => {
    const [one, other] = [byteAt(ir, a, at), byteAt(ir, b, at)];
    ir.write(result, ir.constant(1));
    leaveWhen(ir, 'ne', one, other, leave);
    ir.write(result, ir.constant(0));
    leaveWhen(ir, 'eq', one, ir.constant(0), leave);
  });
  return ir.read(result);
}

function byteAt(ir: Builder, string: { readonly base: ValueId; readonly offset: number }, at: ValueId): ValueId {
  return ir.load(ir.binary('add', string.base, at), string.offset, 1);
}
