// A module that brings the types that it names of its kernel along (`.BTF.base`) is moved onto the kernel's own BTF: the same by name, kind and
// size, as libbpf does (tools/lib/bpf/btf_relocate.c).
import { describe, type Btf } from './btf.ts';
import { kindName, kindOf, kinds } from './kinds.ts';

/**
 * The split BTF with its ids counted on from `target`, as raw BTF in host order.
 * Throws FormatError for a type that `target` does not have, or has several of.
 */
export function relocateBtf(split: Btf, target: Btf): Uint8Array {
  const from = split.base;
  if (from === undefined) throw new RangeError('relocateBtf: no base');
  const ids = baseIds(split, from, target);
  const moveId = (id: number): number => (id < split.firstId ? (ids[id] ?? 0) : id - split.firstId + target.endId);
  // Strings of both, one behind the other, behind those of the target.
  const moveName = (offset: number): number => (offset === 0 ? 0 : target.endString + offset);
  const words = split.words.slice();
  for (let id = split.firstId; id < split.endId; id++) moveType(split, id, words, moveId, moveName);
  return rawBtf(words, Buffer.concat([from.stringSection, split.stringSection]));
}

/** By id of the types brought along: the target's id. */
function baseIds(split: Btf, from: Btf, target: Btf): Uint32Array {
  const byName = new Map<string, number[]>();
  for (let id = from.firstId; id < from.endId; id++) if (from.name(id) !== '') byName.set(from.name(id), []);
  for (let id = target.firstId; id < target.endId; id++) {
    if (candidateKinds.has(target.kind(id))) byName.get(target.name(id))?.push(id);
  }
  const ids = new Uint32Array(from.endId);
  for (let id = from.firstId; id < from.endId; id++) {
    const found = (byName.get(from.name(id)) ?? []).filter((each) => fits(from, id, target, each));
    const [first] = found;
    if (first === undefined) split.fail(split.firstId, `the module names ${sized(from, id)} of its kernel, ${target.what} has no such type`);
    if (found.length > 1) split.fail(split.firstId, `the module names ${sized(from, id)} of its kernel, ${target.what} has ${found.length} of them`);
    ids[id] = first;
  }
  return ids;
}

const candidateKinds: ReadonlySet<number> = new Set([kindOf.INT, kindOf.FLOAT, kindOf.STRUCT, kindOf.UNION, kindOf.ENUM, kindOf.ENUM64, kindOf.FWD]);

/** A declaration stands for a record of any size; what is named with its size has that size in the kernel. */
function fits(from: Btf, id: number, target: Btf, candidate: number): boolean {
  const [kind, other] = [from.kind(id), target.kind(candidate)];
  if (kind === kindOf.FWD) return other === (from.flag(id) ? kindOf.UNION : kindOf.STRUCT) || (other === kindOf.FWD && from.flag(id) === target.flag(candidate));
  if (kind === kindOf.ENUM || kind === kindOf.ENUM64) return (other === kindOf.ENUM || other === kindOf.ENUM64) && from.size(id) === target.size(candidate);
  if (kind !== other) return false;
  if (kind === kindOf.INT && from.extra(id, 0) !== target.extra(candidate, 0)) return false;
  return from.size(id) === target.size(candidate);
}

function moveType(split: Btf, id: number, words: Uint32Array, moveId: (id: number) => number, moveName: (offset: number) => number): void {
  const start = split.start(id);
  const kind = kinds[split.kind(id)];
  const set = (at: number, move: (value: number) => number): void => { words[at] = move(words[at] ?? 0); };
  set(start, moveName);
  if (kind === undefined) return;
  if (kind.typed) set(start + 2, moveId);
  if (split.kind(id) === kindOf.ARRAY) {
    set(start + 3, moveId);
    set(start + 4, moveId);
  }
  const { names, types } = kind;
  for (let index = 0, at = start + 3 + kind.fixed; index < split.vlen(id) && kind.each > 0; index++, at += kind.each) {
    if (names !== undefined) set(at + names, moveName);
    if (types !== undefined) set(at + types, moveId);
  }
}

function rawBtf(words: Uint32Array, strings: Uint8Array): Uint8Array {
  const header = new Uint32Array([0, 24, 0, 4 * words.length, 4 * words.length, strings.length]);
  const out = Buffer.concat([Buffer.from(header.buffer), Buffer.from(words.buffer, words.byteOffset, words.byteLength), strings]);
  new Uint16Array(out.buffer, out.byteOffset, 1)[0] = 0xeb9f;
  out[2] = 1;
  return out;
}

function sized(btf: Btf, id: number): string {
  return btf.kind(id) === kindOf.FWD ? `${kindName(btf.flag(id) ? kindOf.UNION : kindOf.STRUCT)} ${btf.name(id)}` : `${describe(btf, id)} of ${btf.size(id)} bytes`;
}
