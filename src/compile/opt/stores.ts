// Stores that nobody can read go: keys and records are zeroed whole and then filled, and only what stays of the zeros is written.
import type { Helper } from '../../bpf/helpers.ts';
import { helpers } from '../../bpf/helpers.ts';
import type { BlockId, Func, Inst, Op } from '../ir/ir.ts';
import { definitions } from '../ir/liveness.ts';
import { targets } from '../ir/operands.ts';
import type { Define } from './evaluate.ts';
import { constantOf } from './evaluate.ts';
import type { Place } from './roots.ts';
import { placeOf, privateAreas } from './roots.ts';

export function stores(func: Func): Func {
  const scope = scopeOf(func);
  if (scope.sizes.size === 0) return func;
  const live = liveBytes(func, scope);
  let changed = false;
  let values = func.values;
  const blocks = func.blocks.map((block) => {
    const state = leaving(block.end, live);
    const kept: Inst[] = [];
    for (const inst of block.insts.toReversed()) {
      const pieces = wantedPart(inst, state, scope);
      if (pieces === undefined) {
        kept.push(inst);
        step(inst, state, scope);
        continue;
      }
      changed = true;
      for (const op of pieces) {
        const part = { ...inst, id: values++, op };
        kept.push(part);
        step(part, state, scope);
      }
    }
    return { ...block, insts: kept.reverse() };
  });
  return changed ? { ...func, values, blocks } : func;
}

/** Areas that are looked at, with their sizes in bytes. */
interface Scope {
  readonly sizes: ReadonlyMap<string, number>;
  readonly define: Define;
}

/** Bit n of an area's number: byte n may be read later on. */
type Live = Map<string, bigint>;

const largest = 512;

function scopeOf(func: Func): Scope {
  const defined = definitions(func);
  const define: Define = (id) => defined.get(id);
  const names = privateAreas(func, define);
  const sizes = new Map<string, number>();
  for (const { id, op } of defined.values()) {
    const { area } = placeOf(id, define);
    const size = op.kind === 'slot' ? func.slots[op.slot]?.size : reservedSize(op, define);
    if (size !== undefined && size <= largest && names.has(area.name)) sizes.set(area.name, size);
  }
  return { sizes, define };
}

function reservedSize(op: Op, define: Define): number | undefined {
  const size = op.kind === 'helper' && op.name === 'ringbuf_reserve' ? op.args[1] : undefined;
  const constant = size === undefined ? undefined : constantOf(define, size);
  return constant === undefined ? undefined : Number(constant);
}

function liveBytes(func: Func, scope: Scope): readonly Live[] {
  const live: Live[] = func.blocks.map(() => new Map());
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of func.blocks.toReversed()) {
      const state = leaving(block.end, live);
      for (const inst of block.insts.toReversed()) step(inst, state, scope);
      const known = live[block.id];
      if (known && [...state].some(([area, bytes]) => bytes !== (known.get(area) ?? 0n))) {
        live[block.id] = state;
        changed = true;
      }
    }
  }
  return live;
}

function leaving(end: Func['blocks'][number]['end'], live: readonly Live[]): Live {
  const state: Live = new Map();
  for (const to of targets(end) satisfies readonly BlockId[]) {
    for (const [area, bytes] of live[to] ?? []) state.set(area, (state.get(area) ?? 0n) | bytes);
  }
  return state;
}

/** Goes back over one instruction: what it writes whole is not wanted before it, what it reads is. */
function step({ op }: Inst, state: Live, scope: Scope): void {
  const read = (place: Place, offset: number, size: number): void => mark(place, offset, size, state, scope, true);
  const written = (place: Place, offset: number, size: number): void => mark(place, offset, size, state, scope, false);
  switch (op.kind) {
    case 'load':
      return read(placeOf(op.base, scope.define), op.offset, op.size);
    case 'atomicAdd':
      return read(placeOf(op.base, scope.define), op.offset, op.size);
    case 'probeRead':
      // A script may point to memory of its own: `(struct x *)$bytes`.
      return read(placeOf(op.address, scope.define), op.offset, op.size);
    case 'store':
    case 'zero':
      return written(placeOf(op.base, scope.define), op.offset, op.size);
    case 'copy':
      written(placeOf(op.to, scope.define), op.toOffset, op.size);
      return read(placeOf(op.from, scope.define), op.fromOffset, op.size);
    case 'helper':
      return helperStep(op, state, scope);
    case 'call':
    case 'kfunc':
      return op.args.forEach((arg) => read(placeOf(arg, scope.define), 0, largest));
    default:
      return;
  }
}

function helperStep(op: Extract<Op, { kind: 'helper' }>, state: Live, scope: Scope): void {
  const { fills }: Helper = helpers[op.name];
  op.args.forEach((arg, index) => {
    const place = placeOf(arg, scope.define);
    if (index !== fills?.to) {
      if (op.name !== 'ringbuf_discard') mark(place, 0, largest, state, scope, true);
      return;
    }
    const size = fills.all && fills.size !== undefined ? op.args[fills.size] : undefined;
    const bytes = size === undefined ? undefined : constantOf(scope.define, size);
    if (bytes !== undefined) mark(place, 0, Number(bytes), state, scope, false);
  });
}

function mark(place: Place, offset: number, size: number, state: Live, scope: Scope, read: boolean): void {
  const whole = scope.sizes.get(place.area.name);
  if (whole === undefined) return;
  if (place.offset === undefined) {
    if (read) state.set(place.area.name, bits(0, whole));
    return;
  }
  const from = place.offset + offset;
  const bytes = bits(from, Math.min(whole, from + size));
  const before = state.get(place.area.name) ?? 0n;
  state.set(place.area.name, read ? before | bytes : before & ~bytes);
}

function bits(from: number, to: number): bigint {
  return to <= from ? 0n : ((1n << BigInt(to - from)) - 1n) << BigInt(Math.max(0, from));
}

/** What is left of a store when only bytes that are wanted are written; undefined: all of it. */
function wantedPart({ op }: Inst, state: Live, scope: Scope): readonly Op[] | undefined {
  if (op.kind !== 'store' && op.kind !== 'zero' && op.kind !== 'copy') return undefined;
  const [base, offset] = op.kind === 'copy' ? [op.to, op.toOffset] : [op.base, op.offset];
  const place = placeOf(base, scope.define);
  if (place.offset === undefined || !scope.sizes.has(place.area.name)) return undefined;
  const start = place.offset + offset;
  const wanted = ((state.get(place.area.name) ?? 0n) >> BigInt(start)) & bits(0, op.size);
  if (wanted === 0n) return [];
  if (op.kind !== 'zero' || wanted === bits(0, op.size)) return undefined;
  const runs = runsOf(wanted, op.size);
  const cost = runs.reduce((sum, run) => sum + accesses(start + run.from, run.to - run.from), 0);
  if (cost > accesses(start, op.size)) return undefined;
  return runs.map((run) => ({ ...op, offset: op.offset + run.from, size: run.to - run.from }));
}

function runsOf(wanted: bigint, size: number): { readonly from: number; readonly to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let at = 0; at < size; at++) {
    if (((wanted >> BigInt(at)) & 1n) === 0n) continue;
    const last = runs.at(-1);
    if (last?.to === at) last.to = at + 1;
    else runs.push({ from: at, to: at + 1 });
  }
  return runs;
}

/** Aligned stores that it takes to write the range. */
function accesses(from: number, size: number): number {
  let count = 0;
  for (let at = from; at < from + size; count++) {
    const left = from + size - at;
    at += [8, 4, 2, 1].find((each) => at % each === 0 && each <= left) ?? 1;
  }
  return count;
}

