// Rules that look at one instruction. Each is applied once; what it leaves unused is not cleared away.
import { applyRule } from '../../../src/compile/opt/simplify.ts';
import { addresses } from '../../../src/compile/opt/addresses.ts';
import { algebra } from '../../../src/compile/opt/algebra.ts';
import { dead } from '../../../src/compile/opt/dead.ts';
import { fold } from '../../../src/compile/opt/fold.ts';
import { phis } from '../../../src/compile/opt/phis.ts';
import type { Rule } from '../../../src/compile/opt/simplify.ts';
import { strength } from '../../../src/compile/opt/strength.ts';
import { widths } from '../../../src/compile/opt/widths.ts';
import type { Func } from '../../../src/compile/ir/ir.ts';
import type { Case } from '../../help/irpass.ts';
import { line, passCases } from '../../help/irpass.ts';

/** Applied once, and swept. */
function once(rule: Rule): (func: Func) => Func {
  return (func) => {
    const next = applyRule(rule, func);
    return next === func ? func : dead(next);
  };
}

/** `v1` is a number from outside; the case returns what `inst` makes of it. */
const x = 'v1 = load u64 [v0]';
const unary = (before: string, after: string): Case => [before, line(x, `v2 = ${before}`, 'return v2'), after === '' ? '' : returning(after)];
const returning = (text: string): string => {
  if (/^-?\d/.test(text)) return `func f(ctx)\nentry:\nreturn ${text}`;
  return text === 'v1' ? line(x, 'return v1') : line(x, `v2 = ${text}`, 'return v2');
};
const constant = (before: string, after: string): Case => [before, line(`v1 = ${before}`, 'return v1').replace('v0 = param 0 : ctx\n', ''), line(`return ${after}`).replace('v0 = param 0 : ctx\n', '')];

passCases('fold', once(fold), [
  constant('add 1, 2', '3'),
  constant('add 0x7fffffffffffffff, 1', '0x8000000000000000'),
  constant('mul 0x100000000, 0x100000000', '0'),
  constant('udiv -1, 2', '0x7fffffffffffffff'),
  constant('udiv 5, 0', '0'),
  constant('umod 5, 0', '5'),
  constant('umod -1, 10', '5'),
  constant('shl 1, 65', '2'),
  constant('lshr -1, 60', '15'),
  constant('ashr -16, 2', '-4'),
  constant('neg 5', '-5'),
  constant('not 0', '-1'),
  constant('extend s8 255', '-1'),
  constant('extend u16 -1', '65535'),
  constant('bswap16 0x1234', '13330'),
  constant('ult 1, -1', '1'),
  constant('slt 1, -1', '0'),
  constant('select 1, 5, 6', '5'),
  ['select of a constant condition', line(x, 'v2 = select 0, 7, v1', 'return v2'), line(x, 'return v1')],
  ['an unknown operand', line(x, 'v2 = add v1, 2', 'return v2'), ''],
]);

passCases('algebra', once(algebra), [
  unary('add v1, 0', 'v1'),
  unary('add 3, v1', 'add v1, 3'),
  unary('sub v1, 3', 'add v1, -3'),
  unary('sub 3, v1', ''),
  unary('sub 0, v1', 'neg v1'),
  unary('sub v1, v1', '0'),
  unary('xor v1, v1', '0'),
  unary('and v1, v1', 'v1'),
  unary('and v1, 0', '0'),
  unary('and v1, -1', 'v1'),
  unary('or v1, -1', '-1'),
  unary('xor v1, -1', 'not v1'),
  unary('mul v1, 1', 'v1'),
  unary('udiv v1, 0', '0'),
  unary('umod v1, 0', 'v1'),
  unary('umod v1, 1', '0'),
  unary('lshr v1, 0', 'v1'),
  unary('ule v1, v1', '1'),
  unary('ugt v1, 0', 'ne v1, 0'),
  unary('ult v1, 1', 'eq v1, 0'),
  unary('ult 5, v1', 'ugt v1, 5'),
  unary('select v1, v1, v1', 'v1'),
  ['sums of constants', line(x, 'v2 = add v1, 5', 'v3 = add v2, -7', 'return v3'), line(x, 'v2 = add v1, -2', 'return v2')],
  ['masks of masks', line(x, 'v2 = and v1, 255', 'v3 = and v2, 15', 'return v3'), line(x, 'v2 = and v1, 15', 'return v2')],
  ['shifts of shifts', line(x, 'v2 = lshr v1, 40', 'v3 = lshr v2, 20', 'return v3'), line(x, 'v2 = lshr v1, 60', 'return v2')],
  ['shifts past the end', line(x, 'v2 = shl v1, 40', 'v3 = shl v2, 40', 'return v3'), returning('0')],
  ['shift left and back', line(x, 'v2 = shl v1, 32', 'v3 = ashr v2, 32', 'return v3'), line(x, 'v2 = extend s32 v1', 'return v2')],
  ['shift left and back, unsigned', line(x, 'v2 = shl v1, 56', 'v3 = lshr v2, 56', 'return v3'), line(x, 'v2 = extend u8 v1', 'return v2')],
  ['double negation', line(x, 'v2 = neg v1', 'v3 = neg v2', 'return v3'), line(x, 'return v1')],
  ['a test of a test', line(x, 'v2 = slt v1, 5', 'v3 = eq v2, 0', 'return v3'), line(x, 'v2 = sge v1, 5', 'return v2')],
  ['a test for truth of a test', line(x, 'v2 = slt v1, 5', 'v3 = ne v2, 0', 'return v3'), line(x, 'v2 = slt v1, 5', 'return v2')],
  ['a choice between 1 and 0', line(x, 'v2 = slt v1, 5', 'v3 = select v2, 1, 0', 'return v3'), line(x, 'v2 = slt v1, 5', 'return v2')],
  ['a choice between 0 and 1', line(x, 'v2 = slt v1, 5', 'v3 = select v2, 0, 1', 'return v3'), line(x, 'v2 = sge v1, 5', 'return v2')],
  ['a sum equals', line(x, 'v2 = add v1, 5', 'v3 = eq v2, 7', 'return v3'), line(x, 'v2 = eq v1, 2', 'return v2')],
  ['a difference is 0', line(x, 'v2 = load u64 [v0+8]', 'v3 = sub v1, v2', 'v4 = ne v3, 0', 'return v4'), line(x, 'v2 = load u64 [v0+8]', 'v3 = ne v1, v2', 'return v3')],
  ['the test of a branch', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = ult v1, 7
      branch eq v2, 0 ? a : b
    a:
      return 1
    b:
      return 2`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch uge v1, 7 ? a : b
    a:
      return 1
    b:
      return 2`],
]);

passCases('strength', once(strength), [
  unary('mul v1, 8', 'shl v1, 3'),
  unary('mul v1, 0x8000000000000000', 'shl v1, 63'),
  unary('mul v1, 10', ''),
  unary('udiv v1, 4096', 'lshr v1, 12'),
  unary('umod v1, 4096', 'and v1, 4095'),
  unary('umod v1, 0', ''),
]);

passCases('widths', once(widths), [
  unary('extend u32 v1', ''),
  ['an extension of a narrow load', line('v1 = load u16 [v0]', 'v2 = extend u32 v1', 'return v2'), line('v1 = load u16 [v0]', 'return v1')],
  ['an extension by sign of a narrower number', line('v1 = load u16 [v0]', 'v2 = extend s32 v1', 'return v2'), line('v1 = load u16 [v0]', 'return v1')],
  ['an extension by sign that may change it', line('v1 = load u32 [v0]', 'v2 = extend s32 v1', 'return v2'), ''],
  ['an extension of a signed load', line('v1 = load s16 [v0]', 'v2 = extend s32 v1', 'return v2'), line('v1 = load s16 [v0]', 'return v1')],
  ['a mask that covers all', line('v1 = load u16 [v0]', 'v2 = and v1, 65535', 'return v2'), line('v1 = load u16 [v0]', 'return v1')],
  ['a mask that does not', line('v1 = load u16 [v0]', 'v2 = and v1, 4095', 'return v2'), ''],
  ['an extension of an extension', line(x, 'v2 = extend s32 v1', 'v3 = extend u16 v2', 'return v3'), line(x, 'v2 = extend u16 v1', 'return v2')],
  ['a mask of an extension', line(x, 'v2 = extend u32 v1', 'v3 = and v2, 255', 'return v3'), line(x, 'v2 = and v1, 255', 'return v2')],
  ['a store sees its own bytes', `
    func f(ctx)
      slot 0 s: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = and v1, 0xffffffff
      v3 = extend s32 v2
      v4 = slot 0 : memory
      store u32 [v4], v3
      v5 = load u32 [v4]
      return v5`, `
    func f(ctx)
      slot 0 s: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = slot 0 : memory
      store u32 [v2], v1
      v3 = load u32 [v2]
      return v3`],
]);

passCases('addresses', once(addresses), [
  ['of a load', `
    func f(ctx)
      slot 0 s: 16 bytes
    entry:
      v0 = slot 0 : memory
      zero [v0], 16
      v1 = add v0, 8 : memory
      v2 = load u32 [v1+4]
      return v2`, `
    func f(ctx)
      slot 0 s: 16 bytes
    entry:
      v0 = slot 0 : memory
      zero [v0], 16
      v1 = load u32 [v0+12]
      return v1`],
  ['of map data', `
    func f(ctx)
    entry:
      v0 = map data [inputs] : memory
      v1 = add v0, 16 : memory
      v2 = load u64 [v1]
      return v2`, `
    func f(ctx)
    entry:
      v0 = map data [inputs+16] : memory
      v1 = load u64 [v0]
      return v1`],
  ['of a read', line(x, 'v2 = add v1, 8', 'v3 = probe read kernel u32 [v2+4]', 'return v3'), line(x, 'v2 = probe read kernel u32 [v1+12]', 'return v2')],
  ['too far for an offset', line(x, 'v2 = add v1, 65535', 'v3 = probe read kernel u32 [v2]', 'return v3'), ''],
]);

passCases('phis', once(phis), [
  ['one value', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? a : b
    a:
      jump b
    b:
      v2 = phi entry: v1, a: v1
      return v2`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? a : b
    a:
      jump b
    b:
      return v1`],
  ['one constant', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? a : b
    a:
      jump b
    b:
      v2 = phi entry: 5, a: 5
      return v2`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? a : b
    a:
      jump b
    b:
      return 5`],
]);
