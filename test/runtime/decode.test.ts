import { describe, expect, test } from 'vitest';
import type { Layout } from '../../src/bpf/layout.ts';
import { decoder, inet, memoryOf } from '../../src/runtime/decode.ts';
import { valueText } from '../../src/runtime/print/valuetext.ts';
import { plainResolver } from './help/resolver.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const text = (layout: Layout, hex: string): string => valueText(decoder(layout, plainResolver)(memoryOf(bytes(hex)), 0));
const utf8 = (value: string): string => Buffer.from(value, 'utf8').toString('hex');

describe('integers', () => {
  test.each([
    [1, true, 'ff', '-1'],
    [1, false, 'ff', '255'],
    [2, true, '0080', '-32768'],
    [2, false, '0080', '32768'],
    [4, true, 'ffffffff', '-1'],
    [4, false, 'ffffffff', '4294967295'],
    [8, true, '0000000000000080', '-9223372036854775808'],
    [8, false, '0000000000000080', '9223372036854775808'],
    [8, false, 'ffffffffffffffff', '18446744073709551615'],
  ] as const)('%i bytes, signed %s: %s is %s', (size, signed, hex, expected) => {
    expect(text({ kind: 'int', size, signed }, hex)).toBe(expected);
  });
});

describe('small kinds', () => {
  const names = [['1', 'ONE'], ['-1', 'NONE']] as const;
  test.each<[string, Layout, string, string]>([
    ['bool', { kind: 'bool' }, '00', 'false'],
    ['bool', { kind: 'bool' }, '02', 'true'],
    ['enum', { kind: 'enum', size: 4, signed: true, names }, '01000000', 'ONE'],
    ['enum, negative', { kind: 'enum', size: 4, signed: true, names }, 'ffffffff', 'NONE'],
    ['enum without a name', { kind: 'enum', size: 4, signed: true, names }, '07000000', '7'],
    ['pointer', { kind: 'pointer' }, '0000810581 88ffff', '0xffff888105810000'],
    ['null pointer', { kind: 'pointer' }, '00'.repeat(8), '0x0'],
    ['macaddr', { kind: 'macaddr' }, '18c04d082ebb', '18:C0:4D:08:2E:BB'],
    ['ksym', { kind: 'ksym' }, '1000000000000000', 'ksym_10'],
    ['usym', { kind: 'usym' }, '10000000000000000700000000000000', 'usym_10_7'],
    ['stack', { kind: 'stack', user: false, map: 'stacks', limit: 3, mode: 'bpftrace' }, '05000000000000000200000000000000', '\n        frame_5_2+1\n'],
    ['timestamp', { kind: 'timestamp', format: '%H', clock: 'boot' }, '0100000000000000', '%H@boot:1'],
    ['username', { kind: 'username' }, 'e803000000000000', 'user1000'],
    ['cgroup_path', { kind: 'cgroup_path', filter: 'uni*' }, '0100000000000000', 'uni*:/group1'],
    ['none', { kind: 'none' }, '', 'null'],
  ])('%s', (_, layout, hex, expected) => {
    expect(text(layout, hex)).toBe(expected);
  });
});

describe('strings', () => {
  test.each<[string, Layout, string, string]>([
    ['ends at the NUL', { kind: 'string', size: 8 }, `${utf8('abc')}00${utf8('xyz!')}`, 'abc'],
    ['empty', { kind: 'string', size: 4 }, '00000000', ''],
    ['of a name that fills 15 of 16 bytes is whole', { kind: 'string', size: 16 }, `${utf8('ld-linux-x86-64')}00`, 'ld-linux-x86-64'],
    ['without a NUL was cut', { kind: 'string', size: 4 }, utf8('abcd'), 'abcd..'],
    ['made by str() and filled up to the NUL was cut', { kind: 'string', size: 4, cut: true }, `${utf8('abc')}00`, 'abc..'],
    ['made by str() and shorter is whole', { kind: 'string', size: 4, cut: true }, `${utf8('ab')}0000`, 'ab'],
    ['of one byte has no room to be cut', { kind: 'string', size: 1 }, '00', ''],
    ['keeps bytes that are no UTF-8', { kind: 'string', size: 4 }, 'ff80c300', '\u00ff\u0080\u00c3'],
    ['keeps UTF-8 as its bytes', { kind: 'string', size: 4 }, `${utf8('é')}0000`, '\u00c3\u00a9'],
  ])('%s', (_, layout, hex, expected) => {
    expect(text(layout, hex)).toBe(expected);
  });

  test('past the end of the record are an error', () => {
    expect(() => text({ kind: 'string', size: 8 }, '6162')).toThrow(RangeError);
  });
});

describe('buffers', () => {
  test.each([
    ['03000000 610122 00', 'a\\x01"'],
    ['00000000 616263 64', ''],
    // A length past the capacity is not believed.
    ['ff000000 61626364', 'abcd'],
  ])('%s is %s', (hex, expected) => {
    expect(text({ kind: 'buffer', capacity: 4 }, hex)).toBe(expected);
  });
});

describe('addresses', () => {
  test.each([
    [2, '7f000001', '127.0.0.1'],
    [2, 'ffffffff', '255.255.255.255'],
    [10, '00000000000000000000000000000000', '::'],
    [10, '00000000000000000000000000000001', '::1'],
    [10, '20010db8000000000000000000000001', '2001:db8::1'],
    [10, '20010db8000000010000000000000001', '2001:db8:0:1::1'],
    [10, '20010db8000100000001000000010001', '2001:db8:1:0:1:0:1:1'],
    [10, 'fe80000000000000021b21fffe49d3a1', 'fe80::21b:21ff:fe49:d3a1'],
    [10, '00000000000000000000ffff0a000041', '::ffff:10.0.0.65'],
    [10, '0000000000000000000000000a000041', '::10.0.0.65'],
    [10, '00010000000000000000000000000000', '1::'],
    [10, 'ffffffffffffffffffffffffffffffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    [1, '00', ''],
  ])('family %i, %s is %s', (family, hex, expected) => {
    expect(inet(family, bytes(hex.padEnd(32, '0')))).toBe(expected);
    expect(text({ kind: 'inet' }, `0${family.toString(16)}000000${hex.padEnd(32, '0')}`)).toBe(expected);
  });
});

describe('compound values', () => {
  const u16: Layout = { kind: 'int', size: 2, signed: false };
  const u32: Layout = { kind: 'int', size: 4, signed: false };

  test('an array', () => {
    expect(text({ kind: 'array', of: u16, count: 3 }, '010002000300')).toBe('[1,2,3]');
  });

  test('a tuple, with holes and a tuple inside', () => {
    const inner: Layout = { kind: 'tuple', size: 4, elements: [{ offset: 0, layout: u16 }, { offset: 2, layout: { kind: 'string', size: 2 } }] };
    const layout: Layout = { kind: 'tuple', size: 12, elements: [{ offset: 0, layout: u16 }, { offset: 4, layout: u32 }, { offset: 8, layout: inner }] };
    expect(text(layout, '0100 eeee 02000000 0300 7800')).toBe('(1, 2, (3, x))');
  });

  test('a record with bitfields', () => {
    const layout: Layout = {
      kind: 'record', size: 8,
      fields: [
        { name: 'a', offset: 0, layout: u32 },
        { name: 'low', offset: 4, layout: u32, bitfield: { shift: 0, bits: 3 } },
        { name: 'mid', offset: 4, layout: u32, bitfield: { shift: 3, bits: 5 } },
        { name: 'sign', offset: 4, layout: { kind: 'int', size: 4, signed: true }, bitfield: { shift: 8, bits: 4 } },
      ],
    };
    // 0xfad: low 101, mid 10101, sign 1111
    expect(text(layout, '07000000 ad0f0000')).toBe('{ .a = 7, .low = 5, .mid = 21, .sign = -1 }');
  });

  test('a record without members', () => {
    expect(text({ kind: 'record', size: 0, fields: [] }, '')).toBe('{}');
  });
});
