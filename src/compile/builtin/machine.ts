// Plain numbers: what one helper without arguments answers, or what only the running machine knows.
import type { HelperName } from '../../bpf/helpers.ts';
import type { RuntimeValue } from '../ir/ir.ts';
import type { Builtin } from '../sema/builtin.ts';
import { u64 } from '../sema/stype.ts';
import { inRegister } from './memory.ts';

type Row = { readonly name: string; readonly doc: string } & ({ readonly helper: HelperName } | { readonly runtime: RuntimeValue });

const rows: readonly Row[] = [
  { name: 'cpu', helper: 'get_smp_processor_id', doc: 'Number of the CPU that runs the probe.' },
  { name: 'numaid', helper: 'get_numa_node_id', doc: 'Number of the NUMA node that runs the probe.' },
  { name: 'ncpus', runtime: { kind: 'cpus' }, doc: 'Number of possible CPUs.' },
  { name: 'rand', helper: 'get_prandom_u32', doc: 'A random number of 32 bits.' },
  { name: 'cgroup', helper: 'get_current_cgroup_id', doc: 'Id of the cgroup (version 2) of the current task.' },
  { name: 'jiffies', helper: 'jiffies64', doc: 'Timer ticks since boot.' },
  { name: 'cpid', runtime: { kind: 'childPid' }, doc: 'Process id of the child that `-c` started, 0 without one.' },
];

export const machineNumbers: readonly Builtin[] = rows.map((row): Builtin => ({
  name: row.name,
  form: 'variable',
  signature: row.name,
  doc: row.doc,
  arity: [0, 0],
  type: () => u64,
  lower: ({ ir }) => inRegister(u64, 'helper' in row ? ir.helper(row.helper, []) : ir.runtime(row.runtime)),
}));

export const hasChild: Builtin = {
  name: 'has_cpid',
  form: 'variable',
  signature: 'has_cpid',
  doc: 'Whether `-c` started a child.',
  arity: [0, 0],
  type: () => ({ kind: 'bool' }),
  lower: ({ ir }) => inRegister({ kind: 'bool' }, ir.compare('ne', ir.runtime({ kind: 'childPid' }), ir.constant(0))),
};
