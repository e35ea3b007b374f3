// The current task, and its relatives.
import { sizeOf } from '../../ctype/types.ts';
import { findMember, recordOf } from '../../ctype/member.ts';
import type { Ref } from '../../ctype/ctype.ts';
import { layoutSize } from '../../bpf/layout.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Builtin, BuiltinCall, CheckContext, EmitContext } from '../sema/builtin.ts';
import { s32, type ScriptType } from '../sema/stype.ts';
import { kindText } from '../sema/typetext.ts';
import { inRegister, madeInMemory, readString, type Fill } from './memory.ts';

const taskStruct: Ref & { readonly kind: 'struct' } = { kind: 'struct', name: 'task_struct', key: null };

export const curtask: Builtin = {
  name: 'curtask',
  form: 'variable',
  signature: 'curtask',
  doc: 'The current task, a `struct task_struct *`.',
  arity: [0, 0],
  type: (check) => ({ kind: 'pointer', to: taskStruct, space: 'kernel', trusted: isTracked(check) }),
  lower: (emit, call) => inRegister(curtask.type(emit, call), currentTask(emit)),
};

/** Whether the verifier knows what the pointer is, so that members are loaded directly. */
function isTracked(check: CheckContext): boolean {
  return check.features.helpers.has('get_current_task_btf');
}

function currentTask(emit: EmitContext): ValueId {
  return isTracked(emit) ? emit.ir.helper('get_current_task_btf', [], 'btf') : emit.ir.helper('get_current_task', []);
}

interface Row {
  readonly name: string;
  /** Member of task_struct that points to the relative. */
  readonly via: string;
  readonly member: 'tgid' | 'pid' | 'comm';
  readonly doc: string;
}

const rows: readonly Row[] = [
  { name: 'ppid', via: 'real_parent', member: 'tgid', doc: 'Process id of the parent.' },
  { name: 'pcomm', via: 'real_parent', member: 'comm', doc: 'Name of the parent.' },
  { name: 'leader_tid', via: 'group_leader', member: 'pid', doc: 'Thread id of the leader of the thread group.' },
  { name: 'leader_comm', via: 'group_leader', member: 'comm', doc: 'Name of the leader of the thread group.' },
];

export const relatives: readonly Builtin[] = rows.map((row): Builtin => {
  const type = (check: CheckContext, call: BuiltinCall): ScriptType => {
    checkTask(check, call);
    for (const member of [row.via, row.member]) {
      if (offsetOf(check, member) === undefined) check.error(call.span, `${row.name} needs the member '${member}' of struct task_struct, which this kernel's types do not have`);
    }
    return row.member === 'comm' ? { kind: 'string', size: commSize(check) } : s32;
  };
  const about = { name: row.name, form: 'variable', signature: `${row.name}\n${row.name}(task)`, doc: `${row.doc} Of the current task, or of another \`struct task_struct *\`.`, arity: [0, 1], type } as const;
  if (row.member === 'comm') {
    const fill: Fill = (emit, call, layout, base, offset, exact) => {
      const size = layoutSize(layout);
      if (exact) emit.ir.zero(base, offset, size);
      const name = emit.ir.binary('add', relative(emit, call, row), emit.ir.constant(offsetOf(emit, row.member) ?? 0));
      readString(emit.ir, 'kernel', base, offset, emit.ir.constant(Math.min(size, commSize(emit))), name);
    };
    return { ...about, ...madeInMemory(type, fill) };
  }
  return {
    ...about,
    lower: (emit, call) => inRegister(s32, member(emit, relative(emit, call, row), row.member, 4, true)),
  };
});

function checkTask(check: CheckContext, call: BuiltinCall): void {
  const [task] = call.args;
  const given = task && check.typeOf(task);
  if (!given || given.kind === 'unknown') return;
  const record = given.kind === 'pointer' ? recordOf(check.types, given.to) : undefined;
  if (record?.name !== taskStruct.name) check.error(call.span, `${call.name}() only supports 'struct task_struct *' as the argument (${kindText(given)} provided)`);
}

function relative(emit: EmitContext, call: BuiltinCall, row: Row): ValueId {
  const [task] = call.args;
  return member(emit, task ? emit.lowerScalar(task) : currentTask(emit), row.via, 8, false, 'btf');
}

/** One member of a task: loaded directly where the verifier knows the pointer. */
function member(emit: EmitContext, task: ValueId, name: string, size: 4 | 8, signed: boolean, type: 'btf' | 'scalar' = 'scalar'): ValueId {
  const offset = offsetOf(emit, name) ?? 0;
  const { ir } = emit;
  if (ir.typeOf(task) === 'btf') return ir.emit({ kind: 'load', base: task, offset, size, signed }, type);
  return ir.emit({ kind: 'probeRead', space: 'kernel', address: task, offset, size, signed }, 'scalar');
}

function offsetOf(check: CheckContext, name: string): number | undefined {
  const found = memberOf(check, name);
  return found === undefined ? undefined : found.bitOffset / 8;
}

function commSize(check: CheckContext): number {
  const found = memberOf(check, 'comm');
  return found === undefined ? 16 : sizeOf(check.types, found.type);
}

function memberOf(check: CheckContext, name: string): ReturnType<typeof findMember> {
  const record = recordOf(check.types, taskStruct);
  return record && findMember(check.types, record, name);
}
