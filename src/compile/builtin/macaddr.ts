// macaddr(): six bytes of a hardware address.
import { sizeOf } from '../../ctype/types.ts';
import type { Builtin, CheckContext } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import { kindText } from '../sema/typetext.ts';
import { argument } from './expect.ts';
import { madeInMemory, readBytes, sourceOf } from './memory.ts';

const size = 6;
const result: ScriptType = { kind: 'macaddr' };
const readable: ReadonlySet<ScriptType['kind']> = new Set(['int', 'array', 'string', 'pointer', 'unknown']);

export const macaddr: Builtin = {
  name: 'macaddr',
  form: 'function',
  signature: 'macaddr(data)',
  doc: 'A hardware address from an array of six bytes, printed as `18:C0:4D:08:2E:BB`.',
  arity: [1, 1],
  type: (check, call) => {
    const data = argument(call, 0);
    const type = check.typeOf(data);
    if (!readable.has(type.kind)) check.error(call.span, `macaddr() only supports array or pointer arguments (${kindText(type)} provided)`);
    if (data.kind === 'string') check.error(call.span, 'macaddr() does not support literal string arguments');
    const bytes = bytesOf(check, type);
    if (bytes !== undefined && bytes < size) check.error(call.span, 'macaddr() argument must be at least 6 bytes in size');
    return result;
  },
  ...madeInMemory(() => result, (emit, call, _layout, base, offset) => {
    readBytes(emit, sourceOf(emit, argument(call, 0)), emit.ir.constant(size), size, base, offset);
  }),
};

/** Bytes of an array or a string; undefined for the others, and where the count is not known. */
export function bytesOf(check: CheckContext, type: ScriptType): number | undefined {
  if (type.kind === 'string') return type.size;
  return type.kind === 'array' && type.count > 0 ? type.count * sizeOf(check.types, type.of) : undefined;
}
