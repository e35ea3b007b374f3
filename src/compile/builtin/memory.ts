// Values that are made in memory: where a record writes them, and where a record reads bytes that it was given.
import { layoutSize } from '../../bpf/layout.ts';
import { sizeOf } from '../../ctype/types.ts';
import type { Builder } from '../ir/builder.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Expression } from '../lang/ast.ts';
import type { Builtin, EmitContext, Value } from '../sema/builtin.ts';
import type { ScriptType, Space } from '../sema/stype.ts';

export type Fill = NonNullable<Builtin['lowerInto']>;

/** `lower` and `lowerInto` of a record whose value `fill` writes: into a slot of its own, or straight to where the value belongs. */
export function madeInMemory(type: Builtin['type'], fill: Fill): Required<Pick<Builtin, 'lower' | 'lowerInto'>> {
  return {
    lower: (emit, call) => {
      const result = type(emit, call);
      const layout = emit.layoutOf(result);
      const base = emit.ir.slot(Math.max(1, layoutSize(layout)), call.name);
      fill(emit, call, layout, base, 0, false);
      return { in: 'memory', base, offset: 0, layout, type: result };
    },
    lowerInto: fill,
  };
}

/** A number in a register, as the value of a call. */
export function inRegister(type: ScriptType, value: ValueId): Value {
  return { in: 'register', value, type };
}

/** base + offset as one pointer, for helpers. */
export function pointer(ir: Builder, base: ValueId, offset: number): ValueId {
  return offset === 0 ? base : ir.binary('add', base, ir.constant(offset));
}

/** The smaller of an unsigned number and a constant. */
export function atMost(ir: Builder, value: ValueId, limit: number): ValueId {
  const most = ir.constant(limit);
  return ir.select(ir.compare('ult', value, most), value, most);
}

/** Bytes that an argument stands for: in memory of the program, or somewhere in the kernel or a process. */
export type Source =
  | { readonly in: 'memory'; readonly base: ValueId; readonly offset: number; readonly size: number }
  | { readonly in: 'address'; readonly address: ValueId; readonly space: Space };

/** Where the bytes of a string, array, record, or behind a pointer or an integer that is an address, lie. */
export function sourceOf(emit: EmitContext, expression: Expression): Source {
  const type = emit.typeOf(expression);
  if (type.kind === 'string' || type.kind === 'array' || type.kind === 'record') {
    const value = emit.lower(expression);
    if (value.in === 'memory') return { in: 'memory', base: value.base, offset: value.offset, size: layoutSize(value.layout) };
    if (value.in === 'address') return { in: 'address', address: pointer(emit.ir, value.address, value.offset), space: value.space };
  }
  const { address, offset, space } = emit.address(expression);
  return { in: 'address', address: pointer(emit.ir, address, offset), space };
}

/** Reads `size` bytes of a source to base + offset, zeros where it cannot be read; `known`: the size, where it is a constant. */
export function readBytes(emit: EmitContext, source: Source, size: ValueId, known: number | undefined, base: ValueId, offset: number): void {
  const { ir } = emit;
  if (known === 0) return;
  if (source.in === 'memory' && known !== undefined && known <= source.size) {
    ir.copy(base, offset, source.base, source.offset, known);
    return;
  }
  const from = source.in === 'memory' ? pointer(ir, source.base, source.offset) : source.address;
  const helper = source.in === 'address' && source.space === 'user' ? 'probe_read_user' : 'probe_read_kernel';
  ir.helper(helper, [pointer(ir, base, offset), size, from]);
}

/** Reads a NUL-terminated string of at most `size` bytes with its NUL; returns the bytes read, negative when the address is bad. */
export function readString(ir: Builder, space: Space, base: ValueId, offset: number, size: ValueId, from: ValueId): ValueId {
  return ir.helper(space === 'user' ? 'probe_read_user_str' : 'probe_read_kernel_str', [pointer(ir, base, offset), size, from]);
}

/** Direct memory that holds the string; what lies elsewhere is brought into a slot. */
export function stringIn(emit: EmitContext, expression: Expression): { readonly base: ValueId; readonly offset: number; readonly size: number } {
  const value = emit.lower(expression);
  if (value.in === 'memory') return { base: value.base, offset: value.offset, size: layoutSize(value.layout) };
  const layout = emit.layoutOf(value.type);
  const base = emit.ir.slot(layoutSize(layout), 'string');
  emit.store(value, layout, base, 0, false);
  return { base, offset: 0, size: layoutSize(layout) };
}

/** Bytes of an array type; 0 where the count is not known. */
export function arraySize(emit: Pick<EmitContext, 'types'>, type: Extract<ScriptType, { kind: 'array' }>): number {
  return type.count * sizeOf(emit.types, type.of);
}

