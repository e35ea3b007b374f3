// delete(), has_key() and len(): what a program itself does to the elements of a map.
import { bucketOffset, setOffset, storageOf } from '../../bpf/shape.ts';
import type { Expression, MapAccess } from '../lang/ast.ts';
import { Builder } from '../ir/builder.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Builtin, BuiltinCall, EmitContext, MapFacts, Value } from '../sema/builtin.ts';
import { s64, type ScriptType } from '../sema/stype.ts';
import { argument } from './expect.ts';
import { countedLoop, leaveWhen } from './loop.ts';
import { inRegister } from './memory.ts';

const bool: ScriptType = { kind: 'bool' };

export const deleteElement: Builtin = {
  name: 'delete',
  form: 'function',
  signature: 'delete(@m, key)\ndelete(@m[key])\ndelete(@scalar)',
  doc: 'Deletes an element, or sets a map without keys to zero; whether there was one.',
  arity: [1, 2],
  type: (check, call) => {
    const target = elementOf(call);
    if (target === undefined) {
      check.error(argument(call, 0).span, 'delete() expects a map argument');
      return bool;
    }
    const { key } = check.mapFacts(target.name);
    if (target.key === null && key) check.error(call.span, 'call to delete() with a single argument expects a map without explicit keys (scalar map)');
    else if (target.key !== null && key === null) check.error(call.span, 'call to delete() with two arguments expects a map with explicit keys (non-scalar map)');
    else check.checkKey(target);
    return bool;
  },
  lower: (emit, call) => {
    const target = elementOf(call);
    if (target === undefined) return inRegister(bool, emit.ir.constant(0));
    if (target.key === null) return resetScalar(emit, call, target);
    return inRegister(bool, eachKey(emit, target, 'any', (map, key) => emit.ir.compare('eq', emit.ir.helper('map_delete_elem', [emit.ir.map(map), key]), emit.ir.constant(0))));
  },
};

export const hasKey: Builtin = {
  name: 'has_key',
  form: 'function',
  signature: 'has_key(@m, key)',
  doc: 'Whether the map has that key.',
  arity: [2, 2],
  type: (check, call) => {
    const target = elementOf(call);
    if (target === undefined || target.key === null) check.error(argument(call, 0).span, 'has_key() expects a map argument');
    else if (check.mapFacts(target.name).key === null) check.error(call.span, 'call to has_key() expects a map with explicit keys (non-scalar map)');
    else check.checkKey(target);
    return bool;
  },
  lower: (emit, call) => {
    const target = elementOf(call);
    if (target === undefined) return inRegister(bool, emit.ir.constant(0));
    return inRegister(bool, eachKey(emit, target, 'first', (map, key) => emit.ir.compare('ne', emit.ir.helper('map_lookup_elem', [emit.ir.map(map), key], 'memory?'), emit.ir.constant(0))));
  },
};

export const len: Builtin = {
  name: 'len',
  form: 'function',
  signature: 'len(@m)\nlen(stack)',
  doc: 'Number of elements of a map (of a histogram map: of its buckets), or of frames of a stack.',
  arity: [1, 1],
  type: (check, call) => {
    const subject = argument(call, 0);
    if (subject.kind === 'map' && subject.key === null) {
      if (check.mapFacts(subject.name).key === null) check.error(call.span, 'call to len() expects a map with explicit keys (non-scalar map)');
      return s64;
    }
    const type = check.typeOf(subject);
    if (type.kind !== 'stack' && type.kind !== 'unknown') check.error(call.span, 'len() expects a map or stack to be provided');
    return s64;
  },
  lower: (emit, call) => {
    const subject = argument(call, 0);
    if (subject.kind === 'map' && subject.key === null) return inRegister(s64, countElements(emit, emit.mapFacts(subject.name).kernelName));
    const value = emit.lower(subject);
    return inRegister(s64, value.in === 'memory' ? emit.ir.load(value.base, value.offset + 8, 4) : emit.ir.constant(0));
  },
};

/** The element that `f(@m[key])` and `f(@m, key)` mean; the same node each time it is asked for, because side tables are keyed by it. */
function elementOf(call: BuiltinCall): MapAccess | undefined {
  const [map, key] = call.args;
  if (map?.kind !== 'map' || (key !== undefined && map.key !== null)) return undefined;
  if (key === undefined) return map;
  const known = elements.get(call.node);
  if (known) return known;
  const element: MapAccess = { kind: 'map', name: map.name, key: [key], span: map.span };
  elements.set(call.node, element);
  return element;
}

const elements = new WeakMap<Expression, MapAccess>();

/** The number of buckets behind each key of the map, undefined where an element is one entry. */
function bucketsOf(facts: MapFacts): number | undefined {
  return facts.value?.kind === 'aggregate' ? storageOf(facts.value.shape).buckets : undefined;
}

/** Runs `test` on the entry of the element, or on each of its buckets until it is true (`first`), or on all of them (`any`). */
function eachKey(emit: EmitContext, target: MapAccess, until: 'first' | 'any', test: (map: string, key: ValueId) => ValueId): ValueId {
  const { ir } = emit;
  const facts = emit.mapFacts(target.name);
  const buckets = bucketsOf(facts);
  const { map, key } = emit.mapKey(target);
  if (buckets === undefined || !facts.key) return test(map, key);
  const place = bucketOffset(emit.layoutOf(facts.key));
  const found = `found ${ir.here}`;
  ir.write(found, ir.constant(0));
  countedLoop(ir, 'buckets', buckets, (bucket, leave) => {
    ir.store(key, place, 8, bucket);
    const one = test(map, key);
    ir.write(found, until === 'first' ? one : ir.binary('or', ir.read(found), one));
    if (until === 'first') leaveWhen(ir, 'ne', one, ir.constant(0), leave);
  });
  return ir.read(found);
}

/** A map without keys keeps its entry. Only the runtime reaches the values of all CPUs. */
function resetScalar(emit: EmitContext, call: BuiltinCall, target: MapAccess): Value {
  const facts = emit.mapFacts(target.name);
  if (facts.value?.kind === 'aggregate') {
    emit.event({ kind: 'clear', map: facts.kernelName, span: call.span }, 0, () => undefined);
  } else if (facts.value) {
    const shape = { kind: 'value', layout: emit.layoutOf(facts.value) } as const;
    const size = storageOf(shape).valueSize;
    const set = setOffset({ name: target.name, key: null, shape });
    emit.withMapValue(target, undefined, (value) => {
      emit.ir.zero(value, 0, size);
      if (set !== undefined) emit.ir.store(value, set, 8, emit.ir.constant(0));
    });
  }
  return inRegister(bool, emit.ir.constant(1));
}

/** bpf_for_each_map_elem counts what it visits; the callback has nothing to do but to go on. */
function countElements(emit: EmitContext, map: string): ValueId {
  const { ir } = emit;
  emit.subprogram(visitor, () => {
    const callback = new Builder(visitor, ['map', 'memory', 'memory', 'scalar']);
    callback.return(callback.constant(0));
    return callback.build();
  });
  const address = ir.emit({ kind: 'functionAddress', name: visitor }, 'function');
  return ir.helper('for_each_map_elem', [ir.map(map), address, ir.constant(0), ir.constant(0)]);
}

const visitor = 'visit_element';
