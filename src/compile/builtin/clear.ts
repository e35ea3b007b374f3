// clear() and zero(): what the runtime does to a whole map when it gets there.
import type { Builtin } from '../sema/builtin.ts';
import { argument } from './expect.ts';

const rows = [
  { name: 'clear', doc: 'Deletes all elements of a map.' },
  { name: 'zero', doc: 'Sets all values of a map to zero, and keeps the keys.' },
] as const;

export const wholeMapCalls: readonly Builtin[] = rows.map(({ name, doc }): Builtin => ({
  name,
  form: 'statement',
  signature: `${name}(@m)`,
  doc,
  arity: [1, 1],
  type: (check, call) => {
    const map = argument(call, 0);
    if (map.kind !== 'map' || map.key !== null) check.error(map.span, `${name}() expects a map argument`);
    else check.mapFacts(map.name);
    return { kind: 'void' };
  },
  lower: (emit, call) => {
    const map = argument(call, 0);
    if (map.kind === 'map') emit.event({ kind: name, map: emit.mapFacts(map.name).kernelName, span: call.span }, 0, () => undefined);
    return { in: 'nothing', type: { kind: 'void' } };
  },
}));
