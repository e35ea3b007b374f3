// `a.b`, `a->b`, `a[i]`: embedded members fold into one offset, each pointer hop is one read.
import { findMember, recordOf } from '../../ctype/member.ts';
import type { CType } from '../../ctype/ctype.ts';
import { sizeOf, strip } from '../../ctype/types.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Expression } from '../lang/ast.ts';
import type { Value } from '../sema/builtin.ts';
import { bitfieldUnit, cLayout } from '../sema/layouts.ts';
import { argumentNamed } from '../sema/member.ts';
import type { ScriptType, Space } from '../sema/stype.ts';
import { lowerArgument } from './arguments.ts';
import type { Emit } from './emit.ts';
import { elementOf, fieldOf } from './store.ts';
import { inMemory } from './text.ts';
import { addressOf, isDirect, readAt, readScalar, scalarShape, toRegister } from './value.ts';

type Address = Extract<Value, { in: 'address' }>;
type Member = Extract<Expression, { kind: 'member' }>;
type Index = Extract<Expression, { kind: 'index' }>;

/**
 * Lowers a chain of members. Pointers that were loaded on the way may be null, and the verifier may know it: the chain then ends early,
 * and its value is 0.
 */
function inChain(e: Emit, lower: () => Value): Value {
  if (e.chain !== undefined) return lower();
  const chain: NonNullable<Emit['chain']> = { nullBlock: undefined };
  e.chain = chain;
  const value = lower();
  e.chain = undefined;
  return chain.nullBlock === undefined ? value : joinNull(e, value, chain.nullBlock);
}

/** Code that is no part of the chain around it: an index, say. */
export function outsideChain<T>(e: Emit, body: () => T): T {
  const before = e.chain;
  e.chain = undefined;
  const result = body();
  e.chain = before;
  return result;
}

function joinNull(e: Emit, value: Value, nullBlock: number): Value {
  const { ir } = e;
  const result = e.fresh('chain');
  const after = ir.block('chain.end');
  if (value.in === 'register') ir.write(result, value.value);
  if (value.in === 'address') ir.write(result, addressOf(e, value.address, value.offset));
  ir.jump(after);
  ir.seal(nullBlock);
  ir.enter(nullBlock);
  ir.write(result, ir.constant(0));
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
  if (value.in === 'register') return { ...value, value: ir.read(result) };
  return value.in === 'address' ? { ...value, address: ir.read(result), offset: 0, trusted: false } : value;
}

/** Goes on only where the pointer is not null. */
function guard(e: Emit, pointer: ValueId): void {
  const { chain, ir } = e;
  if (chain === undefined) return;
  chain.nullBlock ??= ir.block('null');
  const present = ir.block(e.fresh('hop'));
  ir.branchIf(pointer, present, chain.nullBlock, 'then');
  ir.seal(present);
  ir.enter(present);
}

/** The record or value that a pointer points to. */
export function follow(e: Emit, pointer: ValueId, type: { readonly to: CType; readonly space: Space; readonly trusted: boolean }): Address {
  const target = e.typeOfC(type.to, type.space, type.trusted);
  const address: Address = { in: 'address', address: pointer, offset: 0, space: type.space, trusted: type.trusted, ctype: type.to, type: target };
  if (e.ir.typeOf(pointer) === 'btf' && !e.roots.has(pointer)) guard(e, pointer);
  return { ...address, trusted: isDirect(e, address) };
}

/** A scalar is read, anything larger stays where it is. */
function readOrStay(e: Emit, at: Address): Value {
  const read = readScalar(e, at);
  return read === undefined ? at : { in: 'register', value: read, type: at.type };
}

export function lowerMember(e: Emit, expression: Member): Value {
  const object = e.typeOf(expression.object);
  if (object.kind === 'args') {
    const argument = argumentNamed(e, expression.name);
    if (argument === undefined) throw new Error(`lower: no argument ${expression.name}`);
    return lowerArgument(e, argument);
  }
  return inChain(e, () => {
    if (object.kind === 'tuple') return elementOf(asMemory(e, expression.object), Number(expression.name));
    if (object.kind === 'named tuple') return fieldOf(asMemory(e, expression.object), expression.name);
    const from = object.kind === 'pointer' ? follow(e, e.lowerScalar(expression.object), object) : e.lower(expression.object);
    const field = fieldAt(e, object, expression.name);
    return from.in === 'memory' ? memberInMemory(e, from, field) : memberAt(e, asAddress(from), field);
  });
}

function asMemory(e: Emit, expression: Expression): Extract<Value, { in: 'memory' }> {
  return inMemory(e, expression, false);
}

function asAddress(value: Value): Address {
  if (value.in !== 'address') throw new Error(`lower: a ${value.type.kind} has no members in memory`);
  return value;
}

interface Field {
  readonly type: CType;
  /** Bits from the start of the record. */
  readonly bitOffset: number;
  readonly bitSize: number | null;
  /** The verifier takes the first member of a union that lies there, whatever the script means. */
  readonly inUnion: boolean;
}

function fieldAt(e: Emit, object: ScriptType, name: string): Field {
  const type = object.kind === 'pointer' ? object.to : object.kind === 'record' ? object.type : undefined;
  const record = type && recordOf(e.types, type);
  const found = record && findMember(e.types, record, name);
  if (record === undefined || found === undefined) throw new Error(`lower: no member ${name}`);
  return { type: found.type, bitOffset: found.bitOffset, bitSize: found.bitSize, inUnion: found.inUnion };
}

function memberAt(e: Emit, record: Address, field: Field): Value {
  const trusted = record.trusted && !field.inUnion;
  const type = e.typeOfC(field.type, record.space, trusted);
  const start: Address = { ...record, trusted, ctype: field.type, type };
  if (field.bitSize !== null) return { in: 'register', value: readBitfield(e, start, record.offset, field.bitOffset, field.bitSize), type };
  return readOrStay(e, { ...start, offset: record.offset + field.bitOffset / 8 });
}

/** The verifier takes a direct load of a bitfield only from the byte where it starts. */
function readBitfield(e: Emit, at: Address, base: number, bits: number, width: number): ValueId {
  const unit = bitfieldUnit(base * 8 + bits, width);
  const fits = unit.offset === Math.floor((base * 8 + bits) / 8);
  const word = readAt(e, { ...at, trusted: at.trusted && fits }, unit.offset, unit.size, false, 'scalar');
  return extract(e, word, unit.shift, width, isSigned(e, at.ctype));
}

function extract(e: Emit, word: ValueId, shift: number, width: number, signed: boolean): ValueId {
  const { ir } = e;
  if (signed) {
    const up = ir.binary('shl', word, ir.constant(64 - shift - width));
    return ir.binary('ashr', up, ir.constant(64 - width));
  }
  const down = shift === 0 ? word : ir.binary('lshr', word, ir.constant(shift));
  return width === 64 ? down : ir.binary('and', down, ir.constant((1n << BigInt(width)) - 1n));
}

function isSigned(e: Emit, type: CType): boolean {
  const under = strip(e.types, type);
  return under.kind === 'int' && under.signed;
}

/** A member of a record that was copied: into a variable, a map, out of registers. */
function memberInMemory(e: Emit, record: Extract<Value, { in: 'memory' }>, field: Field): Value {
  const space = record.type.kind === 'record' ? record.type.space : 'kernel';
  const type = e.typeOfC(field.type, space, false);
  if (field.bitSize !== null) {
    const unit = bitfieldUnit(record.offset * 8 + field.bitOffset, field.bitSize);
    const word = e.ir.load(record.base, unit.offset, unit.size);
    return { in: 'register', value: extract(e, word, unit.shift, field.bitSize, isSigned(e, field.type)), type };
  }
  const value: Value = { in: 'memory', base: record.base, offset: record.offset + field.bitOffset / 8, layout: cLayout(e.types, field.type), type };
  return scalarShape(type) === undefined ? value : { in: 'register', value: toRegister(e, value), type };
}

export function lowerIndex(e: Emit, expression: Index): Value {
  return inChain(e, () => {
    const object = e.typeOf(expression.object);
    const constant = e.constant(expression.index);
    if (object.kind === 'tuple') return elementOf(asMemory(e, expression.object), Number(constant ?? 0n));
    if (object.kind === 'pointer') {
      const start = follow(e, e.lowerScalar(expression.object), { ...object, trusted: false });
      return elementAt(e, start, object.to, expression, constant, 0);
    }
    const from = e.lower(expression.object);
    if (object.kind === 'string') return characterAt(e, from, expression, constant, object.size);
    if (object.kind !== 'array') throw new Error(`lower: a ${object.kind} has no elements`);
    if (from.in === 'memory') return elementInMemory(e, from, object, expression, constant);
    return elementAt(e, asAddress(from), object.of, expression, constant, object.count);
  });
}

/** @param count elements that there are, 0 where nobody knows */
function elementAt(e: Emit, array: Address, of: CType, expression: Index, constant: bigint | undefined, count: number): Value {
  const size = Math.max(1, sizeOf(e.types, of));
  const type = e.typeOfC(of, array.space, array.trusted);
  if (constant !== undefined) return readOrStay(e, { ...array, offset: array.offset + Number(constant) * size, ctype: of, type });
  const index = outsideChain(e, () => e.lowerScalar(expression.index));
  if (count > 0) warnBounds(e, index, count, expression);
  const address = e.ir.binary('add', array.address, e.ir.binary('mul', index, e.ir.constant(size)));
  return readOrStay(e, { ...array, address, trusted: false, ctype: of, type: e.typeOfC(of, array.space, false) });
}

function warnBounds(e: Emit, index: ValueId, count: number, expression: Index): void {
  const { ir } = e;
  const [outside, after] = [ir.block('outside'), ir.block('inside')];
  ir.branch('ult', index, ir.constant(count), after, outside, 'then');
  ir.seal(outside);
  ir.enter(outside);
  e.runtimeError(`Array access out of bounds. The array has ${count} elements.`, expression.span);
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
}

function elementInMemory(e: Emit, array: Extract<Value, { in: 'memory' }>, object: Extract<ScriptType, { kind: 'array' }>, expression: Index, constant: bigint | undefined): Value {
  const size = Math.max(1, sizeOf(e.types, object.of));
  const type = e.typeOfC(object.of, object.space, false);
  const layout = cLayout(e.types, object.of);
  if (constant !== undefined) {
    const element: Value = { in: 'memory', base: array.base, offset: array.offset + Number(constant) * size, layout, type };
    return scalarShape(type) === undefined ? element : { in: 'register', value: toRegister(e, element), type };
  }
  const index = outsideChain(e, () => e.lowerScalar(expression.index));
  const shape = scalarShape(type);
  return { in: 'register', value: loadWithin(e, array, index, object.count, size, shape?.size ?? 8, shape?.signed ?? false), type };
}

function characterAt(e: Emit, text: Value, expression: Index, constant: bigint | undefined, size: number): Value {
  const type: ScriptType = { kind: 'int', size: 1, signed: true };
  if (text.in === 'address') {
    const at: Address = { ...text, trusted: false, type };
    if (constant !== undefined) return readOrStay(e, { ...at, offset: at.offset + Number(constant) });
    const index = outsideChain(e, () => e.lowerScalar(expression.index));
    return readOrStay(e, { ...at, address: e.ir.binary('add', at.address, index) });
  }
  if (text.in !== 'memory') return { in: 'register', value: e.ir.constant(0), type };
  if (constant !== undefined) return { in: 'register', value: e.ir.load(text.base, text.offset + Number(constant), 1, true), type };
  const index = outsideChain(e, () => e.lowerScalar(expression.index));
  return { in: 'register', value: loadWithin(e, text, index, size, 1, 1, true), type };
}

/** The verifier wants to see the bound in front of the load; behind it there is 0. */
function loadWithin(e: Emit, from: Extract<Value, { in: 'memory' }>, index: ValueId, count: number, stride: number, size: 1 | 2 | 4 | 8, signed: boolean): ValueId {
  const { ir } = e;
  const result = e.fresh('element');
  ir.write(result, ir.constant(0));
  const [inside, after] = [ir.block('inside'), ir.block('element')];
  ir.branch('ult', index, ir.constant(count), inside, after, 'then');
  ir.seal(inside);
  ir.enter(inside);
  const place = ir.binary('add', from.base, ir.binary('mul', index, ir.constant(stride)));
  ir.write(result, ir.load(place, from.offset, size, signed));
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
  return ir.read(result);
}

/** `*p` */
export function dereference(e: Emit, expression: Extract<Expression, { kind: 'unary' }>): Value {
  return inChain(e, () => {
    const pointer = e.lowerScalar(expression.operand);
    const type = e.typeOf(expression.operand);
    if (type.kind === 'pointer') return readOrStay(e, follow(e, pointer, type));
    const word: CType = { kind: 'int', name: 'uint64', size: 8, signed: false, encoding: 'int' };
    return readOrStay(e, { in: 'address', address: pointer, offset: 0, space: e.probe.space, trusted: false, ctype: word, type: e.typeOf(expression) });
  });
}
