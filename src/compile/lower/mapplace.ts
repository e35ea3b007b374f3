// Access to the script's maps: keys in memory, pointers to values, insertion of what is missing.
import { bucketOffset, setOffset } from '../../bpf/shape.ts';
import { layoutSize } from '../../bpf/layout.ts';
import type { ValueId } from '../ir/ir.ts';
import type { MapAccess } from '../lang/ast.ts';
import type { Emit } from './emit.ts';
import { storeElements } from './store.ts';
import type { MapPlace } from './unit.ts';
import { hasPadding } from './unit.ts';

/** BPF_ANY, BPF_NOEXIST of include/uapi/linux/bpf.h. */
const any = 0;
const noExist = 1;

/** The key's bytes in a slot; `bucket` is its hidden last part. */
export function mapKey(e: Emit, target: MapAccess, bucket?: ValueId): { readonly map: string; readonly key: ValueId; readonly scalar: boolean } {
  const place = e.unit.map(target.name);
  const { user, spec } = place;
  if (user.key === null) {
    const key = e.ir.slot(4, 'key', { align: 4 });
    e.ir.store(key, 0, 4, bucket ?? e.ir.constant(0));
    return { map: spec.name, key, scalar: true };
  }
  const key = e.ir.slot(spec.keySize, 'key');
  const parts = target.key ?? [];
  const [only] = parts;
  const used = layoutSize(user.key);
  const end = place.buckets === undefined ? spec.keySize : bucketOffset(user.key);
  if (user.key.kind === 'record' && hasPadding(user.key)) e.ir.zero(key, 0, used);
  if (parts.length > 1 && user.key.kind === 'tuple') storeElements(e, parts, user.key, key, 0, true);
  else if (only !== undefined) e.lowerInto(only, user.key, key, 0, true);
  e.ir.zero(key, used, end - used);
  if (bucket !== undefined) e.ir.store(key, bucketOffset(user.key), 8, bucket);
  return { map: spec.name, key, scalar: false };
}

/** Whether the value is reached without a lookup that can fail. */
export function isInPlace(place: MapPlace): boolean {
  return place.spec.type === 'array' && place.spec.maxEntries === 1;
}

/** Pointer to the value of the access; a missing element is made first, of zeros or as `first` makes it of zeros; a full map is a loss. */
export function withMapValue(e: Emit, target: MapAccess, bucket: ValueId | undefined, body: (value: ValueId) => void, first?: (zeros: ValueId) => void): void {
  const place = e.unit.map(target.name);
  const assigned = (value: ValueId): void => {
    markAssigned(e, place, value);
    body(value);
  };
  if (isInPlace(place)) {
    assigned(e.ir.mapData(place.spec.name, 0));
    return;
  }
  const { map, key, scalar } = mapKey(e, target, bucket);
  const found = e.ir.helper('map_lookup_elem', [e.ir.map(map), key], 'memory?');
  if (scalar) e.ir.ifPresent(found, 'value', assigned);
  else withElement(e, place, key, found, body, first);
}

/** One atomic addition to an element, which is 0 where it is missing. @param size bytes */
export function addTo(e: Emit, target: MapAccess, size: 4 | 8, value: ValueId): void {
  withMapValue(e, target, undefined, (place) => {
    e.ir.emit({ kind: 'atomicAdd', base: place, offset: 0, size, value }, 'none');
  }, (zeros) => {
    e.ir.store(zeros, 0, size, value);
  });
}

/** The word behind the value of a scalar map says that there is one; what takes it away clears the word in `body`. */
function markAssigned(e: Emit, place: MapPlace, value: ValueId): void {
  const offset = setOffset(place.user);
  if (offset !== undefined) e.ir.store(value, offset, 8, e.ir.constant(1));
}

/** One copy of the body for both ways: the element was there, or is now. */
function withElement(e: Emit, place: MapPlace, key: ValueId, found: ValueId, body: (value: ValueId) => void, first?: (zeros: ValueId) => void): void {
  const { ir } = e;
  const pointer = e.fresh('element');
  const [there, missing, full, after] = ['value', 'missing', 'full', 'value.end'].map((label) => ir.block(label)) as [number, number, number, number];
  ir.write(pointer, found);
  ir.branchIf(found, there, missing, 'then');
  ir.seal(missing);
  ir.enter(missing);
  const refused = insert(e, place, key, first);
  if (first !== undefined) {
    // Not there a moment ago, and not to be inserted: another CPU was faster, or the map is full.
    const again = ir.block('again');
    ir.branch('eq', refused, ir.constant(0), after, again, 'then');
    ir.seal(again);
    ir.enter(again);
  }
  const made = ir.helper('map_lookup_elem', [ir.map(place.spec.name), key], 'memory?');
  ir.write(pointer, made);
  ir.branchIf(made, there, full, 'then');
  ir.seal(there);
  ir.seal(full);
  ir.enter(full);
  e.loss('mapFull');
  ir.jump(after);
  ir.enter(there);
  body(ir.read(pointer));
  if (!ir.ended) ir.jump(after);
  ir.seal(after);
  ir.enter(after);
}

/** In a per-CPU map the values of the other CPUs are zeros. */
function insert(e: Emit, place: MapPlace, key: ValueId, first?: (zeros: ValueId) => void): ValueId {
  const size = place.spec.valueSize;
  const value = e.ir.slot(size, first === undefined ? 'zero' : 'first');
  e.ir.zero(value, 0, size);
  first?.(value);
  return update(e, place, key, value, noExist);
}

/** 0, or an error. Kernels before 6.4 return an int, with an upper half that means nothing. */
function update(e: Emit, place: MapPlace, key: ValueId, value: ValueId, flags: number): ValueId {
  return e.ir.extend(e.ir.helper('map_update_elem', [e.ir.map(place.spec.name), key, value, e.ir.constant(flags)]), 32, false);
}

/** `@m[k] = …`: `fill` writes the value's bytes, `MapPlace.filled` of them. */
export function assignElement(e: Emit, target: MapAccess, fill: (base: ValueId) => void): void {
  const place = e.unit.map(target.name);
  if (isInPlace(place)) {
    const value = e.ir.mapData(place.spec.name, 0);
    fill(value);
    markAssigned(e, place, value);
    return;
  }
  const value = e.ir.slot(place.spec.valueSize, 'value');
  fill(value);
  const { key } = mapKey(e, target);
  const refused = update(e, place, key, value, any);
  const [full, after] = [e.ir.block('full'), e.ir.block('stored')];
  e.ir.branch('eq', refused, e.ir.constant(0), after, full, 'then');
  e.ir.seal(full);
  e.ir.enter(full);
  e.loss('mapFull');
  e.ir.jump(after);
  e.ir.seal(after);
  e.ir.enter(after);
}
