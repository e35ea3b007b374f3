// Macros of the kernel's headers in scripts.
import { expect, it } from 'vitest';
import type { NamedMacro } from '../../../src/ctype/types.ts';
import { arches } from '../../../src/base/arch.ts';
import { renderDiagnostic } from '../../../src/base/diagnostic.ts';
import { SourceText } from '../../../src/base/span.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { Compilation } from '../../../src/compile/input.ts';
import { memoryTypes } from '../../help/memorytypes.ts';

const call = (params: string, body: string): NamedMacro => ({ kind: 'function', params: params === '' ? [] : params.split(' '), body, header: 'linux/a.h' });

const types = memoryTypes({
  definitions: [],
  constants: { MINORBITS: { value: 20n, header: 'linux/kdev_t.h' } },
  macros: {
    MAJOR: call('dev', '((unsigned int) ((dev) >> 20))'),
    MKDEV: call('ma mi', '(((ma) << 20) | (mi))'),
    BOTH: call('pid x', '(pid) * (x)'),
    LEAST: call('x y', '((x) < (y) ? (x) : (y))'),
    SIZE: call('', '(sizeof(unsigned long) * 8UL)'),
    BLOCK: call('x', '({ int y = (x); y; })'),
    nsecs: call('x', '(x)'),
    NAME: { kind: 'string', text: 'eth0', header: 'linux/a.h' },
  },
});

const features = { helpers: { has: () => true }, kfuncs: new Set<string>(), mapTypes: new Set<string>(), kprobeMulti: false, kprobeSession: false, fentry: false, isa: 3 } as const;
const probes = { match: () => [], detail: () => ({ arguments: [], returns: undefined }), near: () => [] };

function compiled(script: string): Compilation {
  return compile({ source: new SourceText('stdin', script), arch: arches.x86_64, features, types: () => types, probes, readC: undefined, positional: [], named: new Map(), config: {}, unsafe: false });
}

it.each([
  ['MAJOR(0x800001)', '((uint32)((0x800001) >> 20))'],
  ['MKDEV(8, 1)', '(((8) << 20) | (1))'],
  ['MAJOR(MKDEV(8, $x))', '((uint32)((((8 << 20) | ($x))) >> 20))'],
  ['BOTH($x, 3)', '$x * 3'],
  ['LEAST($x, MINORBITS)', '($x < 20 ? $x : 20)'],
  ['SIZE()', '64'],
  ['nsecs(boot)', 'nsecs(boot)'],
])('%s is %s', (macro, written) => {
  const script = (value: string): string => `BEGIN { $x = nsecs; @a = (uint64)(${value}); }`;
  const [one, other] = [macro, written].map((value) => compiled(script(value)));
  expect(one?.diagnostics.map(({ message }) => message)).toEqual([]);
  expect(one?.dump('ir')).toBe(other?.dump('ir'));
});

it('texts', () => {
  const [one, other] = ['NAME', '"eth0"'].map((value) => compiled(`BEGIN { printf("%s\\n", ${value}); @[comm == ${value}] = 1; }`));
  expect(one?.diagnostics.map(({ message }) => message)).toEqual([]);
  expect(one?.dump('ir')).toBe(other?.dump('ir'));
});

it.each([
  ['MAJOR(1, 2)', 'ERROR: MAJOR() requires 1 argument (2 provided)', 'HINT: It is a macro of <linux/a.h>: MAJOR(dev) ((unsigned int) ((dev) >> 20))'],
  ['BLOCK(1)', 'ERROR: BLOCK() of <linux/a.h> cannot be used here', 'HINT: It stands for ({ int y = (x); y; })'],
  ['MINOR(1)', "ERROR: Unknown function: 'MINOR'", undefined],
])('%s', (text, message, hint) => {
  const script = `BEGIN { @a = ${text}; }`;
  const lines = compiled(script).diagnostics.map((each) => renderDiagnostic(new SourceText('stdin', script), each)).join('').split('\n');
  expect(lines[0]).toBe(`stdin:1:14-${14 + text.length}: ${message}`);
  if (hint !== undefined) expect(lines).toContain(hint);
});
