// Reading maps: an element that is not there is 0, or empty; aggregates are added up over all CPUs.
import type { Span } from '../../base/span.ts';
import { layoutSize } from '../../bpf/layout.ts';
import type { Layout } from '../../bpf/layout.ts';
import type { ValueId } from '../ir/ir.ts';
import type { MapAccess } from '../lang/ast.ts';
import type { AggregateShape, Value } from '../sema/builtin.ts';
import { aggregateInt } from '../sema/operator.ts';
import type { Emit } from './emit.ts';
import { isInPlace, mapKey } from './mapplace.ts';
import { scalarShape } from './value.ts';

export function readMap(e: Emit, access: MapAccess): Value {
  const place = e.unit.map(access.name);
  const type = e.typeOf(access);
  if (type.kind === 'aggregate') {
    const int = aggregateInt(type);
    return int === undefined ? { in: 'nothing', type } : { in: 'register', value: readAggregate(e, access, type.shape), type: int };
  }
  const shape = scalarShape(type);
  if (shape !== undefined) {
    if (isInPlace(place)) return { in: 'register', value: e.ir.load(e.ir.mapData(place.spec.name, 0), 0, shape.size, shape.signed), type };
    return { in: 'register', value: loadElement(e, access, (pointer) => e.ir.load(pointer, 0, shape.size, shape.signed)), type };
  }
  const layout = e.layoutOf(type);
  const base = e.ir.slot(Math.max(1, layoutSize(layout)), 'element');
  readMapInto(e, access, layout, base, 0, false);
  return { in: 'memory', base, offset: 0, layout, type };
}

/** 0 where the element is missing. */
function loadElement(e: Emit, access: MapAccess, load: (pointer: ValueId) => ValueId): ValueId {
  const result = e.fresh('read');
  const { map, key } = mapKey(e, access);
  e.ir.write(result, e.ir.constant(0));
  const found = e.ir.helper('map_lookup_elem', [e.ir.map(map), key], 'memory?');
  e.ir.ifPresent(found, 'found', (pointer) => e.ir.write(result, load(pointer)));
  return e.ir.read(result);
}

/** The bytes of a value that does not fit a register; zeros where the element is missing. */
export function readMapInto(e: Emit, access: MapAccess, layout: Layout, base: ValueId, offset: number, exact: boolean): void {
  const place = e.unit.map(access.name);
  const type = e.typeOf(access);
  const from = (pointer: ValueId): Value => ({ in: 'memory', base: pointer, offset: 0, layout: e.layoutOf(type), type });
  if (isInPlace(place)) {
    e.store(from(e.ir.mapData(place.spec.name, 0)), layout, base, offset, exact);
    return;
  }
  const { map, key } = mapKey(e, access);
  const found = e.ir.helper('map_lookup_elem', [e.ir.map(map), key], 'memory?');
  e.ir.ifPresent(
    found, 'found',
    (pointer) => e.store(from(pointer), layout, base, offset, exact),
    () => missing(e, layout, base, offset, exact),
  );
}

function missing(e: Emit, layout: Layout, base: ValueId, offset: number, exact: boolean): void {
  if (layout.kind === 'string' && !exact) e.ir.store(base, offset, 1, e.ir.constant(0));
  else e.ir.zero(base, offset, layoutSize(layout));
}

function readAggregate(e: Emit, access: MapAccess, shape: AggregateShape): ValueId {
  const { map, key } = mapKey(e, access);
  return readAggregateAt(e, map, key, shape, access.span);
}

/** Goes over all CPUs that there may be (bpf_map_lookup_percpu_elem, Linux 5.19). */
export function readAggregateAt(e: Emit, map: string, key: ValueId, shape: AggregateShape, span: Span): ValueId {
  const { ir } = e;
  if (!e.features.helpers.has('map_lookup_percpu_elem')) {
    e.error(span, 'values of this map are kept apart for each CPU, and this kernel cannot add them up inside a program', 'print the map instead');
    return ir.constant(0);
  }
  const merge = merges[shape.kind];
  const [cpu, total, count] = [e.fresh('cpu'), e.fresh('total'), e.fresh('count')];
  const [loop, found, next, after] = ['cpus', 'cpu', 'next', 'cpus.end'].map((label) => ir.block(label)) as [number, number, number, number];
  for (const variable of [cpu, total, count]) ir.write(variable, ir.constant(0));
  const cpus = ir.runtime({ kind: 'cpus' });
  ir.jump(loop);
  ir.enter(loop);
  const element = ir.helper('map_lookup_percpu_elem', [ir.map(map), key, ir.read(cpu)], 'memory?');
  // An element that one CPU has not, none has.
  ir.branchIf(element, found, after, 'then');
  ir.seal(found);
  ir.enter(found);
  merge?.(e, element, shape, total, count);
  ir.jump(next);
  ir.seal(next);
  ir.enter(next);
  const following = ir.binary('add', ir.read(cpu), ir.constant(1));
  ir.write(cpu, following);
  ir.branch('ult', following, cpus, loop, after, 'then');
  ir.seal(loop);
  ir.seal(after);
  ir.enter(after);
  return shape.kind === 'avg' ? average(e, ir.read(total), ir.read(count), shape.signed) : ir.read(total);
}

type Merge = (e: Emit, element: ValueId, shape: AggregateShape, total: string, count: string) => void;

const add = (e: Emit, variable: string, value: ValueId): void => e.ir.write(variable, e.ir.binary('add', e.ir.read(variable), value));

const addValue: Merge = (e, element, _shape, total) => add(e, total, e.ir.load(element, 0, 8));

/** { value, set }: takes the value where it is the first one or goes further; `count` remembers whether there was one. */
const extreme: Merge = (e, element, shape, total, count) => {
  const { ir } = e;
  const signed = 'signed' in shape && shape.signed;
  const [taken, open, done] = [ir.block('taken'), ir.block('set'), ir.block('skip')];
  const value = ir.load(element, 0, 8);
  ir.branchIf(ir.load(element, 8, 8), open, done);
  ir.seal(open);
  ir.enter(open);
  const further = ir.compare(shape.kind === 'min' ? (signed ? 'slt' : 'ult') : signed ? 'sgt' : 'ugt', value, ir.read(total));
  const first = ir.compare('eq', ir.read(count), ir.constant(0));
  ir.branchIf(ir.binary('or', further, first), taken, done);
  ir.seal(taken);
  ir.enter(taken);
  ir.write(total, value);
  ir.write(count, ir.constant(1));
  ir.jump(done);
  ir.seal(done);
  ir.enter(done);
};

/** How the values of two CPUs become one; kinds without a row have no one number. */
const merges: { readonly [K in AggregateShape['kind']]?: Merge } = {
  count: addValue,
  sum: addValue,
  min: extreme,
  max: extreme,
  /** { total, count } */
  avg: (e, element, _shape, total, count) => {
    add(e, total, e.ir.load(element, 0, 8));
    add(e, count, e.ir.load(element, 8, 8));
  },
};

/** Divisions are unsigned: the sign is put aside. Without values the hardware's division by 0 gives 0. */
function average({ ir }: Emit, total: ValueId, count: ValueId, signed: boolean): ValueId {
  if (!signed) return ir.binary('udiv', total, count);
  const negative = ir.compare('slt', total, ir.constant(0));
  const size = ir.select(negative, ir.emit({ kind: 'neg', a: total }), total);
  const quotient = ir.binary('udiv', size, count);
  return ir.select(negative, ir.emit({ kind: 'neg', a: quotient }), quotient);
}
