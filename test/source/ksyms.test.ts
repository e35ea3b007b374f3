import { describe, expect, it } from 'vitest';
import { cloneOf, readFunctionSymbols } from '../../src/source/ksyms/ksyms.ts';

describe('lines', () => {
  it.each([
    ['ffffffff81000000 T tcp_sendmsg', { name: 'tcp_sendmsg', module: null }],
    ['0000000000000000 t finish_task_switch.isra.0', { name: 'finish_task_switch.isra.0', module: null }],
    ['c0201000 W weak_one', { name: 'weak_one', module: null }],
    ['ffffffffc0201000 t nf_hook\t[nf_conntrack]', { name: 'nf_hook', module: 'nf_conntrack' }],
    ['ffffffff82000000 D jiffies', undefined],
    ['ffffffff81000000 t __pfx_tcp_sendmsg', undefined],
    ['ffffffff81000000 t walk.isra.0.cold', undefined],
    ['ffffffff81000000 t walk.cold.12', undefined],
    ['ffffffffc0201000 t bpf_prog_6deef7357e7b4530\t[bpf]', undefined],
    ['ffffffffc0201000 T ftrace_trampoline\t[__builtin__ftrace]', undefined],
    ['', undefined],
    ['rubbish', undefined],
  ])('%j', (line, symbol) => {
    expect(readFunctionSymbols(line)).toEqual(symbol === undefined ? [] : [symbol]);
  });

  it('several, in order', () => {
    expect(readFunctionSymbols('1 T b\n2 D c\n3 t a\n').map((each) => each.name)).toEqual(['b', 'a']);
  });

  it('data that are called t and T, as in 7.2', () => {
    const table = 'ffff81 T open\nffff82 T _sdata\nffff82 t print_fmt\nffff83 D _edata\nffff84 t driver_exit\n';
    expect(readFunctionSymbols(table).map((each) => each.name)).toEqual(['open', 'driver_exit']);
    expect(readFunctionSymbols(table.replaceAll(/^f\S+/gm, '000000')).map((each) => each.name)).toEqual(['open', '_sdata', 'print_fmt', 'driver_exit']);
  });
});

describe('clones', () => {
  it.each([
    ['finish_task_switch.isra.0', 'finish_task_switch'],
    ['walk.part.0.constprop.1', 'walk'],
    ['tcp_sendmsg', null],
    ['.text', null],
  ])('%s', (name, of) => {
    expect(cloneOf(name)).toBe(of);
  });
});
