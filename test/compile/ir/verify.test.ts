// What the verifier of the IR finds.
import { describe, expect, test } from 'vitest';
import { noSpan } from '../../../src/base/span.ts';
import type { Block, Func, Inst, Op, Terminator, ValueType } from '../../../src/compile/ir/ir.ts';
import { verify } from '../../../src/compile/ir/verify.ts';

function inst(id: number, op: Op, type: ValueType = 'scalar'): Inst {
  return { id, op, type, span: noSpan };
}

function block(id: number, insts: readonly Inst[], end: Terminator): Block {
  return { id, label: `b${id}`, insts, end };
}

const one = inst(0, { kind: 'const', value: 1n });
const done = (value = 0): Terminator => ({ kind: 'return', value, span: noSpan });
const jump = (to: number): Terminator => ({ kind: 'jump', to, span: noSpan });
const branch = (then: number, otherwise: number): Terminator => ({ kind: 'branch', condition: 'eq', a: 0, b: 0, then, else: otherwise, span: noSpan });

function complaint(blocks: readonly Block[], extra: Partial<Func> = {}): string {
  try {
    verify({ functions: [{ name: 'f', params: ['ctx'], slots: [], values: 10, blocks, ...extra }] });
    return '';
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^ir: /, '') : '';
  }
}

describe('verify', () => {
  test.each<[string, readonly Block[], string]>([
    ['nothing wrong', [block(0, [one], done())], ''],
    ['no blocks', [], 'f: no blocks'],
    ['ids are positions', [block(1, [one], done())], 'f: block b1 has id 1 at position 0'],
    ['a target that is not there', [block(0, [one], jump(3))], 'f: b0: no block 3'],
    ['an unreachable block', [block(0, [one], done()), block(1, [], jump(0))], 'f: block b1#1 is unreachable'],
    ['a value that is not there', [block(0, [one], done(5))], 'f: b0#0: return: value 5 is not defined'],
    ['a value of nothing', [block(0, [inst(0, { kind: 'call', name: 'f', args: [] }, 'none')], done())], 'f: b0#0: return: value 0 is nothing'],
    ['two definitions', [block(0, [one, one], done())], 'f: value 0 has two definitions'],
    ['an id past the end', [block(0, [inst(10, { kind: 'const', value: 0n })], done(10))], 'f: value 10 is past the end (10)'],
    ['use before definition', [block(0, [inst(1, { kind: 'neg', a: 0 }), one], done())], 'f: b0#0: neg 1: value 0 is not defined on every way here'],
    ['a definition on one way only', [
      block(0, [one], branch(1, 2)), block(1, [inst(1, { kind: 'neg', a: 0 })], jump(2)), block(2, [], done(1)),
    ], 'f: b2#2: return: value 1 is not defined on every way here'],
    ['phi without an input', [
      block(0, [one], branch(1, 2)), block(1, [], jump(2)), block(2, [inst(1, { kind: 'phi', inputs: [{ from: 0, value: 0 }] })], done(1)),
    ], 'f: b2#2: phi 1: inputs from 0, predecessors are 0,1'],
    ['phi behind others', [
      block(0, [one], jump(1)), block(1, [inst(1, { kind: 'neg', a: 0 }), inst(2, { kind: 'phi', inputs: [{ from: 0, value: 0 }] })], done(2)),
    ], 'f: b1#1: phi 2: phi after other instructions'],
    ['both ways are one', [block(0, [one], branch(1, 1)), block(1, [], done())], 'f: b0#0: branch: both ways are one'],
    ['a load through a number', [block(0, [one, inst(1, { kind: 'load', base: 0, offset: 0, size: 8, signed: false })], done())], 'f: b0#0: load 1: loads through a scalar'],
    ['a store into the context', [
      block(0, [one, inst(1, { kind: 'param', index: 0 }, 'ctx'), inst(2, { kind: 'store', base: 1, offset: 0, size: 8, value: 0 }, 'none')], done()),
    ], 'f: b0#0: store 2: writes through a ctx'],
    ['a slot that is not there', [block(0, [one, inst(1, { kind: 'slot', slot: 0 }, 'memory')], done())], 'f: b0#0: slot 1: no slot 0'],
    ['a parameter that is not there', [block(0, [one, inst(1, { kind: 'param', index: 1 })], done())], 'f: b0#0: param 1: no parameter 1'],
    ['a function that is not there', [block(0, [one, inst(1, { kind: 'call', name: 'g', args: [] })], done())], 'f: b0#0: call 1: no function g'],
    ['six arguments', [block(0, [one, inst(1, { kind: 'helper', name: 'loop', args: [0, 0, 0, 0, 0, 0] })], done())], 'f: b0#0: helper 1: 6 arguments'],
  ])('%s', (_, blocks, expected) => {
    expect(complaint(blocks)).toBe(expected);
  });

  test('two functions of one name', () => {
    const func: Func = { name: 'f', params: [], slots: [], values: 1, blocks: [block(0, [one], done())] };
    expect(() => { verify({ functions: [func, func] }); }).toThrow('ir: two functions of one name');
  });
});
