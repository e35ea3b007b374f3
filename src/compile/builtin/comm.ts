// The name of the current thread.
import type { Builtin, EmitContext } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import { layoutSize } from '../../bpf/layout.ts';
import type { ValueId } from '../ir/ir.ts';
import { pointer, type Fill } from './memory.ts';
import { OncePerPath } from './once.ts';

/** TASK_COMM_LEN */
const size = 16;
const type = (): ScriptType => ({ kind: 'string', size });

const names = new OncePerPath('comm');

/** bpf_get_current_comm leaves what is behind the name's end as it was (strscpy): zeros go first, for all its bytes may be compared or copied. */
const fill: Fill = (emit, _call, layout, base, offset, exact) => {
  const { ir } = emit;
  const room = layoutSize(layout);
  if (room < size || emit.mentions(comm) > 1) {
    ir.copy(base, offset, slotWithName(emit), 0, Math.min(room, size));
    if (room < size) ir.store(base, offset + room - 1, 1, ir.constant(0));
  } else {
    ir.zero(base, offset, size);
    ir.helper('get_current_comm', [pointer(ir, base, offset), ir.constant(size)]);
  }
  if (exact && room > size) ir.zero(base, offset + size, room - size);
};

function slotWithName({ ir }: EmitContext): ValueId {
  return names.once(ir, () => {
    const slot = ir.slot(size, 'comm');
    ir.zero(slot, 0, size);
    ir.helper('get_current_comm', [slot, ir.constant(size)]);
    return slot;
  });
}

export const comm: Builtin = {
  name: 'comm',
  form: 'variable',
  signature: 'comm',
  doc: 'Name of the current thread, at most 15 characters.',
  arity: [0, 0],
  type,
  lowerInto: fill,
  lower: (emit) => ({ in: 'memory', base: slotWithName(emit), offset: 0, layout: { kind: 'string', size }, type: type(), exact: true }),
};
