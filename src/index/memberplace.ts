// Where BTF says that a member is.
import type { Btf } from '../source/btf/btf.ts';
import { kindOf } from '../source/btf/kinds.ts';

/** Bits; `bitSize` null for ordinary members. Old BTF keeps the width of a bitfield in its INT. */
export function memberPlace(btf: Btf, id: number, words: Uint32Array, at: number): { readonly bitOffset: number; readonly bitSize: number | null } {
  const place = words[at + 2] ?? 0;
  if (btf.flag(id)) {
    const width = place >>> 24;
    return { bitOffset: place & 0xffffff, bitSize: width === 0 ? null : width };
  }
  const type = words[at + 1] ?? 0;
  if (btf.kind(type) !== kindOf.INT) return { bitOffset: place, bitSize: null };
  const encoding = btf.extra(type, 0);
  const bits = encoding & 0xff;
  const offset = (encoding >>> 16) & 0xff;
  if (offset === 0 && bits === 8 * btf.size(type)) return { bitOffset: place, bitSize: null };
  return { bitOffset: place + offset, bitSize: bits };
}
