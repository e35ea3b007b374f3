// The IR as text, for `-d ir` and for golden tests. Values are numbered in order of appearance and constants stand where they are used,
// so that equal code gives equal text.
import { unreachable } from '../../base/unreachable.ts';
import type { AccessSize, Block, BlockId, Func, Inst, Module, Op, RuntimeValue, Terminator, ValueId } from './ir.ts';

export function printModule(module: Module): string {
  return module.functions.map(printFunc).join('\n');
}

export function printFunc(func: Func): string {
  const names = nameValues(func);
  const label = (id: BlockId): string => `${func.blocks[id]?.label ?? '?'}#${id}`;
  const lines = [`func ${func.name}(${func.params.join(', ')})`];
  func.slots.forEach((slot, index) => {
    lines.push(`  slot ${index} ${slot.label}: ${slot.size} bytes, align ${slot.align}${slot.onStack ? ', on stack' : ''}`);
  });
  for (const block of func.blocks) lines.push(`${label(block.id)}:`, ...printBlock(block, names, label));
  return `${lines.join('\n')}\n`;
}

type Name = (id: ValueId) => string;
type Label = (id: BlockId) => string;

function nameValues(func: Func): Name {
  const names = new Map<ValueId, string>();
  let count = 0;
  for (const block of func.blocks) {
    for (const inst of block.insts) {
      if (inst.op.kind === 'const') names.set(inst.id, constant(inst.op.value));
      else if (inst.type !== 'none') names.set(inst.id, `v${count++}`);
    }
  }
  return (id) => names.get(id) ?? `undefined:${id}`;
}

function constant(value: bigint): string {
  return value > -65536n && value < 65536n ? `${value}` : `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function printBlock(block: Block, name: Name, label: Label): string[] {
  const lines = block.insts.filter((inst) => inst.op.kind !== 'const').map((inst) => `  ${printInst(inst, name, label)}`);
  return [...lines, `  ${printEnd(block.end, name, label)}`];
}

function printInst(inst: Inst, name: Name, label: Label): string {
  const text = printOp(inst.op, name, label);
  if (inst.type === 'none') return text;
  return `${name(inst.id)} = ${text}${inst.type === 'scalar' ? '' : ` : ${inst.type}`}`;
}

function printOp(op: Op, name: Name, label: Label): string {
  switch (op.kind) {
    case 'param':
      return `param ${op.index}`;
    case 'const':
      return constant(op.value);
    case 'phi':
      return `phi ${op.inputs.map((input) => `${label(input.from)}: ${name(input.value)}`).join(', ')}`;
    case 'binary':
      return `${op.fn} ${name(op.a)}, ${name(op.b)}`;
    case 'neg':
    case 'not':
      return `${op.kind} ${name(op.a)}`;
    case 'extend':
      return `extend ${integer(op.bits / 8, op.signed)} ${name(op.a)}`;
    case 'bswap':
      return `bswap${op.bits} ${name(op.a)}`;
    case 'compare':
      return `${op.condition} ${name(op.a)}, ${name(op.b)}`;
    case 'select':
      return `select ${name(op.condition)}, ${name(op.a)}, ${name(op.b)}`;
    case 'slot':
      return `slot ${op.slot}`;
    case 'load':
      return `load ${integer(op.size, op.signed)} ${place(name(op.base), op.offset)}`;
    case 'store':
      return `store ${integer(op.size, false)} ${place(name(op.base), op.offset)}, ${name(op.value)}`;
    case 'atomicAdd':
      return `atomic add ${integer(op.size, false)} ${place(name(op.base), op.offset)}, ${name(op.value)}`;
    case 'zero':
      return `zero ${place(name(op.base), op.offset)}, ${op.size}`;
    case 'copy':
      return `copy ${place(name(op.to), op.toOffset)}, ${place(name(op.from), op.fromOffset)}, ${op.size}`;
    case 'probeRead':
      return `probe read ${op.space} ${integer(op.size, op.signed)} ${place(name(op.address), op.offset)}`;
    case 'helper':
    case 'kfunc':
    case 'call':
      return `${op.kind} ${op.name}(${op.args.map(name).join(', ')})`;
    case 'functionAddress':
      return `function ${op.name}`;
    case 'map':
      return `map ${op.map}`;
    case 'mapData':
      return `map data ${place(op.map, op.offset)}`;
    case 'runtime':
      return `runtime ${runtime(op.relocation)}`;
    default:
      return unreachable(op);
  }
}

function printEnd(end: Terminator, name: Name, label: Label): string {
  switch (end.kind) {
    case 'jump':
      return `jump ${label(end.to)}`;
    case 'branch':
      return `branch ${end.condition} ${name(end.a)}, ${name(end.b)} ? ${label(end.then)} : ${label(end.else)}${end.likely === undefined ? '' : `, likely ${end.likely}`}`;
    case 'return':
      return `return ${name(end.value)}`;
    default:
      return unreachable(end);
  }
}

function integer(bytes: AccessSize | number, signed: boolean): string {
  return `${signed ? 's' : 'u'}${bytes * 8}`;
}

function place(base: string, offset: number): string {
  if (offset === 0) return `[${base}]`;
  return offset < 0 ? `[${base}${offset}]` : `[${base}+${offset}]`;
}

function runtime(value: RuntimeValue): string {
  switch (value.kind) {
    case 'ksym':
      return `ksym ${value.symbol}`;
    case 'cgroup':
      return `cgroup ${value.path}`;
    case 'startTime':
    case 'childPid':
    case 'cpus':
      return value.kind;
    default:
      return unreachable(value);
  }
}
