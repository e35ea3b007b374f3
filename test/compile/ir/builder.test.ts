// SSA while it is built: variables in branches and loops, dead code, classes of pointers.
import { describe, expect, test } from 'vitest';
import { Builder } from '../../../src/compile/ir/builder.ts';
import type { ValueId, ValueType } from '../../../src/compile/ir/ir.ts';
import { printFunc } from '../../../src/compile/ir/print.ts';
import { verify } from '../../../src/compile/ir/verify.ts';

/** Text of the blocks of a function with one parameter. */
function built(make: (b: Builder) => void): string {
  const b = new Builder('f', ['ctx']);
  make(b);
  const func = b.build();
  verify({ functions: [func] });
  return printFunc(func).split('\n').slice(1).join('\n');
}

function loop(b: Builder, condition: () => ValueId, body: () => void): void {
  const [header, inside, after] = [b.block('loop'), b.block('body'), b.block('after')];
  b.jump(header);
  b.enter(header);
  b.branchIf(condition(), inside, after);
  b.seal(inside);
  b.enter(inside);
  body();
  b.jump(header);
  b.seal(header);
  b.seal(after);
  b.enter(after);
}

describe('variables', () => {
  test('a variable written on one way is 0 on the other', () => {
    expect(built((b) => {
      b.ifElse(b.load(b.param(0), 0, 8), 'if', () => b.write('x', b.constant(7)));
      b.return(b.read('x'));
    })).toBe(`\
entry#0:
  v0 = param 0 : ctx
  v1 = load u64 [v0]
  branch ne v1, 0 ? if.then#1 : if.end#2
if.then#1:
  jump if.end#2
if.end#2:
  v2 = phi entry#0: 0, if.then#1: 7
  return v2
`);
  });

  test('a loop has phis for what it changes only', () => {
    expect(built((b) => {
      b.write('i', b.load(b.param(0), 0, 8));
      b.write('kept', b.load(b.param(0), 8, 8));
      loop(b, () => b.read('i'), () => b.write('i', b.binary('sub', b.read('i'), b.constant(1))));
      b.return(b.read('kept'));
    })).toBe(`\
entry#0:
  v0 = param 0 : ctx
  v1 = load u64 [v0]
  v2 = param 0 : ctx
  v3 = load u64 [v2+8]
  jump loop#1
loop#1:
  v4 = phi entry#0: v1, body#2: v5
  branch ne v4, 0 ? body#2 : after#3
body#2:
  v5 = sub v4, 1
  jump loop#1
after#3:
  return v3
`);
  });

  test('loops in loops that change nothing leave no phi', () => {
    expect(built((b) => {
      b.write('x', b.load(b.param(0), 0, 8));
      loop(b, () => b.read('x'), () => loop(b, () => b.read('x'), () => b.write('x', b.read('x'))));
      b.return(b.read('x'));
    })).not.toContain('phi');
  });
});

describe('dead code', () => {
  test('what is written behind a jump is not seen where the jump leads', () => {
    expect(built((b) => {
      b.write('x', b.constant(1));
      loop(b, () => b.load(b.param(0), 0, 8), () => {
        b.jump(1);
        b.write('x', b.constant(2));
        expect(b.read('x')).not.toBe(0);
      });
      b.return(b.read('x'));
    })).toContain('return 1');
  });

  test('behind a return nothing is emitted, and blocks that only it leads to go', () => {
    expect(built((b) => {
      b.return(b.constant(0));
      b.ifElse(b.helper('ktime_get_ns', []), 'never', () => b.helper('trace_printk', []));
      b.ifPresent(b.helper('map_lookup_elem', [b.map('m'), b.constant(0)], 'memory?'), 'never', (memory) => b.store(memory, 0, 8, b.constant(1)));
      b.return(b.constant(1));
    })).toBe('entry#0:\n  return 0\n');
  });

  test('a way that ended brings nothing into the join', () => {
    expect(built((b) => {
      b.write('x', b.constant(1));
      b.ifElse(b.load(b.param(0), 0, 8), 'if', () => {
        b.write('x', b.constant(2));
        b.return(b.constant(3));
      });
      b.return(b.read('x'));
    })).toContain('return 1');
  });
});

describe('classes of pointers', () => {
  const joined: readonly [string, (b: Builder) => readonly [ValueId, ValueId], ValueType][] = [
    ['memory and memory', (b) => [b.slot(8, 'a'), b.slot(8, 'b')], 'memory'],
    ['memory and 0', (b) => [b.slot(8, 'a'), b.constant(0)], 'memory?'],
    ['lookup and memory', (b) => [b.helper('map_lookup_elem', [b.map('m'), b.slot(4, 'k')], 'memory?'), b.slot(8, 'b')], 'memory?'],
    ['memory and a number', (b) => [b.slot(8, 'a'), b.constant(5)], 'scalar'],
    ['kernel pointer and 0', (b) => [b.helper('get_current_task_btf', [], 'btf'), b.constant(0)], 'scalar'],
    ['context and context', (b) => [b.param(0), b.param(0)], 'ctx'],
  ];
  test.each(joined)('%s', (_, make, expected) => {
    const b = new Builder('f', ['ctx']);
    const [one, other] = make(b);
    b.ifElse(b.load(b.param(0), 0, 8), 'if', () => b.write('p', one), () => b.write('p', other));
    expect(b.typeOf(b.read('p'))).toBe(expected);
    expect(b.typeOf(b.select(b.constant(1), one, other))).toBe(expected);
  });

  test.each<[string, (b: Builder, p: ValueId, n: ValueId) => ValueId, ValueType]>([
    ['pointer + number', (b, p, n) => b.binary('add', p, n), 'memory'],
    ['number + pointer', (b, p, n) => b.binary('add', n, p), 'memory'],
    ['pointer - number', (b, p, n) => b.binary('sub', p, n), 'memory'],
    ['pointer - pointer', (b, p) => b.binary('sub', p, p), 'scalar'],
    ['pointer & number', (b, p, n) => b.binary('and', p, n), 'scalar'],
  ])('%s', (_, make, expected) => {
    const b = new Builder('f', ['ctx']);
    expect(b.typeOf(make(b, b.slot(8, 'p'), b.constant(1)))).toBe(expected);
  });

  test('a pointer that goes round two loops is known in the inner one', () => {
    const b = new Builder('f', ['ctx']);
    b.write('p', b.slot(64, 'p'));
    loop(b, () => b.load(b.param(0), 0, 8), () => {
      loop(b, () => b.load(b.param(0), 8, 8), () => {
        expect(b.typeOf(b.read('p'))).toBe('memory');
        b.write('p', b.binary('add', b.read('p'), b.constant(1)));
      });
    });
    b.return(b.load(b.read('p'), 0, 1));
    const func = b.build();
    verify({ functions: [func] });
    expect(printFunc(func).match(/phi.*: memory$/gm)).toHaveLength(2);
  });

  test('ifPresent gives memory inside and takes it back behind', () => {
    const b = new Builder('f', ['ctx']);
    const pointer = b.helper('map_lookup_elem', [b.map('m'), b.slot(4, 'k')], 'memory?');
    b.ifPresent(pointer, 'found', (memory) => expect(b.typeOf(memory)).toBe('memory'), () => expect(b.typeOf(pointer)).toBe('memory?'));
    expect(b.typeOf(pointer)).toBe('memory?');
  });
});

describe('mistakes of the caller', () => {
  test('a block that was never sealed', () => {
    const b = new Builder('f', []);
    const next = b.block('next');
    b.jump(next);
    b.enter(next);
    b.return(b.constant(0));
    expect(() => b.build()).toThrow('ir: block next was never sealed');
  });

  test('a block without an end', () => {
    expect(() => new Builder('f', []).build()).toThrow('ir: block entry has no end');
  });

  test('a way into a sealed block', () => {
    const b = new Builder('f', []);
    const next = b.block('next');
    b.seal(next);
    expect(() => b.jump(next)).toThrow('ir: block next was sealed before its last predecessor');
  });
});
