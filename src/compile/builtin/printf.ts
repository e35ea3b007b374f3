// printf() and the calls that take a format like it: the arguments go into the record, the text is put together outside.
import { tupleLayout } from '../../bpf/layout.ts';
import type { Builtin } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import { checkFormat } from '../sema/format.ts';

interface Row {
  readonly name: 'printf' | 'errorf' | 'warnf' | 'system' | 'cat';
  readonly doc: string;
  readonly unsafe?: true;
}

const rows: readonly Row[] = [
  { name: 'printf', doc: 'Prints the arguments as the format says: C conversions, `%s` for any type, `%r`, `%rx` and `%rh` for buffers.' },
  { name: 'errorf', doc: 'The same on the error output, with the place in the script and `ERROR:` in front.' },
  { name: 'warnf', doc: 'The same with `WARNING:`; silent with `--no-warnings`.' },
  { name: 'cat', doc: 'Prints the contents of the file that the format names, at most `max_cat_bytes`.' },
  { name: 'system', doc: 'Runs the command that the format makes, with `sh -c`, and waits for it.', unsafe: true },
];

/** As many arguments as bpftrace takes, the format included. */
const mostArguments = 128;
const nothing: ScriptType = { kind: 'void' };

export const formatted: readonly Builtin[] = rows.map(({ name, doc, unsafe }): Builtin => ({
  name,
  form: 'statement',
  signature: `${name}("format", …)`,
  doc,
  arity: [1, mostArguments],
  ...(unsafe ? { unsafe } : {}),
  type: (check, call) => {
    checkFormat(check, name, call);
    return nothing;
  },
  lower: (emit, call) => {
    const format = checkFormat(emit, name, call) ?? [];
    const args = call.args.slice(1);
    const payload = tupleLayout(args.map((arg) => emit.layoutOf(emit.typeOf(arg))));
    emit.event({ kind: name, format, payload, span: call.span }, payload.size, (base, offset) => {
      for (const [index, field] of payload.elements.entries()) {
        const arg = args[index];
        if (arg) emit.lowerInto(arg, field.layout, base, offset + field.offset, false);
      }
    });
    return { in: 'nothing', type: nothing };
  },
}));
