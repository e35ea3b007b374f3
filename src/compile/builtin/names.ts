// strerror(), signal_name() and syscall_name(): strings looked up by number in a table that lies in a map of the program.
import type { MapSpec } from '../../bpf/spec.ts';
import type { Builtin, CheckContext, EmitContext } from '../sema/builtin.ts';
import type { ValueId } from '../ir/ir.ts';
import type { ScriptType } from '../sema/stype.ts';
import { argument, expectInteger } from './expect.ts';
import { errorTexts, signalTexts, systemCalls } from './nametables.ts';

interface Row {
  readonly name: string;
  readonly doc: string;
  /** One name a line, by number. */
  readonly texts: (check: CheckContext) => string;
  /** The string for numbers without a name. */
  readonly unknown: string;
  /** -2 means the same as 2: what system calls return. */
  readonly negative?: true;
}

const rows: readonly Row[] = [
  { name: 'strerror', doc: 'The text of an error number, with either sign.', texts: () => errorTexts, unknown: 'Unknown error', negative: true },
  { name: 'signal_name', doc: 'The text of a signal number.', texts: () => signalTexts, unknown: 'N/A' },
  { name: 'syscall_name', doc: 'The name of a system call by its number.', texts: (check) => systemCalls[check.arch.name], unknown: 'Unknown syscall' },
];

/** Bytes of a string, the NUL included. */
const width = 64;
const result: ScriptType = { kind: 'string', size: width };
/** BPF_F_RDONLY_PROG */
const readOnlyForPrograms = 1 << 7;

export const nameTables: readonly Builtin[] = rows.map((row): Builtin => ({
  name: row.name,
  form: 'function',
  signature: `${row.name}(number)`,
  doc: row.doc,
  arity: [1, 1],
  type: (check, call) => {
    expectInteger(check, call, 0);
    return result;
  },
  lower: (emit, call) => {
    const texts = row.texts(emit).split('\n');
    emit.internalMap(tableOf(row, texts));
    const position = entryOf(emit, emit.lowerScalar(argument(call, 0)), texts.length, row.negative === true);
    const base = emit.ir.binary('add', emit.ir.mapData(row.name, 0), emit.ir.binary('shl', position, emit.ir.constant(Math.log2(width))));
    return { in: 'memory', base, offset: 0, layout: { kind: 'string', size: width }, type: result, exact: true };
  },
}));

/** The entries one behind the other, that for unknown numbers last. */
function tableOf(row: Row, texts: readonly string[]): MapSpec {
  const contents = new Uint8Array((texts.length + 1) * width);
  const encoder = new TextEncoder();
  for (const [index, text] of [...texts, row.unknown].entries()) {
    contents.set(encoder.encode(text === '' ? row.unknown : text).subarray(0, width - 1), index * width);
  }
  return { name: row.name, type: 'array', keySize: 4, valueSize: contents.length, maxEntries: 1, flags: readOnlyForPrograms, contents, readOnly: true };
}

/** The number as an int, where it has an entry, else the last entry. */
function entryOf({ ir }: EmitContext, value: ValueId, entries: number, negative: boolean): ValueId {
  const number = ir.extend(value, 32, true);
  const absolute = negative ? ir.select(ir.compare('slt', number, ir.constant(0)), ir.emit({ kind: 'neg', a: number }), number) : number;
  const unknown = ir.constant(entries);
  return ir.select(ir.compare('ult', absolute, unknown), absolute, unknown);
}
