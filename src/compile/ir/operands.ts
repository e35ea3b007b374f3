// What an operation reads, and the same operation with other operands.
import { unreachable } from '../../base/unreachable.ts';
import type { BlockId, Op, Terminator, ValueId } from './ir.ts';

/** The values that the operation reads, in order; of a phi, one an input. */
export function operands(op: Op): readonly ValueId[] {
  switch (op.kind) {
    case 'phi':
      return op.inputs.map((input) => input.value);
    case 'binary':
    case 'compare':
      return [op.a, op.b];
    case 'select':
      return [op.condition, op.a, op.b];
    case 'neg':
    case 'not':
    case 'extend':
    case 'bswap':
      return [op.a];
    case 'load':
    case 'zero':
      return [op.base];
    case 'store':
    case 'atomicAdd':
      return [op.base, op.value];
    case 'copy':
      return [op.to, op.from];
    case 'probeRead':
      return [op.address];
    case 'helper':
    case 'kfunc':
    case 'call':
      return op.args;
    case 'param':
    case 'const':
    case 'slot':
    case 'functionAddress':
    case 'map':
    case 'mapData':
    case 'runtime':
      return [];
    default:
      return unreachable(op);
  }
}

export function endOperands(end: Terminator): readonly ValueId[] {
  if (end.kind === 'branch') return [end.a, end.b];
  return end.kind === 'return' ? [end.value] : [];
}

/** Blocks that control may go to. */
export function targets(end: Terminator): readonly BlockId[] {
  if (end.kind === 'jump') return [end.to];
  return end.kind === 'branch' ? [end.then, end.else] : [];
}

/** The operation with its operands (and a phi's blocks) renamed; phi inputs from blocks that are gone are dropped. */
export function rename(op: Op, value: (id: ValueId) => ValueId, block: (id: BlockId) => BlockId | undefined): Op {
  switch (op.kind) {
    case 'phi':
      return {
        ...op,
        inputs: op.inputs.flatMap((input) => {
          const from = block(input.from);
          return from === undefined ? [] : [{ from, value: value(input.value) }];
        }),
      };
    case 'binary':
    case 'compare':
      return { ...op, a: value(op.a), b: value(op.b) };
    case 'select':
      return { ...op, condition: value(op.condition), a: value(op.a), b: value(op.b) };
    case 'neg':
    case 'not':
    case 'extend':
    case 'bswap':
      return { ...op, a: value(op.a) };
    case 'load':
    case 'zero':
      return { ...op, base: value(op.base) };
    case 'store':
    case 'atomicAdd':
      return { ...op, base: value(op.base), value: value(op.value) };
    case 'copy':
      return { ...op, to: value(op.to), from: value(op.from) };
    case 'probeRead':
      return { ...op, address: value(op.address) };
    case 'helper':
    case 'kfunc':
    case 'call':
      return { ...op, args: op.args.map(value) };
    case 'param':
    case 'const':
    case 'slot':
    case 'functionAddress':
    case 'map':
    case 'mapData':
    case 'runtime':
      return op;
    default:
      return unreachable(op);
  }
}

export function renameEnd(end: Terminator, value: (id: ValueId) => ValueId, block: (id: BlockId) => BlockId): Terminator {
  if (end.kind === 'jump') return { ...end, to: block(end.to) };
  if (end.kind === 'return') return { ...end, value: value(end.value) };
  return { ...end, a: value(end.a), b: value(end.b), then: block(end.then), else: block(end.else) };
}
