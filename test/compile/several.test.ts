// Functions that share a name: each is listed once, the runtime attaches to all of them, and the user is told.
import { describe, expect, test } from 'vitest';
import { compileFor, complaints, specOf } from '../help/compiled.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const kernel = await fakeKernel(scratchFolder(), {
  types(btf) {
    const int = btf.int('int', 4, 1);
    btf.func('m_next', btf.proto(int, [['a', int]]));
    btf.func('m_stop', btf.proto(int, [['a', int]]));
    btf.func('m_next', btf.proto(int, [['b', int]]));
  },
  symbols: ['m_next', 'm_next', 'm_stop'],
});

describe('several functions of one name', () => {
  test('are listed once', () => {
    const [program] = specOf(kernel, 'kprobe:m_* { @ = count(); }').programs;
    expect(program?.attach).toEqual({
      kind: 'kprobe', returns: false, offset: 0,
      functions: [{ name: 'm_next', module: 'vmlinux', several: true }, { name: 'm_stop', module: 'vmlinux' }],
    });
  });

  test.each<[string, string]>([
    ['kprobe:m_next { @ = count(); }', 'stdin:1:1-14: NOTE: kprobe:m_next: vmlinux has several functions of that name, all of them are traced\n'],
    ['kretprobe:vmlinux:m_next { @ = count(); }', 'stdin:1:1-25: NOTE: kretprobe:m_next: vmlinux has several functions of that name, all of them are traced\n'],
    ['kprobe:m_stop { @ = count(); }', ''],
    ['kprobe:m_* { @ = count(); }', ''],
  ])('%s', (script, said) => {
    expect(complaints(compileFor(kernel, script), script).split('\n').filter((line) => line.startsWith('stdin:')).map((line) => `${line}\n`).join('')).toBe(said);
  });

  test('do not have their arguments by name', () => {
    const script = 'kprobe:m_next { @ = args.a; }';
    expect(complaints(compileFor(kernel, script), script)).toContain('ERROR: kprobe:m_next: arguments by name cannot be trusted: vmlinux has 2 functions called m_next, with different prototypes');
  });
});
