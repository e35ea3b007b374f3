// Names that several types have: `struct foo#2`, `struct foo@module`, and what is said where a script does not choose.
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/base/errors.ts';
import type { Types } from '../../../src/ctype/types.ts';
import { at, enumeration, named, ptr, s32, struct, typedef, u16, u32, u64 } from '../../help/ctypes.ts';
import { memoryTypes } from '../../help/memorytypes.ts';
import { compileSmall, messages } from './kernel.ts';

const list = struct('list_head', 16, at(0, 'next', ptr(named('struct', 'list_head'))));
const first = { ...struct('twin', 16, at(0, 'same', u32), at(4, 'moved', u32), at(8, 'next', ptr(named('struct', 'twin')))), variant: 1, variants: 2 };
const second = { ...struct('twin', 24, at(0, 'same', u32), at(8, 'moved', u64), at(16, 'next', ptr(named('struct', 'twin'))), at(20, 'added', s32)), variant: 2, variants: 2 };
const like = [{ ...struct('alike', 8, at(0, 'x', u64)), variant: 1, variants: 2 }, { ...struct('alike', 8, at(0, 'x', u64)), variant: 2, variants: 2 }];
const modes = [{ ...enumeration('mode', { OFF: 0, ON: 1 }), variant: 1, variants: 2 }, { ...enumeration('mode', { LOW: 0, HIGH: 1 }), variant: 2, variants: 2 }];
const ids = [{ ...typedef('id_t', u32), variant: 1, variants: 2 }, { ...typedef('id_t', u16), variant: 2, variants: 2 }];
const mine = { ...struct('twin', 8, at(0, 'same', u16), at(4, 'mine', u32)), image: 'mod' };
const far = [{ ...struct('far', 8, at(0, 'x', u32)), image: 'mod' }, { ...struct('far', 16, at(8, 'x', u32)), image: 'other' }];

const vmlinux = memoryTypes({ definitions: [list, first, second, ...like, ...modes, ...ids, ...far] });
const modules: Readonly<Record<string, Types>> = {
  mod: memoryTypes({ definitions: [mine, ...far.slice(0, 1), list, first, second] }),
  other: memoryTypes({ definitions: [...far.slice(1), list, first, second] }),
};
const types = (module: string | null): Types => {
  const found = module === null ? vmlinux : modules[module];
  if (found === undefined) throw new UsageError(`no module ${module ?? ''}`);
  return found;
};

const both = 'struct twin#1 (16 bytes), struct twin#2 (24 bytes)';

describe('where nothing was chosen', () => {
  test.each<[string, ...string[]]>([
    ['$x = (struct twin *)arg0; print($x->same)'],
    ['$x = (struct alike *)arg0; print(*$x); print(sizeof(struct alike))'],
    ['$x = (struct twin *)arg0; print($x->moved)', `1:52-61: WARNING: 2 types are called struct twin, and they differ in 'moved': the first one is taken`, `HINT: Choose one of ${both}`],
    ['$x = (struct twin *)arg0; print(*$x)', `1:52-55: WARNING: 2 types are called struct twin, and they differ in what they are: the first one is taken`, `HINT: Choose one of ${both}`],
    ['$x = (struct twin *)arg0; print(($x + 1)->same)', `1:53-59: WARNING: 2 types are called struct twin, and they differ in their size: the first one is taken`, `HINT: Choose one of ${both}`],
    ['print(sizeof(struct twin))', `1:33-44: WARNING: 2 types are called struct twin, and they differ in their size: the first one is taken`, `HINT: Choose one of ${both}`],
    ['print(offsetof(struct twin, same))'],
    ['print(offsetof(struct twin, moved))', `1:35-46: WARNING: 2 types are called struct twin, and they differ in 'moved': the first one is taken`, `HINT: Choose one of ${both}`],
    ['$x = (struct twin *)arg0; print($x->added)', `1:52-61: ERROR: Struct/union of type 'struct twin' does not contain a field named 'added'`, 'HINT: It is a member of struct twin#2 (24 bytes)'],
    ['print((enum mode)1)', `1:27-36: WARNING: 2 types are called enum mode, and they differ in what they are: the first one is taken`, 'HINT: Choose one of enum mode#1 (4 bytes), enum mode#2 (4 bytes)'],
    ['print((id_t)arg0)', `1:27-31: WARNING: 2 types are called id_t, and they differ in what they are: the first one is taken`, 'HINT: Choose one of id_t#1, id_t#2'],
    ['$x = (struct far *)arg0; print($x->x)', `1:51-56: WARNING: 2 types are called struct far, and they differ in 'x': the first one is taken`, 'HINT: Choose one of struct far@mod (8 bytes), struct far@other (16 bytes)'],
  ])('%s', (body, ...expected) => {
    expect(messages(`kprobe:tcp_sendmsg { ${body} }`.replace('kprobe:tcp_sendmsg', 'kprobe:tcp_close'), { types })).toEqual(expected);
  });
});

describe('chosen', () => {
  /** What the constants of a script come out as. */
  test.each<[string, string]>([
    ['sizeof(struct twin#1)', '16'],
    ['sizeof(struct twin#2)', '24'],
    ['sizeof(struct twin@mod)', '8'],
    ['sizeof(struct twin@vmlinux#2)', '24'],
    ['sizeof(struct far@other)', '16'],
    ['sizeof(id_t#2)', '2'],
    ['offsetof(struct twin#2, moved)', '8'],
    ['offsetof(struct twin@mod, mine)', '4'],
  ])('%s is %s', (expression, value) => {
    const script = `kprobe:tcp_close { @ = ${expression}; }`;
    expect(messages(script, { types })).toEqual([]);
    expect(compileSmall(script, { types }).dump('ir')).toContain(`store u64 [v0], ${value}\n`);
  });

  test.each([
    ['$x = (struct twin#2 *)arg0; @ = $x->moved;', 8, 8],
    ['$x = (struct twin#1 *)arg0; @ = $x->moved;', 4, 4],
    ['$x = (struct twin@mod *)arg0; @ = $x->mine;', 4, 4],
    ['@p = (struct twin#2 *)arg0; @ = @p->moved;', 8, 8],
    ['let $x: struct twin#2 * = (struct twin#2 *)arg0; @ = $x->moved;', 8, 8],
    ['@ = ((struct twin@mod*)arg0)->mine;', 4, 4],
  ])('%s', (body, offset, size) => {
    const compilation = compileSmall(`kprobe:tcp_close { ${body} }`, { types });
    expect(compilation.diagnostics).toEqual([]);
    expect(compilation.dump('ir')).toMatch(new RegExp(`probe read kernel u${size * 8} \\[v\\d+\\+${offset}\\]`));
  });

  test.each<[string, ...string[]]>([
    ['print(sizeof(struct twin#3))', '1:33-46: ERROR: Cannot resolve unknown type "struct twin#3"', `HINT: There are ${both}`],
    ['print(sizeof(struct twin@other))', '1:33-50: ERROR: Cannot resolve unknown type "struct twin@other"', `HINT: There are ${both}`],
    ['print(sizeof(struct twin@nosuch))', '1:33-51: ERROR: Cannot resolve unknown type "struct twin@nosuch"', `HINT: There are ${both}`],
    ['print(sizeof(struct none#1))', '1:33-46: ERROR: Cannot resolve unknown type "struct none"'],
    ['$x = (struct twin#1 *)arg0; $x = (struct twin#2 *)arg0;', "1:48-74: ERROR: Type mismatch for $x: trying to assign value of type 'struct twin#2 *' when variable already has a type 'struct twin#1 *'"],
  ])('%s', (body, ...expected) => {
    expect(messages(`kprobe:tcp_close { ${body} }`, { types })).toEqual(expected);
  });

  test('a blank in front of the at sign makes it a map again', () => {
    expect(messages('kprobe:tcp_close { $x = (struct twin#1 *)@m; @m = (uint64)arg0; @n = 1; if (@n) {@m = 2;} }', { types })).toEqual([]);
    expect(messages('kprobe:tcp_close { print(sizeof(struct twin @m)); }', { types })).toEqual(["1:45-47: ERROR: syntax: expected ')'"]);
    expect(messages('kprobe:tcp_close { print(sizeof(struct twin #2)); }', { types })).toEqual(["1:45-46: ERROR: syntax: expected ')'"]);
  });
});
