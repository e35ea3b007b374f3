// Control groups by path, and users by id: what the runtime looks up outside the kernel.
import type { Builtin } from '../sema/builtin.ts';
import { u64, type ScriptType } from '../sema/stype.ts';
import { argument, expectInteger, expectText } from './expect.ts';
import { inRegister } from './memory.ts';

export const cgroupid: Builtin = {
  name: 'cgroupid',
  form: 'function',
  signature: 'cgroupid("/path")',
  doc: 'Id of the cgroup (version 2) at that path, found when the run starts.',
  arity: [1, 1],
  type: (check, call) => {
    expectText(check, call, 0);
    return u64;
  },
  lower: (emit, call) => inRegister(u64, emit.ir.runtime({ kind: 'cgroup', path: emit.literalString(argument(call, 0)) ?? '' })),
};

export const cgroupPath: Builtin = {
  name: 'cgroup_path',
  form: 'function',
  signature: 'cgroup_path(id[, "filter"])',
  doc: 'A cgroup id, printed as `hierarchy:path`; the filter is a pattern for the hierarchies.',
  arity: [1, 2],
  type: (check, call) => {
    expectInteger(check, call, 0);
    return { kind: 'cgroup_path', filter: call.args.length > 1 ? (expectText(check, call, 1) ?? '') : '' };
  },
  lower: (emit, call) => inRegister(cgroupPath.type(emit, call), emit.lowerScalar(argument(call, 0))),
};

const user: ScriptType = { kind: 'username' };

export const username: Builtin = {
  name: 'username',
  form: 'variable',
  signature: 'username',
  doc: 'The current user, printed by name.',
  arity: [0, 0],
  type: () => user,
  lower: ({ ir }) => inRegister(user, ir.extend(ir.helper('get_current_uid_gid', []), 32, false)),
};
