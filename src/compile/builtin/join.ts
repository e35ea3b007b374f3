// join(): prints the strings of an array of pointers that a null pointer ends, such as the arguments of execve(2).
import { layoutSize, tupleLayout } from '../../bpf/layout.ts';
import type { Builtin, EmitContext } from '../sema/builtin.ts';
import type { Space } from '../sema/stype.ts';
import { kindText } from '../sema/typetext.ts';
import type { ValueId } from '../ir/ir.ts';
import { argument, expectText } from './expect.ts';
import { countedLoop, leaveWhen } from './loop.ts';
import { pointer, readString } from './memory.ts';

/** Strings of one call, and bytes of one string. */
const most = 16;
const width = 1024;
const payload = tupleLayout([{ kind: 'int', size: 8, signed: false }, { kind: 'array', of: { kind: 'string', size: width }, count: most }]);

export const join: Builtin = {
  name: 'join',
  form: 'statement',
  signature: 'join(pointers[, separator])',
  doc: `Prints the strings of a \`char **\` that ends with a null pointer, with blanks or the separator between; at most ${most} of ${width} bytes.`,
  arity: [1, 2],
  type: (check, call) => {
    const type = check.typeOf(argument(call, 0));
    if (type.kind !== 'int' && type.kind !== 'pointer' && type.kind !== 'unknown') check.error(call.span, `join() only supports int or pointer arguments (${kindText(type)} provided)`);
    if (call.args.length > 1) expectText(check, call, 1);
    return { kind: 'void' };
  },
  lower: (emit, call) => {
    const [pointers, given] = call.args;
    const separator = (given && emit.literalString(given)) ?? ' ';
    const { address, offset, space } = emit.address(pointers ?? argument(call, 0));
    const first = pointer(emit.ir, address, offset);
    emit.event({ kind: 'join', separator, payload, span: call.span }, layoutSize(payload), (base, start) => {
      readStrings(emit, first, space, base, start);
    });
    return { in: 'nothing', type: { kind: 'void' } };
  },
};

/** Stops at the null pointer, and when the record is full. */
function readStrings(emit: EmitContext, pointers: ValueId, space: Space, base: ValueId, start: number): void {
  const { ir } = emit;
  const count = countedLoop(ir, 'join', most, (at, leave) => {
    const place = ir.binary('add', pointers, ir.binary('shl', at, ir.constant(3)));
    const string = ir.emit({ kind: 'probeRead', space, address: place, offset: 0, size: 8, signed: false });
    leaveWhen(ir, 'eq', string, ir.constant(0), leave);
    const to = ir.binary('add', base, ir.binary('shl', at, ir.constant(Math.log2(width))));
    readString(ir, space, to, start + 8, ir.constant(width), string);
  });
  ir.store(base, start, 8, count);
}
