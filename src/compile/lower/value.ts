// Values on their way: out of memory into registers, from one integer type to another.
import type { Layout } from '../../bpf/layout.ts';
import type { AccessSize, ValueId, ValueType } from '../ir/ir.ts';
import type { Value } from '../sema/builtin.ts';
import { asInt } from '../sema/join.ts';
import type { IntType, ScriptType } from '../sema/stype.ts';
import type { Emit } from './emit.ts';

export const bitsOf = { 1: 8, 2: 16, 4: 32, 8: 64 } as const;

/** How many bytes a scalar has in memory, and how they fill a register. undefined: the type does not fit one. */
export function scalarShape(type: ScriptType): IntType | undefined {
  switch (type.kind) {
    case 'int':
    case 'bool':
    case 'enum':
      return asInt(type);
    case 'pointer':
    case 'ksym':
    case 'timestamp':
    case 'username':
    case 'cgroup_path':
      return { kind: 'int', size: 8, signed: false };
    default:
      return undefined;
  }
}

/** The value in a register; what lies in memory is loaded. Arrays and records are worth their address. */
export function toRegister(e: Emit, value: Value): ValueId {
  switch (value.in) {
    case 'register':
      return value.value;
    case 'memory': {
      const shape = scalarShape(value.type);
      return shape === undefined ? addressOf(e, value.base, value.offset) : e.ir.load(value.base, value.offset, shape.size, shape.signed);
    }
    case 'address':
      return readScalar(e, value) ?? addressOf(e, value.address, value.offset);
    case 'nothing':
      return e.ir.constant(0);
  }
}

export function addressOf(e: Emit, base: ValueId, offset: number): ValueId {
  return offset === 0 ? base : e.ir.binary('add', base, e.ir.constant(offset));
}

/** Reads a scalar that lies at an address: directly where the verifier knows the pointer, else through a helper. */
export function readScalar(e: Emit, value: Extract<Value, { in: 'address' }>): ValueId | undefined {
  const shape = scalarShape(value.type);
  if (shape === undefined) return undefined;
  return readAt(e, value, value.offset, shape.size, shape.signed, value.type.kind === 'pointer' && value.type.trusted ? 'btf' : 'scalar');
}

/** @param result class of the value where the load is direct */
export function readAt(e: Emit, at: Extract<Value, { in: 'address' }>, offset: number, size: AccessSize, signed: boolean, result: ValueType): ValueId {
  if (isDirect(e, at)) return e.ir.emit({ kind: 'load', base: at.address, offset, size, signed }, result);
  return e.ir.emit({ kind: 'probeRead', space: at.space, address: at.address, offset, size, signed });
}

/** Both the script's type and the verifier's say that the pointer can be followed. */
export function isDirect(e: Emit, at: Extract<Value, { in: 'address' }>): boolean {
  const known = e.ir.typeOf(at.address);
  return at.trusted && (known === 'btf' || known === 'ctx');
}

/** From one integer type to another; registers hold integers extended by their own sign. */
export function convertInt(e: Emit, value: ValueId, from: IntType, to: IntType): ValueId {
  if (to.size === 8) return value;
  const fits = from.signed === to.signed ? from.size <= to.size : !from.signed && from.size < to.size;
  return fits ? value : e.ir.extend(value, bitsOf[to.size], to.signed);
}

/** From a value of one type to a register of another: integers are cut, everything else keeps its bits. */
export function convert(e: Emit, value: ValueId, from: ScriptType, to: ScriptType): ValueId {
  if (to.kind === 'bool') return from.kind === 'bool' ? value : truth(e, value);
  const [a, b] = [scalarShape(from), scalarShape(to)];
  return a === undefined || b === undefined ? value : convertInt(e, value, a, b);
}

/** 1 for everything but 0. */
export function truth(e: Emit, value: ValueId): ValueId {
  return e.ir.compare('ne', value, e.ir.constant(0));
}

/** Bytes and sign of a layout that is one number; undefined for others. */
export function scalarLayout(layout: Layout): IntType | undefined {
  switch (layout.kind) {
    case 'int':
    case 'enum':
      return { kind: 'int', size: layout.size, signed: layout.signed };
    case 'bool':
      return { kind: 'int', size: 1, signed: false };
    case 'pointer':
    case 'ksym':
    case 'timestamp':
    case 'username':
    case 'cgroup_path':
      return { kind: 'int', size: 8, signed: false };
    default:
      return undefined;
  }
}
