// Reads the text that `-d ir` prints back into IR, so that cases of passes can be written down. Constants are made anew in the block that reads them.
import { noSpan } from '../../src/base/span.ts';
import type { HelperName } from '../../src/bpf/helpers.ts';
import type { AccessSize, BinaryFn, Block, BlockId, Condition, Func, Inst, Module, Op, Slot, Terminator, ValueId, ValueType } from '../../src/compile/ir/ir.ts';

/** Lines may be indented as a whole; `#N` behind block labels and `, align 8` of slots may be left out. */
export function parseModule(text: string): Module {
  const functions = text.split(/^\s*(?=func )/m).filter((part) => part.trim() !== '');
  return { functions: functions.map((part) => new Parser(part).func()) };
}

export function parseFunc(text: string): Func {
  const [func] = parseModule(text).functions;
  if (!func) throw new Error('no function');
  return func;
}

interface Raw {
  readonly label: string;
  readonly lines: string[];
}

const span = noSpan;

class Parser {
  readonly #head: string;
  readonly #slots: Slot[] = [];
  readonly #raw: Raw[] = [];
  readonly #values = new Map<string, ValueId>();
  #count = 0;
  #insts: Inst[][] = [];
  /** Constants that phis want at the ends of blocks. */
  readonly #late: { readonly block: BlockId; readonly inst: Inst }[] = [];

  constructor(text: string) {
    const [head = '', ...lines] = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
    this.#head = head;
    for (const line of lines) {
      if (/^slot \d+ /.test(line)) this.#slots.push(slot(line));
      else if (line.endsWith(':')) this.#raw.push({ label: line.slice(0, -1).replace(/#\d+$/, ''), lines: [] });
      else this.#raw.at(-1)?.lines.push(line);
    }
  }

  func(): Func {
    const [, name = '', params = ''] = /^func (\S+)\((.*)\)$/.exec(this.#head) ?? fail(this.#head);
    this.#insts = this.#raw.map(() => []);
    const ends = this.#raw.map((raw, id) => this.#block(raw, id));
    for (const { block, inst } of this.#late) this.#insts[block]?.push(inst);
    const blocks = this.#raw.map(({ label }, id): Block => ({ id, label, insts: this.#insts[id] ?? [], end: ends[id] ?? fail(`${label} has no end`) }));
    const types = params === '' ? [] : params.split(', ').map((each) => each as ValueType);
    return { name, params: types, slots: this.#slots, blocks, values: this.#count };
  }

  #block({ lines }: Raw, id: BlockId): Terminator {
    for (const line of lines.slice(0, -1)) {
      const [, result, text = '', type] = /^(?:(v\d+) = )?(.*?)(?: : (\w+\??))?$/.exec(line) ?? fail(line);
      const op = this.#op(text, id);
      this.#push(id, op, result === undefined ? 'none' : ((type ?? 'scalar') as ValueType), result);
    }
    return this.#end(lines.at(-1) ?? '', id);
  }

  #push(block: BlockId, op: Op, type: ValueType, name?: string): ValueId {
    const id = name === undefined ? this.#count++ : this.#named(name);
    this.#insts[block]?.push({ id, op, type, span });
    return id;
  }

  #named(name: string): ValueId {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    this.#values.set(name, this.#count);
    return this.#count++;
  }

  /** A value by name, or a constant that is made here. */
  #value(text: string, block: BlockId, late = false): ValueId {
    if (text.startsWith('v')) return this.#named(text);
    const inst: Inst = { id: this.#count++, op: { kind: 'const', value: BigInt.asIntN(64, BigInt(text)) }, type: 'scalar', span };
    if (late) this.#late.push({ block, inst });
    else this.#insts[block]?.push(inst);
    return inst.id;
  }

  #label(text: string): BlockId {
    const [, label, number] = /^(.*?)(?:#(\d+))?$/.exec(text) ?? [];
    if (number !== undefined) return Number(number);
    const id = this.#raw.findIndex((raw) => raw.label === label);
    return id < 0 ? fail(`no block ${text}`) : id;
  }

  #end(line: string, block: BlockId): Terminator {
    const words = line.split(' ');
    if (words[0] === 'return') return { kind: 'return', value: this.#value(words[1] ?? '', block), span };
    if (words[0] === 'jump') return { kind: 'jump', to: this.#label(words[1] ?? ''), span };
    const [, condition = '', a = '', b = '', then = '', otherwise = '', likely] = /^branch (\w+) (\S+), (\S+) \? (\S+) : ([^,\s]+)(?:, likely (\w+))?$/.exec(line) ?? fail(line);
    const [left, right] = [this.#value(a, block), this.#value(b, block)];
    const hint = likely === undefined ? {} : { likely: likely as 'then' | 'else' };
    return { kind: 'branch', condition: condition as Condition, a: left, b: right, then: this.#label(then), else: this.#label(otherwise), span, ...hint };
  }

  #op(text: string, block: BlockId): Op {
    const [word = ''] = text.split(' ', 1);
    const rest = text.slice(word.length + 1);
    const value = (each = ''): ValueId => this.#value(each, block);
    const list = (): ValueId[] => rest.split(', ').map(value);
    if (word === 'phi') {
      const inputs = rest.split(', ').map((input) => input.split(': '));
      return { kind: 'phi', inputs: inputs.map(([from = '', id = '']) => ({ from: this.#label(from), value: this.#value(id, this.#label(from), true) })) };
    }
    if (binaries.has(word)) return twoOf(list(), (a, b) => ({ kind: 'binary', fn: word as BinaryFn, a, b }));
    if (conditions.has(word)) return twoOf(list(), (a, b) => ({ kind: 'compare', condition: word as Condition, a, b }));
    if (word.startsWith('bswap')) return { kind: 'bswap', bits: Number(word.slice(5)) as 16 | 32 | 64, a: value(rest) };
    return (forms[word] ?? fail(`no operation ${text}`))(rest, value, list);
  }
}

const binaries: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'udiv', 'umod', 'and', 'or', 'xor', 'shl', 'lshr', 'ashr']);
const conditions: ReadonlySet<string> = new Set(['eq', 'ne', 'ult', 'ule', 'ugt', 'uge', 'slt', 'sle', 'sgt', 'sge']);

type Form = (rest: string, value: (text?: string) => ValueId, list: () => ValueId[]) => Op;

const forms: Readonly<Record<string, Form>> = {
  param: (rest) => ({ kind: 'param', index: Number(rest) }),
  slot: (rest) => ({ kind: 'slot', slot: Number(rest) }),
  neg: (rest, value) => ({ kind: 'neg', a: value(rest) }),
  not: (rest, value) => ({ kind: 'not', a: value(rest) }),
  extend: (rest, value) => {
    const [type = '', a] = rest.split(' ');
    return { kind: 'extend', bits: (8 * integer(type).size) as 8 | 16 | 32, signed: integer(type).signed, a: value(a) };
  },
  select: (_, __, list) => {
    const [condition = 0, a = 0, b = 0] = list();
    return { kind: 'select', condition, a, b };
  },
  load: (rest, value) => {
    const [type = '', at = ''] = rest.split(' ');
    const { base, offset } = place(at);
    return { kind: 'load', base: value(base), offset, ...integer(type) };
  },
  store: (rest, value) => {
    const [, type = '', at = '', from = ''] = /^(\w+) (\S+), (\S+)$/.exec(rest) ?? fail(rest);
    const { base, offset } = place(at);
    return { kind: 'store', base: value(base), offset, size: integer(type).size, value: value(from) };
  },
  atomic: (rest, value) => {
    const [, type = '', at = '', from = ''] = /^add (\w+) (\S+), (\S+)$/.exec(rest) ?? fail(rest);
    const { base, offset } = place(at);
    return { kind: 'atomicAdd', base: value(base), offset, size: integer(type).size as 4 | 8, value: value(from) };
  },
  zero: (rest, value) => {
    const [at = '', size] = rest.split(', ');
    const { base, offset } = place(at);
    return { kind: 'zero', base: value(base), offset, size: Number(size) };
  },
  copy: (rest, value) => {
    const [to = '', from = '', size] = rest.split(', ');
    const [left, right] = [place(to), place(from)];
    return { kind: 'copy', to: value(left.base), toOffset: left.offset, from: value(right.base), fromOffset: right.offset, size: Number(size) };
  },
  probe: (rest, value) => {
    const [, space = '', type = '', at = ''] = /^read (\w+) (\w+) (\S+)$/.exec(rest) ?? fail(rest);
    const { base, offset } = place(at);
    return { kind: 'probeRead', space: space as 'kernel' | 'user', address: value(base), offset, ...integer(type) };
  },
  helper: (rest, value) => ({ kind: 'helper', ...called(rest, value) }),
  kfunc: (rest, value) => ({ kind: 'kfunc', ...called(rest, value) }),
  call: (rest, value) => ({ kind: 'call', ...called(rest, value) }),
  function: (rest) => ({ kind: 'functionAddress', name: rest }),
  map: (rest) => {
    const [, name = '', offset = 0] = /^data \[(\w+)(?:\+(\d+))?\]$/.exec(rest) ?? [];
    return name === '' ? { kind: 'map', map: rest } : { kind: 'mapData', map: name, offset: Number(offset) };
  },
};

function called(rest: string, value: (text?: string) => ValueId): { name: HelperName; args: ValueId[] } {
  const [, name = '', args = ''] = /^(\w+)\((.*)\)$/.exec(rest) ?? fail(rest);
  return { name: name as HelperName, args: args === '' ? [] : args.split(', ').map(value) };
}

function twoOf(list: readonly ValueId[], make: (a: ValueId, b: ValueId) => Op): Op {
  const [a = 0, b = 0] = list;
  return make(a, b);
}

function integer(type: string): { readonly size: AccessSize; readonly signed: boolean } {
  return { size: (Number(type.slice(1)) / 8) as AccessSize, signed: type.startsWith('s') };
}

/** `[v1+8]` */
function place(text: string): { readonly base: string; readonly offset: number } {
  const [, base = '', offset = 0] = /^\[([^+\-\]]+)([+-]\d+)?\]$/.exec(text) ?? fail(text);
  return { base, offset: Number(offset) };
}

function slot(line: string): Slot {
  const [, label = '', size, align = 8, stack] = /^slot \d+ (.+?): (\d+) bytes(?:, align (\d))?(, on stack)?$/.exec(line) ?? fail(line);
  return { label, size: Number(size), align: Number(align) as Slot['align'], onStack: stack !== undefined };
}

function fail(text: string): never {
  throw new Error(`ir text: ${text}`);
}
