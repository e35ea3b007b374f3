// Bytes of instructions, as the instruction set's document lays them out, and back.
import { describe, expect, test } from 'vitest';
import * as asm from '../../src/bpf/asm.ts';
import type { Insn } from '../../src/bpf/insn.ts';
import { BPF_PSEUDO_MAP_FD } from '../../src/bpf/insn.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').replace(/(.{16})(?=.)/g, '$1 ');

test.each<[string, Insn, string]>([
  ['r1 = r2', asm.mov(1, 2), 'bf21000000000000'],
  ['r1 = -1', asm.movImm(1, -1), 'b7010000ffffffff'],
  ['w1 = w2', asm.mov32(1, 2), 'bc21000000000000'],
  ['r1 = (s8)r2', asm.movSigned(1, 2, 8), 'bf21080000000000'],
  ['r3 += r4', asm.alu('add', 3, 4), '0f43000000000000'],
  ['w3 s>>= 5', asm.aluImm('arsh', 3, 5, 32), 'c403000005000000'],
  ['r3 = -r3', asm.neg(3), '8703000000000000'],
  ['r3 = be16 r3', asm.toBigEndian(3, 16), 'dc03000010000000'],
  ['r1 = *(u32 *)(r10 - 4)', asm.load(4, 1, 10, -4), '61a1fcff00000000'],
  ['r1 = *(s16 *)(r2 + 6)', asm.loadSigned(2, 1, 2, 6), '8921060000000000'],
  ['*(u64 *)(r10 - 8) = r1', asm.store(8, 10, -8, 1), '7b1af8ff00000000'],
  ['*(u8 *)(r1 + 3) = 7', asm.storeImm(1, 1, 3, 7), '7201030007000000'],
  ['lock *(u64 *)(r0 + 0) += r1', asm.atomicAdd(8, 0, 0, 1), 'db10000000000000'],
  ['r1 = 0x1122334455667788 ll', asm.loadImm64(1, 0x1122334455667788n), '1801000088776655 0000000044332211'],
  ['r1 = map fd 7', asm.loadImm64(1, 7n, BPF_PSEUDO_MAP_FD), '1811000007000000 0000000000000000'],
  ['call 14', asm.callHelper(14), '850000000e000000'],
  ['call pc + 3', asm.callFunction(3), '8510000003000000'],
  ['call kfunc', asm.callKfunc(99), '8520000063000000'],
  ['exit', asm.exit(), '9500000000000000'],
  ['goto +5', asm.jumpAlways(5), '0500050000000000'],
  ['if r1 s> r2 goto -3', asm.jump('jsgt', 1, 2, -3), '6d21fdff00000000'],
  ['if w1 != 5 goto +1', asm.jumpImm('jne', 1, 5, 1, 32), '5601010005000000'],
])('%s', (_, insn, bytes) => {
  const encoded = asm.encode([insn]);
  expect(hex(encoded)).toBe(bytes);
  expect(asm.encode(asm.decode(encoded))).toEqual(encoded);
});

describe('fields that do not hold their value', () => {
  test.each<[string, Insn]>([
    ['offset', asm.jumpAlways(40_000)],
    ['immediate', asm.movImm(1, 2 ** 31)],
    ['register', asm.mov(11, 1)],
  ])('%s', (_, insn) => {
    expect(() => asm.encode([asm.exit(), insn])).toThrow(/^bpf: slot 1: a field is out of range/);
  });
});

test('a program that ends in the middle', () => {
  expect(() => asm.decode(asm.encode([asm.loadImm64(1, 1n)]).subarray(0, 8))).toThrow('program: at byte 8: second half of a 64-bit immediate load wanted');
  expect(() => asm.decode(new Uint8Array(7))).toThrow('program: at byte 7: length is no multiple of 8');
});
