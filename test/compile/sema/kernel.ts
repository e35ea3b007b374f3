// A small kernel written by hand, and what the compiler says of scripts against it.
import { arches } from '../../../src/base/arch.ts';
import type { ArchName } from '../../../src/base/arch.ts';
import { DiagnosticSink, renderDiagnostic } from '../../../src/base/diagnostic.ts';
import { SourceText } from '../../../src/base/span.ts';
import type { Features } from '../../../src/bpf/features.ts';
import { helpers } from '../../../src/bpf/helpers.ts';
import { builtins } from '../../../src/compile/builtin/builtins.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { Compilation, CompileInput } from '../../../src/compile/input.ts';
import { printModule } from '../../../src/compile/ir/print.ts';
import { parse } from '../../../src/compile/lang/parser.ts';
import { lowerProgram } from '../../../src/compile/lower/program.ts';
import { Unit } from '../../../src/compile/lower/unit.ts';
import { analyse } from '../../../src/compile/sema/analysis.ts';
import { settleConfig } from '../../../src/compile/sema/config.ts';
import type { CType } from '../../../src/ctype/ctype.ts';
import type { Argument, ArgumentPlace, Probe, ProbeDetail, Probes } from '../../../src/ctype/probes.ts';
import { typeText } from '../../../src/ctype/print.ts';
import { nearest } from '../../../src/ctype/suggest.ts';
import type { Types } from '../../../src/ctype/types.ts';
import { anonymous, array, at, bits, bool, char, enumeration, named, ptr, s32, s64, struct, typedef, u16, u32, u64, u8, union } from '../../help/ctypes.ts';
import { memoryTypes } from '../../help/memorytypes.ts';
import { readerOfC } from '../../help/readc.ts';

const task = named('struct', 'task_struct');
const sock = named('struct', 'sock');

export const types: Types = memoryTypes({
  definitions: [
    struct('task_struct', 256,
      at(0, 'flags', u32), at(8, 'real_parent', ptr(task)), at(16, 'comm', array(char, 16)), at(32, 'pid', s32), at(36, 'tgid', s32),
      bits(320, 1, 'in_execve', u32), bits(321, 3, 'policy', s32), at(48, null, anonymous('union', 'u')), at(56, 'limits', array(named('struct', 'limit'), 4)), at(120, 'weights', array(u64, 8)),
      at(184, 'files', ptr(named('struct', 'files_struct')))),
    struct('limit', 16, at(0, 'cur', u64), at(8, 'max', u64)),
    struct('sock', 64, at(0, 'family', u16), at(4, 'state', named('enum', 'state')), at(8, 'socket', ptr(sock)), at(16, 'name', ptr(char)), at(24, 'addr', array(u8, 16)), at(40, 'dead', bool), at(44, 'extra', array(u32, 0))),
    enumeration('state', { ESTABLISHED: 1, CLOSE: 7 }),
    typedef('u32', u32), typedef('pid_t', s32),
  ],
  keyed: { u: union(null, 8, at(0, 'as_number', u64), at(0, 'as_pointer', ptr(sock))) },
  constants: { AF_INET: { value: 2n, header: 'linux/socket.h' } },
});

const register = (index: number): ArgumentPlace => ({ in: 'registers', offsets: [[112, 104, 96, 88][index] ?? 0] });

const functions: Readonly<Record<string, { readonly args: readonly (readonly [string, CType])[]; readonly returns: CType; readonly unreliable?: string }>> = {
  tcp_sendmsg: { args: [['sk', ptr(sock)], ['size', u64]], returns: s32 },
  tcp_recvmsg: { args: [['sk', ptr(sock)], ['len', u64]], returns: s32 },
  tcp_close: { args: [['sk', ptr(sock)]], returns: { kind: 'void' } },
  tcp_init: { args: [], returns: s64 },
  many: { args: [['a', u64], ['far', s32], ['pair', named('struct', 'limit')]], returns: s32 },
  'finish_task_switch.isra.0': { args: [['prev', ptr(task)]], returns: u64, unreliable: 'the compiler changed its arguments' },
};

const events: Readonly<Record<string, readonly Argument[]>> = {
  'sched:sched_switch': [
    { name: 'prev_comm', type: array(char, 16), text: 'char[16]', place: { in: 'record', offset: 8, size: 16 }, user: false },
    { name: 'next_pid', type: s32, text: 'int', place: { in: 'record', offset: 56, size: 4 }, user: false },
    { name: 'label', type: array(char, 0), text: '__data_loc char[]', place: { in: 'dataloc', offset: 60 }, user: false },
  ],
  'syscalls:sys_enter_openat': [{ name: 'filename', type: ptr(char), text: 'const char *', place: { in: 'record', offset: 24, size: 8 }, user: true }],
};

const probes: Probes = {
  match(provider, scope, name) {
    const pattern = (glob: string): RegExp => new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
    const all = provider === 'tracepoint' || provider === 'rawtracepoint'
      ? Object.keys(events).map((each) => each.split(':') as [string, string])
      : Object.keys(functions).map((each): [string, string] => ['vmlinux', each]);
    const found = all.filter(([where, what]) => (scope === undefined || pattern(scope).test(where)) && pattern(name).test(what));
    const clone = found.length === 0 ? all.filter(([, what]) => what.startsWith(`${name}.`)) : found;
    return clone.map(([where, what]): Probe => ({ provider, scope: where, name: what }));
  },
  detail({ provider, scope, name }): ProbeDetail {
    if (provider === 'tracepoint') return { arguments: events[`${scope}:${name}`] ?? [], returns: undefined };
    const found = functions[name];
    const place = (index: number): ArgumentPlace => {
      if (name === 'many' && index > 0) return index === 1 ? { in: 'stack', offset: 8 } : { in: 'registers', offsets: [104, 96] };
      return provider === 'kprobe' ? register(index) : { in: 'slots', first: index, count: 1 };
    };
    return {
      arguments: (found?.args ?? []).map(([each, type], index) => ({ name: each, type, text: typeText(type), place: place(index), user: false })),
      returns: found?.returns,
      ...(found?.unreliable === undefined ? {} : { unreliable: found.unreliable }),
    };
  },
  near: (_provider, _scope, name, limit) => nearest(name, Object.keys(functions), limit),
};

const features: Features = {
  helpers: new Set(Object.keys(helpers)), kfuncs: new Set(), mapTypes: new Set(['ringbuf']), kprobeMulti: true, kprobeSession: true, fentry: true, isa: 3,
};

export function compileSmall(script: string, given: Partial<CompileInput> = {}, arch: ArchName = 'x86_64'): Compilation {
  return compile({
    source: new SourceText('stdin', script), arch: arches[arch], features, types: () => types, probes, readC: readerOfC(),
    positional: [], named: new Map(), config: {}, unsafe: false, ...given,
  });
}

/** The IR of the script's programs as the lowering made it, nothing optimized. */
export function lowered(text: string, arch: ArchName = 'x86_64'): string {
  const sink = new DiagnosticSink();
  const source = new SourceText('stdin', text);
  const { script } = parse(source, sink, { positional: [], c: { read: readerOfC(), known: types, defines: [] }, isBuiltin: (name) => builtins.has(name) });
  const config = settleConfig(script.config, {}, sink);
  const analysis = analyse({ script, arch: arches[arch], features, config, unsafe: false, builtins, probes, types: () => types }, sink);
  if (sink.failed) throw new Error(sink.all.map((each) => renderDiagnostic(source, each)).join(''));
  const unit = new Unit(analysis.maps, types, config);
  return analysis.programs.map((program) => printModule(lowerProgram(program, unit))).join('\n');
}

/** Everything that is said, as the user sees it. */
export function said(script: string, given: Partial<CompileInput> = {}): string {
  const source = new SourceText('stdin', script);
  return compileSmall(script, given).diagnostics.map((diagnostic) => renderDiagnostic(source, diagnostic)).join('');
}

/** The messages alone, each with its place and hint, one a line. */
export function messages(script: string, given: Partial<CompileInput> = {}): readonly string[] {
  return said(script, given).split('\n').filter((line) => /^stdin:|^HINT:/.test(line)).map((line) => line.replace(/^stdin:/, ''));
}
