// kptr() and uptr(): in whose memory a pointer points.
import { voidType } from '../../ctype/ctype.ts';
import type { Builtin, BuiltinCall, CheckContext } from '../sema/builtin.ts';
import type { ScriptType, Space } from '../sema/stype.ts';
import { kindText } from '../sema/typetext.ts';
import { argument } from './expect.ts';
import { inRegister } from './memory.ts';

const rows: readonly { readonly name: string; readonly space: Space; readonly doc: string }[] = [
  { name: 'kptr', space: 'kernel', doc: 'The pointer, as one into kernel memory.' },
  { name: 'uptr', space: 'user', doc: 'The pointer, as one into memory of the current process.' },
];

export const spaces: readonly Builtin[] = rows.map(({ name, space, doc }): Builtin => ({
  name,
  form: 'function',
  signature: `${name}(pointer)`,
  doc,
  arity: [1, 1],
  type: (check, call) => typeIn(check, call, space),
  lower: (emit, call) => inRegister(typeIn(emit, call, space), emit.lowerScalar(argument(call, 0))),
}));

function typeIn(check: CheckContext, call: BuiltinCall, space: Space): ScriptType {
  const type = check.typeOf(argument(call, 0));
  if (type.kind === 'pointer') return { ...type, space, trusted: type.trusted && type.space === space };
  if (type.kind === 'unknown') return type;
  if (type.kind !== 'int') check.error(call.span, `${call.name}() only supports integer or pointer arguments (${kindText(type)} provided)`);
  return { kind: 'pointer', to: voidType, space, trusted: false };
}
