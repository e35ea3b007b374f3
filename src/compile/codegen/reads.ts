// Reads of foreign memory become a helper call into a slot and a load. The helpers fill the slot with zeros when they fail.
import type { HelperName } from '../../bpf/helpers.ts';
import type { Func, Op, ValueId } from '../ir/ir.ts';
import type { Edit } from '../ir/rewrite.ts';
import { rewrite } from '../ir/rewrite.ts';

export function expandReads(func: Func): Func {
  return rewrite(func, ({ op }, edit) => (op.kind === 'probeRead' ? read(op, edit) : undefined));
}

const readers: Readonly<Record<'kernel' | 'user', HelperName>> = { kernel: 'probe_read_kernel', user: 'probe_read_user' };

function read({ space, address, offset, size, signed }: Extract<Op, { kind: 'probeRead' }>, edit: Edit): ValueId {
  const slot = edit.emit({ kind: 'slot', slot: edit.slot({ size, align: size, label: 'read', onStack: true }) }, 'memory');
  const bytes = edit.emit({ kind: 'const', value: BigInt(size) });
  const from = offset === 0 ? address : moved(address, offset, edit);
  edit.emit({ kind: 'helper', name: readers[space], args: [slot, bytes, from] }, 'none');
  return edit.emit({ kind: 'load', base: slot, offset: 0, size, signed });
}

function moved(address: ValueId, offset: number, edit: Edit): ValueId {
  const distance = edit.emit({ kind: 'const', value: BigInt(offset) });
  return edit.emit({ kind: 'binary', fn: 'add', a: address, b: distance }, edit.definition(address)?.type ?? 'scalar');
}
