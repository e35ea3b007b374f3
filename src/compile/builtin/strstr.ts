// strstr() and strcontains(): one pass over the haystack, however long the needle is, by the shift-and method
// (Baeza-Yates and Gonnet, "A New Approach to Text Searching", CACM 1992): a bit for every prefix of the needle that ends here.
import type { MapSpec } from '../../bpf/spec.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Expression } from '../lang/ast.ts';
import type { Builtin, BuiltinCall, CheckContext, EmitContext } from '../sema/builtin.ts';
import { s64, type ScriptType } from '../sema/stype.ts';
import { argument, expectString } from './expect.ts';
import { countedLoop, leaveWhen, when } from './loop.ts';
import { inRegister, stringIn } from './memory.ts';

/** Bits of a word: the longest needle. */
const longest = 64;
/** One word for each byte that may stand in the haystack. */
const tableSize = 256 * 8;
/** BPF_F_RDONLY_PROG */
const readOnlyForPrograms = 1 << 7;

export const strstr: Builtin = {
  name: 'strstr',
  form: 'function',
  signature: 'strstr(haystack, needle)',
  doc: `Position of the first occurrence of the needle (at most ${longest} bytes), -1 when there is none.`,
  arity: [2, 2],
  type: (check, call) => {
    expectNeedle(check, call);
    return s64;
  },
  lower: (emit, call) => inRegister(s64, search(emit, call)),
};

const bool: ScriptType = { kind: 'bool' };

export const strcontains: Builtin = {
  name: 'strcontains',
  form: 'function',
  signature: 'strcontains(haystack, needle)',
  doc: `Whether the needle (at most ${longest} bytes) occurs in the haystack.`,
  arity: [2, 2],
  type: (check, call) => {
    expectNeedle(check, call);
    return bool;
  },
  lower: (emit, call) => inRegister(bool, emit.ir.compare('sge', search(emit, call), emit.ir.constant(0))),
};

function expectNeedle(check: CheckContext, call: BuiltinCall): void {
  expectString(check, call, 0);
  const type = expectString(check, call, 1);
  if (type.kind === 'string' && type.size > longest + 1) {
    check.error(call.span, `${call.name}() takes needles of up to ${longest} bytes (${type.size - 1} provided)`, `str() with a length makes a shorter string: str($x, ${longest})`);
  }
}

interface Needle {
  /** Pointer to the table: for each byte, the positions of the needle where it stands. */
  readonly table: ValueId;
  readonly length: ValueId;
  /** The bit of the whole needle. */
  readonly whole: ValueId;
}

function search(emit: EmitContext, call: BuiltinCall): ValueId {
  const { ir } = emit;
  const literal = emit.literalString(argument(call, 1));
  if (literal === '') return ir.constant(0);
  const haystack = stringIn(emit, argument(call, 0));
  const needle = literal === undefined ? measuredNeedle(emit, argument(call, 1)) : literalNeedle(emit, literal);
  const [prefixes, found] = [`prefixes ${ir.here}`, `found ${ir.here}`];
  ir.write(found, ir.constant(0));
  when(ir, 'strstr.needle', 'ne', needle.length, ir.constant(0), () => {
    ir.write(prefixes, ir.constant(0));
    const last = countedLoop(ir, 'strstr', haystack.size, (at, leave) => {
      const byte = ir.load(ir.binary('add', haystack.base, at), haystack.offset, 1);
      leaveWhen(ir, 'eq', byte, ir.constant(0), leave);
      const longer = ir.binary('or', ir.binary('shl', ir.read(prefixes), ir.constant(1)), ir.constant(1));
      ir.write(prefixes, ir.binary('and', longer, ir.load(ir.binary('add', needle.table, ir.binary('shl', byte, ir.constant(3))), 0, 8)));
      leaveWhen(ir, 'ne', ir.binary('and', ir.read(prefixes), needle.whole), ir.constant(0), leave);
    });
    const hit = ir.compare('ne', ir.binary('and', ir.read(prefixes), needle.whole), ir.constant(0));
    const start = ir.binary('sub', ir.binary('add', last, ir.constant(1)), needle.length);
    ir.write(found, ir.select(hit, start, ir.constant(-1)));
  });
  return ir.read(found);
}

/** The table of a literal is made here and lies in a map of its own. */
function literalNeedle(emit: EmitContext, text: string): Needle {
  const table = new BigUint64Array(256);
  for (let index = 0; index < text.length; index++) {
    const byte = text.charCodeAt(index) & 0xff;
    table[byte] = (table[byte] ?? 0n) | (1n << BigInt(index));
  }
  const contents = new Uint8Array(table.buffer);
  const map: MapSpec = { name: mapName(text), type: 'array', keySize: 4, valueSize: tableSize, maxEntries: 1, flags: readOnlyForPrograms, contents, readOnly: true };
  emit.internalMap(map);
  const { ir } = emit;
  return { table: ir.mapData(map.name, 0), length: ir.constant(text.length), whole: ir.constant(1n << BigInt(text.length - 1)) };
}

/** Names have 15 characters: a checksum (FNV-1a) stands for the text. */
function mapName(text: string): string {
  let sum = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index++) sum = BigInt.asUintN(64, (sum ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  return `find${sum.toString(36).slice(-11)}`;
}

/** The table of a needle that is only known when the program runs is made there. */
function measuredNeedle(emit: EmitContext, expression: Expression): Needle {
  const { ir } = emit;
  const needle = stringIn(emit, expression);
  const table = ir.slot(tableSize, 'needle');
  ir.zero(table, 0, tableSize);
  const bit = `needle bit ${ir.here}`;
  ir.write(bit, ir.constant(0));
  const length = countedLoop(ir, 'needle', Math.min(needle.size, longest), (at, leave) => {
    const byte = ir.load(ir.binary('add', needle.base, at), needle.offset, 1);
    leaveWhen(ir, 'eq', byte, ir.constant(0), leave);
    const place = ir.binary('add', table, ir.binary('shl', byte, ir.constant(3)));
    const here = ir.binary('shl', ir.constant(1), at);
    ir.store(place, 0, 8, ir.binary('or', ir.load(place, 0, 8), here));
    ir.write(bit, here);
  });
  return { table, length, whole: ir.read(bit) };
}
