import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { arches } from '../../src/base/arch.ts';
import type { CType, FunctionType } from '../../src/ctype/ctype.ts';
import type { ArgumentPlace } from '../../src/ctype/probes.ts';
import { sizeOf, strip, type Types } from '../../src/ctype/types.ts';
import { entryPlaces, slotPlaces, trampolineProblem } from '../../src/catalog/abi.ts';
import { array, at, char, func, named, ptr, s32, struct, u64, u8 } from '../help/ctypes.ts';
import { compiledTypes, installed, run } from '../help/kerneltypes.ts';
import { memoryTypes } from '../help/memorytypes.ts';
import { scratchFolder } from '../help/scratch.ts';

const wide: CType = { kind: 'int', name: '__int128', size: 16, signed: true, encoding: 'int' };
const double: CType = { kind: 'float', name: 'double', size: 8 };
const definitions = [
  struct('empty', 0), struct('eight', 8, at(0, 'a', s32), at(4, 'b', s32)), struct('twelve', 12, at(0, 'a', s32), at(4, 'b', s32), at(8, 'c', s32)),
  struct('sixteen', 16, at(0, 'a', u64), at(8, 'b', u64)), struct('big', 40, at(0, 'a', array(u64, 5))), struct('wide', 16, at(0, 'a', wide)),
  struct('crooked', 9, at(0, 'a', char), at(1, 'b', u64)),
];
const types = memoryTypes({ definitions });
const s = (name: string): CType => named('struct', name);
const text = (place: ArgumentPlace | undefined): string => {
  if (place?.in === 'registers') return place.offsets.map((offset) => `r${offset / 8}`).join('+');
  if (place?.in === 'stack') return `stack+${place.offset}`;
  return place?.in === 'slots' ? `slot ${place.first} x${place.count}` : '-';
};

describe('arm64: registers of pt_regs are r0 to r7', () => {
  test.each<[string, readonly CType[], readonly string[]]>([
    ['integers', [s32, u64, ptr(char)], ['r0', 'r1', 'r2']],
    ['nine integers', Array.from({ length: 10 }, () => u64), ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'stack+0', 'stack+8']],
    ['small structs', [s('eight'), s('twelve'), s32], ['r0', 'r1+r2', 'r3']],
    ['a struct that does not fit ends the registers', [...Array.from({ length: 7 }, () => u64), s('sixteen'), u8], ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'stack+0', 'stack+16']],
    ['a big struct is an address', [s32, s('big'), s32], ['r0', 'r1', 'r2']],
    ['16-byte alignment starts at an even register', [s32, wide, s32, s('wide')], ['r0', 'r2+r3', 'r4', 'r6+r7']],
    ['16-byte alignment on the stack', [...Array.from({ length: 8 }, () => u64), s32, wide], ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'stack+0', 'stack+16']],
    ['empty structs and floating point have no place', [s('empty'), double, s32], ['-', '-', 'r0']],
  ])('%s', (_, params, expected) => {
    expect(entryPlaces(types, arches.arm64, func(s32, params) as FunctionType).map(({ place }) => text(place))).toEqual(expected);
  });

  test('what is passed by address has a pointer type there', () => {
    expect(entryPlaces(types, arches.arm64, func(s32, [s('big')]) as FunctionType)[0]?.type).toEqual(ptr(s('big')));
    expect(entryPlaces(types, arches.x86_64, func(s32, [s('big')]) as FunctionType)[0]?.type).toEqual(s('big'));
  });
});

test('slots of a trampoline: one a word', () => {
  const places = slotPlaces(types, func(s32, [s32, s('twelve'), s('empty'), ptr(char)]) as FunctionType);
  expect(places.map(({ place }) => text(place))).toEqual(['slot 0 x1', 'slot 1 x2', '-', 'slot 3 x1']);
});

test.each<[string, CType, string | undefined]>([
  ['six', func(s32, Array.from({ length: 6 }, () => u64)), undefined],
  ['seven', func(s32, Array.from({ length: 7 }, () => u64)), 'functions with more than 6 parameters are not supported'],
  ['three pairs', func(s32, [s('sixteen'), s('sixteen'), s('sixteen')]), undefined],
  ['three pairs and one', func(s32, [s('sixteen'), s('sixteen'), s('sixteen'), u64]), 'functions whose arguments need more than 6 registers are not supported'],
  ['variadic', func(s32, [u64], true), 'functions with a variable number of arguments are not supported'],
  ['returns a struct', func(s('eight'), [u64]), 'functions that return a struct are not supported'],
  ['takes a big struct', func(s32, [s('big')]), 'functions that take a struct of more than 16 bytes are not supported'],
])('trampoline: %s', (_, type, expected) => {
  expect(trampolineProblem(types, arches.x86_64, type as FunctionType)).toBe(expected);
});

describe.skipIf(!installed('gcc', 'pahole') || process.arch !== 'x64')('x86-64, as gcc passes arguments (needs gcc and pahole)', () => {
  test('every argument is where its prototype says', async () => {
    const folder = scratchFolder();
    const source = join(import.meta.dirname, 'c/calls.c');
    const { types: compiled } = await compiledTypes(folder, source);
    run('gcc', ['-O0', '-w', '-fno-pie', '-no-pie', source, '-o', join(folder, 'calls')]);
    const lines = run(join(folder, 'calls'), []).trim().split('\n');
    expect(lines.length).toBe(14);
    for (const line of lines) checkCall(compiled, line);
  });
});

/** One line of the program: the typedef's name, six registers, 24 words from the stack pointer upwards. */
function checkCall(compiled: Types, line: string): void {
  const [name = '', ...words] = line.split(' ');
  const bytes = Buffer.alloc(words.length * 8);
  words.forEach((word, index) => bytes.writeBigUInt64LE(BigInt(`0x${word}`), index * 8));
  const type = prototype(compiled, name);
  for (const [index, { place, type: passed }] of entryPlaces(compiled, arches.x86_64, type).entries()) {
    const size = sizeOf(compiled, passed);
    const got = place === undefined ? Buffer.alloc(0) : bytesAt(bytes, place).subarray(0, size);
    const wanted = Buffer.from(Array.from({ length: size }, (_, byte) => (16 * (index + 1) + byte) % 251));
    expect(`${name} argument ${index + 1}: ${got.toString('hex')}`).toBe(`${name} argument ${index + 1}: ${wanted.toString('hex')}`);
  }
}

function bytesAt(bytes: Buffer, place: ArgumentPlace): Buffer {
  if (place.in === 'stack') return bytes.subarray(48 + place.offset);
  if (place.in !== 'registers') throw new Error(`a place ${place.in} at entry`);
  return Buffer.concat(place.offsets.map((offset) => bytes.subarray(arches.x86_64.argumentRegisters.indexOf(offset) * 8).subarray(0, 8)));
}

function prototype(compiled: Types, name: string): FunctionType {
  const [definition] = compiled.find('typedef', name);
  const pointer = definition && strip(compiled, definition.type);
  if (pointer?.kind !== 'ptr' || pointer.to.kind !== 'function') throw new Error(`${name} is no pointer to a function`);
  return pointer.to;
}
