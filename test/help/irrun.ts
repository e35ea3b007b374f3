// Evaluates the IR as it stands: what the compiled program must do too.
import type { Func, Inst, Module, Op, ValueId } from '../../src/compile/ir/ir.ts';
import type { HelperFunction } from './interpreter.ts';
import { Machine } from './interpreter.ts';
import type { Memory, Region } from './memory.ts';

export interface World {
  readonly memory: Memory;
  /** By name without prefix. */
  readonly helpers: Readonly<Record<string, HelperFunction>>;
  /** Address of the first value of a map, and what stands for the map itself. */
  readonly maps: ReadonlyMap<string, bigint>;
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);

/** Callbacks called by helpers are not run here. */
export function runModule(module: Module, world: World, args: readonly bigint[]): bigint {
  const [program] = module.functions;
  if (!program) throw new Error('a module without functions');
  return runFunc(program, module, world, args);
}

interface Activation {
  readonly func: Func;
  readonly module: Module;
  readonly world: World;
  readonly args: readonly bigint[];
  readonly values: Map<ValueId, bigint>;
  readonly slots: readonly Region[];
}

function runFunc(func: Func, module: Module, world: World, args: readonly bigint[]): bigint {
  const slots = func.slots.map((slot) => world.memory.add(slot.label, slot.size));
  const here: Activation = { func, module, world, args, values: new Map(), slots };
  const value = (id: ValueId): bigint => here.values.get(id) ?? fail(`value ${id} is not there`);
  let [from, at] = [-1, 0];
  for (let steps = 0; ; steps++) {
    if (steps > 100_000) fail('the function does not end');
    const block = func.blocks[at] ?? fail(`no block ${at}`);
    const phis = block.insts.flatMap(({ id, op }) =>
      op.kind === 'phi' ? [[id, value(op.inputs.find((input) => input.from === from)?.value ?? fail('no input'))] as const] : [],
    );
    for (const [id, input] of phis) here.values.set(id, input);
    for (const inst of block.insts) if (inst.op.kind !== 'phi') here.values.set(inst.id, u64(run(inst, here, value)));
    const { end } = block;
    if (end.kind === 'return') {
      for (const slot of slots) world.memory.remove(slot);
      return value(end.value);
    }
    const to = end.kind === 'jump' ? end.to : holds(end.condition, value(end.a), value(end.b)) ? end.then : end.else;
    [from, at] = [at, to];
  }
}

function run({ op }: Inst, here: Activation, value: (id: ValueId) => bigint): bigint {
  const { memory, helpers, maps } = here.world;
  switch (op.kind) {
    case 'param':
      return here.args[op.index] ?? fail('no argument');
    case 'const':
      return op.value;
    case 'binary':
      return binary(op.fn, value(op.a), value(op.b));
    case 'neg':
      return -value(op.a);
    case 'not':
      return ~value(op.a);
    case 'extend':
      return op.signed ? BigInt.asIntN(op.bits, value(op.a)) : BigInt.asUintN(op.bits, value(op.a));
    case 'bswap':
      return bswap(value(op.a), op.bits / 8);
    case 'compare':
      return holds(op.condition, value(op.a), value(op.b)) ? 1n : 0n;
    case 'select':
      return value(op.condition) !== 0n ? value(op.a) : value(op.b);
    case 'slot':
      return here.slots[op.slot]?.base ?? fail('no slot');
    case 'load':
      return loaded(memory.read(value(op.base) + BigInt(op.offset), op.size), op);
    case 'store':
      memory.write(value(op.base) + BigInt(op.offset), op.size, value(op.value));
      return 0n;
    case 'atomicAdd': {
      const address = value(op.base) + BigInt(op.offset);
      memory.write(address, op.size, memory.read(address, op.size) + value(op.value));
      return 0n;
    }
    case 'zero':
      memory.fill(value(op.base) + BigInt(op.offset), new Uint8Array(op.size));
      return 0n;
    case 'copy':
      memory.fill(value(op.to) + BigInt(op.toOffset), memory.bytes(value(op.from) + BigInt(op.fromOffset), op.size));
      return 0n;
    case 'probeRead': {
      const address = u64(value(op.address) + BigInt(op.offset));
      return memory.readable(address, op.size) ? loaded(memory.read(address, op.size), op) : 0n;
    }
    case 'helper':
      return (helpers[op.name] ?? fail(`nothing answers ${op.name}`))(op.args.map(value), new Machine(new Uint8Array(), { helpers: {}, relocations: new Map(), memory }));
    case 'call':
      return runFunc(here.module.functions.find((func) => func.name === op.name) ?? fail(`no function ${op.name}`), here.module, here.world, op.args.map(value));
    case 'map':
      return maps.get(op.map) ?? fail(`no map ${op.map}`);
    case 'mapData':
      return (maps.get(op.map) ?? fail(`no map ${op.map}`)) + BigInt(op.offset);
    default:
      return fail(`${op.kind} is not run here`);
  }
}

function loaded(value: bigint, op: Extract<Op, { kind: 'load' | 'probeRead' }>): bigint {
  return op.signed ? BigInt.asIntN(8 * op.size, value) : value;
}

function binary(fn: Extract<Op, { kind: 'binary' }>['fn'], a: bigint, b: bigint): bigint {
  const shift = b & 63n;
  const results: Readonly<Record<typeof fn, () => bigint>> = {
    add: () => a + b, sub: () => a - b, mul: () => a * b, and: () => a & b, or: () => a | b, xor: () => a ^ b,
    udiv: () => (b === 0n ? 0n : a / b), umod: () => (b === 0n ? a : a % b),
    shl: () => a << shift, lshr: () => a >> shift, ashr: () => s64(a) >> shift,
  };
  return results[fn]();
}

function holds(condition: Extract<Op, { kind: 'compare' }>['condition'], a: bigint, b: bigint): boolean {
  const [x, y] = condition.startsWith('s') ? [s64(a), s64(b)] : [a, b];
  if (condition === 'eq') return x === y;
  if (condition === 'ne') return x !== y;
  if (condition.endsWith('lt')) return x < y;
  if (condition.endsWith('le')) return x <= y;
  return condition.endsWith('gt') ? x > y : x >= y;
}

function bswap(value: bigint, bytes: number): bigint {
  let swapped = 0n;
  for (let index = 0; index < bytes; index++) swapped = (swapped << 8n) | ((value >> BigInt(8 * index)) & 0xffn);
  return swapped;
}

function fail(message: string): never {
  throw new Error(`ir run: ${message}`);
}
