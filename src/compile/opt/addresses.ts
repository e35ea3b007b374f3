// Constant distances move into the offsets of accesses, so that one register serves all members of a struct.
import type { Op, ValueId } from '../ir/ir.ts';
import type { Edit } from '../ir/rewrite.ts';
import { constantOf } from './evaluate.ts';
import type { Rule } from './simplify.ts';

export const addresses: Rule = {
  name: 'addresses',
  visit: ({ op, type }, edit) => {
    const moved = nearer(op, edit);
    return moved && edit.emit(moved, type);
  },
};

function nearer(op: Op, edit: Edit): Op | undefined {
  switch (op.kind) {
    case 'load':
    case 'store':
    case 'atomicAdd':
    case 'zero': {
      const place = under(op.base, op.offset, edit);
      return place && { ...op, base: place.base, offset: place.offset };
    }
    case 'probeRead': {
      const place = under(op.address, op.offset, edit);
      return place && { ...op, address: place.base, offset: place.offset };
    }
    case 'copy': {
      const [to, from] = [under(op.to, op.toOffset, edit), under(op.from, op.fromOffset, edit)];
      if (!to && !from) return undefined;
      return {
        ...op, to: to?.base ?? op.to, toOffset: to?.offset ?? op.toOffset, from: from?.base ?? op.from, fromOffset: from?.offset ?? op.fromOffset,
      };
    }
    case 'binary': {
      const data = op.fn === 'add' ? edit.definition(op.a)?.op : undefined;
      const distance = constantOf(edit.definition, op.b);
      if (data?.kind !== 'mapData' || distance === undefined || distance < 0n) return undefined;
      return { ...data, offset: data.offset + Number(distance) };
    }
    default:
      return undefined;
  }
}

/** Offsets have 16 bits in the instructions; half of that leaves room for the base's own place. */
const limit = 0x4000;

function under(base: ValueId, offset: number, edit: Edit): { readonly base: ValueId; readonly offset: number } | undefined {
  const op = edit.definition(base)?.op;
  const distance = op?.kind === 'binary' && op.fn === 'add' ? constantOf(edit.definition, op.b) : undefined;
  if (op?.kind !== 'binary' || distance === undefined) return undefined;
  const sum = offset + Number(distance);
  return Math.abs(sum) < limit ? { base: op.a, offset: sum } : undefined;
}
