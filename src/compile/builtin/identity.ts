// Who runs: halves of what two helpers answer.
import type { HelperName } from '../../bpf/helpers.ts';
import type { Builtin } from '../sema/builtin.ts';
import { u32, u64, type IntType } from '../sema/stype.ts';
import { inRegister } from './memory.ts';

interface Row {
  readonly name: string;
  readonly helper: HelperName;
  readonly half: 'low' | 'high';
  readonly type: IntType;
  readonly doc: string;
  /** `pid(init)`: the only namespace that can be asked for. */
  readonly namespaces?: true;
}

const rows: readonly Row[] = [
  { name: 'pid', helper: 'get_current_pid_tgid', half: 'high', type: u32, namespaces: true, doc: 'Process id (what the kernel calls tgid), as the initial pid namespace counts.' },
  { name: 'tid', helper: 'get_current_pid_tgid', half: 'low', type: u32, namespaces: true, doc: 'Thread id (what the kernel calls pid), as the initial pid namespace counts.' },
  { name: 'uid', helper: 'get_current_uid_gid', half: 'low', type: u64, doc: 'User id.' },
  { name: 'gid', helper: 'get_current_uid_gid', half: 'high', type: u64, doc: 'Group id.' },
];

export const identities: readonly Builtin[] = rows.map((row): Builtin => ({
  name: row.name,
  form: 'variable',
  signature: row.namespaces ? `${row.name}\n${row.name}(init)` : row.name,
  doc: row.doc,
  arity: [0, row.namespaces ? 1 : 0],
  type: (check, call) => {
    const [namespace] = call.args;
    if (namespace && namespace.kind !== 'identifier') check.error(call.span, `${row.name}() only supports curr_ns and init as the argument`);
    else if (namespace?.name === 'curr_ns') check.error(namespace.span, `${row.name}(curr_ns) is not supported`, `${row.name}(init), or plain ${row.name}, counts as the initial pid namespace does`);
    else if (namespace && namespace.name !== 'init') check.error(namespace.span, `Invalid PID namespace mode: ${namespace.name} (expects: curr_ns or init)`);
    return row.type;
  },
  lower: ({ ir }) => {
    const both = ir.helper(row.helper, []);
    return inRegister(row.type, row.half === 'high' ? ir.binary('lshr', both, ir.constant(32)) : ir.extend(both, 32, false));
  },
}));
