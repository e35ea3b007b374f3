// Writes values to memory in the layout that is wanted there: keys, map values, variables, fields of events.
import { layoutSize } from '../../bpf/layout.ts';
import type { Layout } from '../../bpf/layout.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Expression } from '../lang/ast.ts';
import { builtinCall } from '../sema/names.ts';
import type { Value } from '../sema/builtin.ts';
import { aggregateInt } from '../sema/operator.ts';
import type { ScriptType } from '../sema/stype.ts';
import type { Emit } from './emit.ts';
import { readMapInto } from './mapread.ts';
import { storeLiteral, storeString } from './text.ts';
import { hasPadding } from './unit.ts';
import { addressOf, convertInt, scalarLayout, scalarShape, toRegister } from './value.ts';

/** Evaluates an expression to bytes; what makes its value in memory makes it there. */
export function lowerInto(e: Emit, expression: Expression, layout: Layout, base: ValueId, offset: number, exact: boolean): void {
  const before = e.ir.setSpan(expression.span);
  lowerHere(e, expression, layout, base, offset, exact);
  e.ir.setSpan(before);
}

function lowerHere(e: Emit, expression: Expression, layout: Layout, base: ValueId, offset: number, exact: boolean): void {
  const type = e.typeOf(expression);
  if (expression.kind === 'string' && layout.kind === 'string') {
    storeLiteral(e, expression.value, layout.size, base, offset, exact);
    return;
  }
  const builtin = expression.kind === 'identifier' || expression.kind === 'call' ? e.builtins.get(expression.name) : undefined;
  if (builtin?.lowerInto && (expression.kind === 'identifier' || expression.kind === 'call') && sameForm(e.layoutOf(type), layout)) {
    builtin.lowerInto(e, builtinCall(expression), layout, base, offset, exact);
    return;
  }
  if (expression.kind === 'tuple' && layout.kind === 'tuple') {
    storeElements(e, expression.elements, layout, base, offset, exact);
    return;
  }
  if (expression.kind === 'record' && layout.kind === 'record') {
    if (exact && hasPadding(layout)) e.ir.zero(base, offset, layout.size);
    for (const { name, value } of expression.fields) {
      const field = layout.fields.find((each) => each.name === name);
      if (field !== undefined) lowerInto(e, value, field.layout, base, offset + field.offset, exact);
    }
    return;
  }
  if (expression.kind === 'map' && scalarShape(type) === undefined && aggregateOf(type) === undefined && sameForm(e.layoutOf(type), layout)) {
    readMapInto(e, expression, layout, base, offset, exact);
    return;
  }
  store(e, e.lower(expression), layout, base, offset, exact);
}

function aggregateOf(type: ScriptType): unknown {
  return type.kind === 'aggregate' ? aggregateInt(type) : undefined;
}

/** Elements that stand in the script; key parts are such too. */
export function storeElements(e: Emit, elements: readonly Expression[], layout: Extract<Layout, { kind: 'tuple' }>, base: ValueId, offset: number, exact: boolean): void {
  if (exact && padded(layout)) e.ir.zero(base, offset, layout.size);
  for (const [index, element] of elements.entries()) {
    const field = layout.elements[index];
    if (field !== undefined) lowerInto(e, element, field.layout, base, offset + field.offset, exact);
  }
}

function padded(layout: Extract<Layout, { kind: 'tuple' }>): boolean {
  return layout.elements.reduce((sum, each) => sum + layoutSize(each.layout), 0) !== layout.size;
}

/** Whether bytes of the one can be copied as they are into the other, strings of other sizes included. */
function sameForm(a: Layout, b: Layout): boolean {
  if (a.kind === 'string' && b.kind === 'string') return true;
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** Writes a value that is already there. */
export function store(e: Emit, value: Value, layout: Layout, base: ValueId, offset: number, exact: boolean): void {
  const shape = scalarLayout(layout);
  if (shape !== undefined) {
    const from = scalarShape(value.type);
    const register = toRegister(e, value);
    const number = layout.kind === 'bool' && value.type.kind !== 'bool' ? e.ir.compare('ne', register, e.ir.constant(0)) : register;
    e.ir.store(base, offset, shape.size, from === undefined || from.size >= shape.size ? number : convertInt(e, number, from, shape));
    return;
  }
  if (layout.kind === 'string') {
    storeString(e, value, layout.size, base, offset, exact);
    return;
  }
  if (value.in === 'memory') {
    copyMemory(e, value, layout, base, offset, exact);
    return;
  }
  if (value.in === 'address') {
    const size = layoutSize(layout);
    const read = value.space === 'user' ? 'probe_read_user' : 'probe_read_kernel';
    if (size > 0) e.ir.helper(read, [addressOf(e, base, offset), e.ir.constant(size), addressOf(e, value.address, value.offset)]);
    return;
  }
  if (value.in === 'register') {
    // An opaque value of up to eight bytes.
    const size = layoutSize(layout);
    if (size === 1 || size === 2 || size === 4 || size === 8) e.ir.store(base, offset, size, value.value);
    return;
  }
  e.ir.zero(base, offset, layoutSize(layout));
}

function copyMemory(e: Emit, value: Extract<Value, { in: 'memory' }>, layout: Layout, base: ValueId, offset: number, exact: boolean): void {
  if (layout.kind === 'tuple' && value.layout.kind === 'tuple' && (!sameForm(value.layout, layout) || !trusts(value, exact))) {
    if (exact && padded(layout)) e.ir.zero(base, offset, layout.size);
    for (const [index, field] of layout.elements.entries()) {
      store(e, elementOf(value, index), field.layout, base, offset + field.offset, exact);
    }
    return;
  }
  if (layout.kind === 'record' && value.layout.kind === 'record' && value.type.kind === 'named tuple' && !sameForm(value.layout, layout)) {
    if (exact) e.ir.zero(base, offset, layout.size);
    for (const field of layout.fields) store(e, fieldOf(value, field.name), field.layout, base, offset + field.offset, exact);
    return;
  }
  const size = Math.min(layoutSize(layout), layoutSize(value.layout));
  e.ir.copy(base, offset, value.base, value.offset, size);
  if (layoutSize(layout) > size) e.ir.zero(base, offset + size, layoutSize(layout) - size);
}

function trusts(value: Extract<Value, { in: 'memory' }>, exact: boolean): boolean {
  return !exact || value.exact === true || !holdsString(value.layout);
}

function holdsString(layout: Layout): boolean {
  return layout.kind === 'string' || (layout.kind === 'tuple' && layout.elements.some((each) => holdsString(each.layout)));
}

/** One element of a tuple in memory. */
export function elementOf(value: Extract<Value, { in: 'memory' }>, index: number): Value {
  const field = value.layout.kind === 'tuple' ? value.layout.elements[index] : undefined;
  const type = value.type.kind === 'tuple' ? value.type.elements[index] : undefined;
  if (field === undefined || type === undefined) throw new Error(`lower: tuple without element ${index}`);
  return { ...value, offset: value.offset + field.offset, layout: field.layout, type };
}

/** One field of a record of the script's own in memory. */
export function fieldOf(value: Extract<Value, { in: 'memory' }>, name: string): Value {
  const field = value.layout.kind === 'record' ? value.layout.fields.find((each) => each.name === name) : undefined;
  const type = value.type.kind === 'named tuple' ? value.type.fields.find((each) => each.name === name)?.type : undefined;
  if (field === undefined || type === undefined) throw new Error(`lower: record without field ${name}`);
  return { ...value, offset: value.offset + field.offset, layout: field.layout, type };
}
