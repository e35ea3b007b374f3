// Where members of kernel structures are, from the kernel's own BTF: what its image holds is read with these.
import type { Btf } from '../btf/btf.ts';
import { kindOf } from '../btf/kinds.ts';

export interface Place {
  /** Bytes from the start of the structure; for a bitfield, of the byte that it begins in. */
  readonly offset: number;
  /** Of a bitfield, from that byte's lowest bit; 0 otherwise. */
  readonly shift: number;
  /** Of a bitfield; undefined for an ordinary member. */
  readonly bits: number | undefined;
  readonly type: number;
}

export interface Structure {
  readonly size: number;
  /** By name, those of anonymous members too. */
  readonly members: ReadonlyMap<string, Place>;
}

/** Ids of the definitions of that kind with that name; the base's too. */
export function findTypes(btf: Btf, kind: number, name: string): readonly number[] {
  const wanted = Buffer.from(`\0${name}\0`);
  const ids: number[] = [];
  for (let at: Btf | undefined = btf; at !== undefined; at = at.base) {
    // The strings of split BTF may begin with a name.
    const strings = Buffer.from(at.stringSection.buffer, at.stringSection.byteOffset, at.stringSection.byteLength);
    const found = strings.indexOf(wanted);
    const first = strings.subarray(0, wanted.length - 1).equals(wanted.subarray(1)) ? 0 : found < 0 ? -1 : found + 1;
    if (first >= 0) ids.push(...withName(btf, kind, at.firstString + first));
  }
  return ids;
}

function withName(btf: Btf, kind: number, offset: number): readonly number[] {
  const ids: number[] = [];
  for (let at: Btf | undefined = btf; at !== undefined; at = at.base) {
    for (let id = at.firstId; id < at.endId; id++) {
      if (at.nameOffset(id) === offset && at.kind(id) === kind) ids.push(id);
    }
  }
  return ids;
}

/** undefined when the BTF has no struct, or several, of that name. */
export function structure(btf: Btf, name: string): Structure | undefined {
  const known = structures.get(btf) ?? new Map<string, Structure | undefined>();
  structures.set(btf, known);
  if (!known.has(name)) {
    const [id, ...more] = findTypes(btf, kindOf.STRUCT, name);
    known.set(name, id === undefined || more.length > 0 ? undefined : structureOf(btf, id));
  }
  return known.get(name);
}

/** The modules of a kernel ask for the same ones again and again. */
const structures = new WeakMap<Btf, Map<string, Structure | undefined>>();

function structureOf(btf: Btf, id: number): Structure {
  const members = new Map<string, Place>();
  addMembers(btf, id, 0, members, 0);
  return { size: btf.size(id), members };
}

/** Anonymous members nested deeper than this are no kernel's. */
const maxDepth = 16;

function addMembers(btf: Btf, id: number, base: number, into: Map<string, Place>, depth: number): void {
  for (let index = 0; index < btf.vlen(id); index++) {
    const name = btf.string(btf.extra(id, 3 * index));
    const type = btf.extra(id, 3 * index + 1);
    const place = btf.extra(id, 3 * index + 2);
    const bit = base + (btf.flag(id) ? place & 0xffffff : place);
    const width = btf.flag(id) ? place >>> 24 : 0;
    if (name !== '') {
      if (!into.has(name)) into.set(name, { offset: bit >> 3, shift: width === 0 ? 0 : bit & 7, bits: width === 0 ? undefined : width, type });
      continue;
    }
    const kind = btf.kind(type);
    if ((kind === kindOf.STRUCT || kind === kindOf.UNION) && depth < maxDepth) addMembers(btf, type, bit, into, depth + 1);
  }
}

/** Through typedefs, qualifiers and tags; 0 for what goes on without end. */
export function bareType(btf: Btf, id: number): number {
  let at = id;
  for (let step = 0; step < 64; step++) {
    if (!wrappers.has(btf.kind(at))) return at;
    at = btf.type(at);
  }
  return 0;
}

const wrappers: ReadonlySet<number> = new Set([kindOf.TYPEDEF, kindOf.VOLATILE, kindOf.CONST, kindOf.RESTRICT, kindOf.TYPE_TAG]);

/** Bytes of a value of the type; undefined for what has no size. */
export function sizeOfType(btf: Btf, id: number): number | undefined {
  let count = 1;
  let at = bareType(btf, id);
  for (let step = 0; step < 64 && btf.kind(at) === kindOf.ARRAY; step++) {
    count *= btf.extra(at, 2);
    at = bareType(btf, btf.extra(at, 0));
  }
  const kind = btf.kind(at);
  if (kind === kindOf.PTR) return count * 8;
  return sized.has(kind) ? count * btf.size(at) : undefined;
}

const sized: ReadonlySet<number> = new Set([kindOf.INT, kindOf.STRUCT, kindOf.UNION, kindOf.ENUM, kindOf.ENUM64, kindOf.FLOAT]);

/** As the kernel's is_signed_type() finds it: whether -1 of the type is less than 1. */
export function isSigned(btf: Btf, id: number): boolean {
  const bare = bareType(btf, id);
  const kind = btf.kind(bare);
  if (kind === kindOf.INT) return ((btf.extra(bare, 0) >>> 24) & INT_SIGNED) !== 0;
  return (kind === kindOf.ENUM || kind === kindOf.ENUM64) && btf.flag(bare);
}

const INT_SIGNED = 1;
