import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diffScriptIn, type ScriptDifferences, type ScriptKernel } from '../../src/app/diffscript.ts';
import { SourceText } from '../../src/base/span.ts';
import { KernelProbes } from '../../src/catalog/catalog.ts';
import { featuresOf } from '../../src/catalog/features.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';
import { readerOfC } from '../help/readc.ts';

const catalog = join(scratchFolder(), 'two.db');

function earlier(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const long = btf.int('long unsigned int', 8);
  btf.struct('list_head', 8, [{ name: 'next', type: long, offset: 0 }]);
  const address = btf.union('', 4, [{ name: 'daddr', type: int, offset: 0 }]);
  const common = btf.struct('sock_common', 8, [{ type: address, offset: 0 }, { name: 'port', type: int, offset: 32 }]);
  const sock = btf.struct('sock', 32, [
    { name: 'common', type: common, offset: 0 }, { name: 'mark', type: int, offset: 96 }, { name: 'error', type: int, offset: 64 },
    { name: 'state', type: int, offset: 128 }, { name: 'unused', type: long, offset: 192 },
  ]);
  btf.enum('', { ESTABLISHED: 1, LISTENING: 2 });
  btf.func('send', btf.proto(int, [['sk', btf.ptr(sock)], ['size', long], ['flags', int]]));
  btf.func('receive', btf.proto(int, [['sk', btf.ptr(sock)]]));
  btf.func('close', btf.proto(int, [['sk', btf.ptr(sock)]]));
}

function later(btf: BtfWriter): void {
  const int = btf.int('int', 4, 1);
  const long = btf.int('long unsigned int', 8);
  btf.struct('list_head', 8, [{ name: 'next', type: long, offset: 0 }]);
  const address = btf.union('', 4, [{ name: 'daddr', type: int, offset: 0 }]);
  const common = btf.struct('sock_common', 8, [{ name: 'port', type: int, offset: 0 }, { type: address, offset: 32 }]);
  const sock = btf.struct('sock', 40, [
    { name: 'common', type: common, offset: 0 }, { name: 'mark', type: long, offset: 64 }, { name: 'error', type: int, offset: 128 },
    { name: '__state', type: int, offset: 160 },
  ]);
  btf.enum('', { ESTABLISHED: 3 });
  btf.func('send', btf.proto(int, [['sk', btf.ptr(sock)], ['flags', int], ['size', long]]));
  btf.func('receive', btf.proto(long, [['sk', btf.ptr(sock)]]));
  btf.func('receive_all', btf.proto(int, []));
}

async function kernel(release: string, types: (btf: BtfWriter) => void, fields: readonly string[]): Promise<ScriptKernel> {
  const made = await fakeKernel(scratchFolder(), { types, release, catalog, events: { 'net:queue': fields } });
  return { image: made.types, arch: made.arch, features: featuresOf(made.types), probes: new KernelProbes(made), types: () => made.types };
}

const before = await kernel('6.1.0', earlier, ['int len;\toffset:8;\tsize:4;\tsigned:1', 'int port;\toffset:12;\tsize:4;\tsigned:1']);
const after = await kernel('6.12.0', later, ['long cookie;\toffset:8;\tsize:8;\tsigned:1', 'int len;\toffset:16;\tsize:4;\tsigned:1']);

function asked(script: string): ScriptDifferences {
  return diffScriptIn(before, after, { source: new SourceText('a.bt', script), positional: [], named: new Map(), includeDirectories: [], unsafe: false, openC: () => Promise.resolve(readerOfC()) }, readerOfC());
}

test.each<[script: string, works: boolean, text: string]>([
  ['kprobe:send { @ = count(); }', true, 'a.bt: 6.1.0 -> 6.12.0\nNothing that it uses is different.\n'],
  // The member that is not used is gone; nobody cares.
  ['kprobe:receive { @ = args.sk->common.port; }', true, 'a.bt: 6.1.0 -> 6.12.0\nMoved, which compiling again follows:\n    struct sock_common.port: offset 4 -> 0\n'],
  ['kprobe:receive { @ = args.sk->common.daddr; }', true, 'a.bt: 6.1.0 -> 6.12.0\nMoved, which compiling again follows:\n    struct sock_common.daddr: offset 0 -> 4\n'],
  ['kprobe:receive { @ = args.sk->error; @m = args.sk->mark; }', true, `\
a.bt: 6.1.0 -> 6.12.0
Is there, and differs:
    struct sock.mark: int -> long unsigned int, offset 12 -> 8

Moved, which compiling again follows:
    struct sock.error: offset 8 -> 16
`],
  ['kprobe:receive { @ = ((struct sock *)arg0)->state; }', false, `\
a.bt: 6.1.0 -> 6.12.0
Does not compile for 6.12.0:
a.bt:1:23-50: ERROR: Struct/union of type 'struct sock' does not contain a field named 'state'
kprobe:receive { @ = ((struct sock *)arg0)->state; }
                      ~~~~~~~~~~~~~~~~~~~~~~~~~~~
HINT: Did you mean __state?

Breaks:
    struct sock.state: gone; now __state?
`],
  ['kprobe:send { @ = args.size; }', true, 'a.bt: 6.1.0 -> 6.12.0\nMoved, which compiling again follows:\n    kprobe:send args.size: pt_regs + 104 -> pt_regs + 96\n'],
  // It compiles, and reads something else.
  ['kprobe:send { @ = arg1; }', false, 'a.bt: 6.1.0 -> 6.12.0\nBreaks:\n    kprobe:send arg1: was long unsigned int size, is int flags\n'],
  ['kprobe:send { @ = arg0; }', true, 'a.bt: 6.1.0 -> 6.12.0\nNothing that it uses is different.\n'],
  ['kretprobe:receive { @ = retval; }', true, 'a.bt: 6.1.0 -> 6.12.0\nIs there, and differs:\n    kretprobe:receive retval: int -> long unsigned int\n'],
  ['kprobe:close { @ = count(); }', false, `\
a.bt: 6.1.0 -> 6.12.0
Does not compile for 6.12.0:
a.bt:1:1-13: ERROR: No matches for kprobe close.
kprobe:close { @ = count(); }
~~~~~~~~~~~~

Breaks:
    kprobe:close: gone
`],
  ['kprobe:rec* { @ = count(); }', true, 'a.bt: 6.1.0 -> 6.12.0\nIs there, and differs:\n    kprobe:rec*: matches 1 -> 2\n'],
  ['tracepoint:net:queue { @ = args.len; }', true, 'a.bt: 6.1.0 -> 6.12.0\nMoved, which compiling again follows:\n    tracepoint:net:queue args.len: record + 8 -> record + 16\n'],
  ['BEGIN { @ = ESTABLISHED; @s = sizeof(struct sock); }', true, `\
a.bt: 6.1.0 -> 6.12.0
Moved, which compiling again follows:
    struct sock: size 32 -> 40
    constant ESTABLISHED: 1 -> 3
`],
])('%s', (script, works, text) => {
  const answer = asked(script);
  expect(answer.text()).toBe(text);
  expect(answer.works).toBe(works);
});

test.each<[string, readonly string[]]>([
  ['tracepoint:net:queue { @ = args.port; }', ['tracepoint:net:queue args.port: gone; there are cookie, len']],
  ['BEGIN { @ = LISTENING; }', ['constant LISTENING: gone']],
])('%s breaks', (script, findings) => {
  const answer = asked(script);
  expect(answer.works).toBe(false);
  expect(answer.findings.filter(({ severity }) => severity === 'breaks').map(({ thing, text }) => `${thing}: ${text}`)).toEqual(findings);
});

test('a script that does not compile at all', () => {
  expect(() => asked('kprobe:none { @ = count(); }')).toThrow('a.bt does not compile for 6.1.0 to begin with\na.bt:1:1-12: ERROR: No matches for kprobe none.');
});

test('json', () => {
  expect(JSON.parse(asked('kprobe:send { @ = arg1; }').json())).toEqual({
    script: 'a.bt', before: '6.1.0', after: '6.12.0', works: false, diagnostics: [],
    findings: [{ severity: 'breaks', thing: 'kprobe:send arg1', text: 'was long unsigned int size, is int flags' }],
  });
});
