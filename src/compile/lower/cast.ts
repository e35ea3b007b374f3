// Casts: integers are cut and extended, pointers keep their bits, arrays and strings are reached through their address.
import { layoutSize } from '../../bpf/layout.ts';
import type { Expression } from '../lang/ast.ts';
import type { Value } from '../sema/builtin.ts';
import { integerOf } from '../sema/operator.ts';
import type { ScriptType } from '../sema/stype.ts';
import { u64 } from '../sema/stype.ts';
import type { Emit } from './emit.ts';
import { inMemory } from './text.ts';
import { convert, scalarShape, truth } from './value.ts';

export function lowerCast(e: Emit, expression: Extract<Expression, { kind: 'cast' }>): Value {
  const from = e.typeOf(expression.operand);
  const to = e.typeOf(expression);
  if (to.kind === 'array') return toArray(e, expression.operand, from, to);
  if (to.kind === 'string') return { ...inMemory(e, expression.operand, false), type: to };
  if (to.kind === 'bool' && from.kind === 'string') {
    const text = inMemory(e, expression.operand, false);
    return { in: 'register', value: truth(e, e.ir.load(text.base, text.offset, 1)), type: to };
  }
  if (from.kind === 'array' && scalarShape(to) !== undefined && to.kind !== 'pointer') return bytesAsNumber(e, expression.operand, to);
  if (to.kind === 'pointer' && (from.kind === 'string' || from.kind === 'array')) {
    const { address, offset } = e.address(expression.operand);
    return { in: 'register', value: offset === 0 ? address : e.ir.binary('add', address, e.ir.constant(offset)), type: to };
  }
  const value = e.lowerScalar(expression.operand);
  return { in: 'register', value: convert(e, value, from.kind === 'aggregate' ? (integerOf(from) ?? u64) : from, to), type: to };
}

/** `(int8[4])x`: the bytes of a number or a string. */
function toArray(e: Emit, operand: Expression, from: ScriptType, to: Extract<ScriptType, { kind: 'array' }>): Value {
  const layout = e.layoutOf(to);
  const size = layoutSize(layout);
  const base = e.ir.slot(Math.max(8, size), 'array');
  if (from.kind === 'string') {
    e.lowerInto(operand, { kind: 'string', size: from.size }, base, 0, true);
    if (size > from.size) e.ir.zero(base, from.size, size - from.size);
  } else {
    e.ir.store(base, 0, 8, e.lowerScalar(operand));
  }
  return { in: 'memory', base, offset: 0, layout, type: to, exact: true };
}

function bytesAsNumber(e: Emit, operand: Expression, to: ScriptType): Value {
  const memory = inMemory(e, operand, false);
  const shape = scalarShape(to);
  const size = shape?.size ?? 8;
  return { in: 'register', value: e.ir.load(memory.base, memory.offset, size, shape?.signed ?? false), type: to };
}
