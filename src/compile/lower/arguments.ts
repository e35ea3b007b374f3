// Arguments of the probe by name: out of saved registers, the stack, the program's context, the tracepoint's record.
import { sizeOf } from '../../ctype/types.ts';
import type { Argument } from '../../ctype/probes.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Value } from '../sema/builtin.ts';
import { argumentScriptType } from '../sema/member.ts';
import type { ScriptType, Space } from '../sema/stype.ts';
import type { Emit } from './emit.ts';
import { readScalar, scalarShape } from './value.ts';

export function lowerArgument(e: Emit, argument: Argument): Value {
  const type = argumentScriptType(e, argument);
  const { place } = argument;
  switch (place.in) {
    case 'registers':
      return fromWords(e, argument, type, place.offsets.map((offset) => () => e.ir.load(e.ctx, offset, 8)));
    case 'slots': {
      const pointer = type.kind === 'pointer' && type.trusted;
      const words = Array.from({ length: place.count }, (_, index) => () => slotWord(e, type, place.first + index, pointer));
      return fromWords(e, argument, type, words);
    }
    case 'saved':
      return fromWords(e, argument, type, [() => savedRegister(e, place.offset)]);
    case 'stack': {
      const stack = e.ir.load(e.ctx, e.arch.stackPointer, 8);
      return readOrAddress(e, at(argument, type, stack, place.offset, 'kernel'));
    }
    case 'record':
      return fromRecord(e, argument, type, place.offset, place.size);
    case 'dataloc':
      return dynamicData(e, argument, type, place.offset, 0);
    case 'relloc':
      return dynamicData(e, argument, type, place.offset, place.offset + 4);
  }
}

function at(argument: Argument, type: ScriptType, address: ValueId, offset: number, space: Space): Extract<Value, { in: 'address' }> {
  return { in: 'address', address, offset, space, trusted: false, ctype: argument.type, type };
}

function readOrAddress(e: Emit, value: Extract<Value, { in: 'address' }>): Value {
  const read = readScalar(e, value);
  return read === undefined ? value : { in: 'register', value: read, type: value.type };
}

/** One register's worth is a scalar; structs by value are put together in a slot. */
function fromWords(e: Emit, argument: Argument, type: ScriptType, words: readonly (() => ValueId)[]): Value {
  const shape = scalarShape(type);
  const [first] = words;
  if (shape !== undefined && first !== undefined) {
    const word = first();
    const value = shape.size === 8 ? word : e.ir.extend(word, ({ 1: 8, 2: 16, 4: 32 } as const)[shape.size], shape.signed);
    if (e.ir.typeOf(value) === 'btf') e.roots.add(value);
    return { in: 'register', value, type };
  }
  const size = Math.max(8 * words.length, sizeOf(e.types, argument.type));
  const base = e.ir.slot(size, argument.name);
  for (const [index, word] of words.entries()) e.ir.store(base, 8 * index, 8, word());
  return { in: 'memory', base, offset: 0, layout: e.layoutOf(type), type };
}

/** A register of struct pt_regs, which the first argument points to. */
function savedRegister(e: Emit, offset: number): ValueId {
  const trampoline = e.probe.provider === 'fentry' || e.probe.provider === 'fexit';
  const address = e.ir.load(e.ctx, trampoline ? 0 : (e.arch.argumentRegisters[0] ?? 0), 8);
  return e.ir.emit({ kind: 'probeRead', space: 'kernel', address, offset, size: 8, signed: false });
}

/** A slot of a trampoline's context. What is neither number nor struct pointer the verifier gives out only through a helper. */
function slotWord(e: Emit, type: ScriptType, index: number, pointer: boolean): ValueId {
  const trampoline = e.probe.provider === 'fentry' || e.probe.provider === 'fexit';
  if (trampoline && type.kind === 'pointer' && !pointer && isOpaque(e, type) && e.features.helpers.has('get_func_arg')) {
    const slot = e.ir.slot(8, 'argument');
    e.ir.helper('get_func_arg', [e.ctx, e.ir.constant(index), slot]);
    return e.ir.load(slot, 0, 8);
  }
  return e.ir.emit({ kind: 'load', base: e.ctx, offset: 8 * index, size: 8, signed: false }, pointer ? 'btf' : 'scalar');
}

/** kernel/bpf/btf.c, btf_ctx_access: pointers to void, integers and structs can be read from the context, others not. */
function isOpaque(e: Emit, type: Extract<ScriptType, { kind: 'pointer' }>): boolean {
  const to = e.typeOfC(type.to, 'kernel', false);
  return to.kind === 'pointer' || to.kind === 'array' || to.kind === 'string' || (to.kind === 'record' && !type.trusted);
}

/** Fields of a tracepoint's record are read from the context itself, larger ones through the address that it is. */
function fromRecord(e: Emit, argument: Argument, type: ScriptType, offset: number, size: number): Value {
  const shape = scalarShape(type);
  if (shape === undefined) return at(argument, type, e.ctx, offset, 'kernel');
  const bytes = ([1, 2, 4, 8] as const).find((each) => each === Math.min(size, shape.size)) ?? shape.size;
  if (offset % bytes !== 0) return readOrAddress(e, at(argument, type, e.ctx, offset, 'kernel'));
  return { in: 'register', value: e.ir.load(e.ctx, offset, bytes, shape.signed), type };
}

/** include/trace/stages/stage3_trace_output.h: the low half is where the data lies in the record, the high half how long it is. */
function dynamicData(e: Emit, argument: Argument, type: ScriptType, offset: number, from: number): Value {
  const { ir } = e;
  const where = ir.binary('and', ir.load(e.ctx, offset, 4), ir.constant(0xffff));
  const address = ir.binary('add', e.ctx, where);
  // The sum is a pointer that the verifier no longer follows: it only serves as an address.
  return at(argument, type, address, from, 'kernel');
}
