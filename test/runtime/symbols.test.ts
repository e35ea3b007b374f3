import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { kernelFs } from '../../src/base/kernelfs.ts';
import { KernelSymbols } from '../../src/runtime/symbols.ts';
import { rootTest } from '../help/root.ts';

const sample = KernelSymbols.parse(
  Buffer.from(
    [
      '0000000000000000 A fixed_percpu_data',
      '0000000000012000 A cpu_tss_rw',
      'ffffffff81000000 T _stext',
      'ffffffff81000000 T _text',
      'ffffffff81000040 t do_one',
      'ffffffff81000100 T do_two',
      'ffffffff81000200 t do_one',
      'ffffffff82000000 D jiffies',
      'ffffffffc0200000 t ext4_open\t[ext4]',
      'ffffffffc0200080 t do_one\t[ext4]',
      'ffffffffc0100000 t xfs_open\t[xfs]',
      'ffffffffc0300000 t bpf_prog_6deef7357e7b4530_begin_1\t[bpf]',
      '',
    ].join('\n'),
  ),
);

describe('finding the symbol of an address', () => {
  test.each<[bigint, string | undefined]>([
    [0n, undefined],
    [0x4d2n, undefined],
    [0xffffffff80ffffffn, undefined],
    // Of two names the first one.
    [0xffffffff81000000n, '_stext+0'],
    [0xffffffff8100003fn, '_stext+63'],
    [0xffffffff81000040n, 'do_one+0'],
    [0xffffffff810001ffn, 'do_two+255'],
    [0xffffffff82000000n, 'jiffies+0'],
    // Modules come in order of loading, not of address.
    [0xffffffffc0100010n, 'xfs:xfs_open+16'],
    [0xffffffffc0200081n, 'ext4:do_one+1'],
    [0xffffffffc0300005n, 'bpf:bpf_prog_6deef7357e7b4530_begin_1+5'],
    // Too far behind the last one to lie in it.
    [0xfffffffffffffff0n, undefined],
  ])('0x%s', (address, expected) => {
    const symbol = sample.find(address);
    expect(symbol && `${symbol.module === null ? '' : `${symbol.module}:`}${symbol.name}+${symbol.offset}`).toBe(expected);
  });
});

describe('finding the addresses of a function', () => {
  test.each<[string, string | undefined, bigint[]]>([
    ['do_two', 'vmlinux', [0xffffffff81000100n]],
    ['do_one', 'vmlinux', [0xffffffff81000040n, 0xffffffff81000200n]],
    ['do_one', 'ext4', [0xffffffffc0200080n]],
    ['do_one', undefined, [0xffffffff81000040n, 0xffffffff81000200n, 0xffffffffc0200080n]],
    ['do_', 'vmlinux', []],
    ['jiffies', 'vmlinux', []],
    ['one', undefined, []],
  ])('%s in %s', (name, module, expected) => {
    expect(sample.functions(name, module)).toEqual(expected);
  });

  test('of many at once', () => {
    const wanted = [{ name: 'do_one', module: 'vmlinux' }, { name: 'xfs_open', module: 'xfs' }, { name: 'nothing', module: 'vmlinux' }, { name: 'ext4_open', module: 'vmlinux' }];
    expect(sample.functionsOf(wanted)).toEqual([0xffffffff81000040n, 0xffffffff81000200n, 0xffffffffc0100000n]);
  });

  test('of any symbol', () => {
    expect(sample.address('jiffies')).toBe(0xffffffff82000000n);
    expect(sample.address('_text')).toBe(0xffffffff81000000n);
    expect(sample.address('jiff')).toBeUndefined();
  });
});

test('addresses that the kernel hides are no symbols', () => {
  const hidden = KernelSymbols.parse(Buffer.from('0000000000000000 T _text\n0000000000000000 t do_one\n'));
  expect(hidden.hidden).toBe(true);
  expect(hidden.functions('do_one')).toEqual([]);
  expect(sample.hidden).toBe(false);
});

rootTest('the running kernel: every line of a sample resolves to itself', () => {
  const symbols = KernelSymbols.read(kernelFs);
  const lines = execFileSync('awk', ['NR % 997 == 0 && $2 ~ /[tT]/ { print $1, $3 }', '/proc/kallsyms'], { encoding: 'utf8', maxBuffer: 1 << 26 }).trim().split('\n');
  const wrong = lines.filter((line) => {
    const [address = '', name = ''] = line.split(' ');
    const found = symbols.find(BigInt(`0x${address}`));
    return found?.offset !== 0n || !symbols.functions(name).includes(BigInt(`0x${address}`));
  });
  expect(lines.length).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});
