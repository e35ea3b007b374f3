// Scripts through parser and semantic analysis, against a small kernel that is written here.
import { arches, type ArchName } from '../../../src/base/arch.ts';
import { DiagnosticSink, renderDiagnostic } from '../../../src/base/diagnostic.ts';
import { SourceText } from '../../../src/base/span.ts';
import { helpers } from '../../../src/bpf/helpers.ts';
import type { Features } from '../../../src/bpf/features.ts';
import { builtins } from '../../../src/compile/builtin/builtins.ts';
import { parse } from '../../../src/compile/lang/parser.ts';
import { analyse, type Analysis } from '../../../src/compile/sema/analysis.ts';
import { settleConfig } from '../../../src/compile/sema/config.ts';
import { typeText } from '../../../src/compile/sema/typetext.ts';
import type { CType } from '../../../src/ctype/ctype.ts';
import type { Probe, Probes } from '../../../src/ctype/probes.ts';
import type { Types } from '../../../src/ctype/types.ts';
import { array, at, char, enumeration, func, named, ptr, s32, s64, struct, u16, u32, u64, u8 } from '../../help/ctypes.ts';
import { memoryTypes } from '../../help/memorytypes.ts';

const task = named('struct', 'task_struct');

export const smallKernel: Types = memoryTypes({
  definitions: [
    struct('task_struct', 128, at(0, 'pid', s32), at(4, 'tgid', s32), at(8, 'real_parent', ptr(task)), at(16, 'group_leader', ptr(task)), at(24, 'comm', array(char, 16)), at(40, 'sig', array(u64, 1))),
    struct('sock', 64, at(0, 'addr4', array(u8, 4)), at(4, 'addr6', array(u8, 16)), at(20, 'mac', array(u8, 6)), at(28, 'daddr', u32), at(32, 'port', u16)),
    struct('pt_regs', 168, at(0, 'r15', u64), at(128, 'ip', u64)),
    struct('bpf_perf_event_data', 184, at(168, 'sample_period', u64)),
    enumeration('pid_type', { PIDTYPE_PID: 0, PIDTYPE_TGID: 1 }),
  ],
  constants: { SIGKILL: { value: 9n, header: 'asm-generic/signal.h' }, AF_INET: { value: 2n, header: 'linux/socket.h' } },
});

/** Functions by their return types; all of them take (struct sock *sk, size_t size). */
const functions: Readonly<Record<string, CType>> = { tcp_sendmsg: s32, vfs_read: s64, vfs_write: s64, get_task: ptr(task), is_dead: { kind: 'int', name: '_Bool', size: 1, signed: false, encoding: 'bool' } };

export const smallProbes: Probes = {
  match(provider, _scope, name) {
    if (provider === 'tracepoint' || provider === 'rawtracepoint') return [{ provider, scope: 'sched', name }];
    const pattern = new RegExp(`^${name.replaceAll('*', '.*')}$`);
    return Object.keys(functions).filter((each) => pattern.test(each)).sort().map((each): Probe => ({ provider, scope: 'vmlinux', name: each }));
  },
  detail({ provider, name }) {
    const returns = functions[name];
    const place = (index: number) => (provider === 'kprobe' ? ({ in: 'registers', offsets: [112 - 8 * index] } as const) : ({ in: 'slots', first: index, count: 1 } as const));
    const args = [['sk', ptr(named('struct', 'sock'))], ['size', u64]] as const;
    return {
      arguments: returns === undefined ? [] : args.map(([each, type], index) => ({ name: each, type, text: '', place: place(index), user: false })),
      returns: returns === undefined || func(returns, []).kind !== 'function' ? undefined : returns,
    };
  },
  near: () => [],
};

export const allFeatures: Features = {
  helpers: new Set(Object.keys(helpers)), kfuncs: new Set(), mapTypes: new Set(['ringbuf']), kprobeMulti: true, kprobeSession: true, fentry: true, isa: 3,
};

export interface Options {
  readonly unsafe?: boolean;
  readonly arch?: ArchName;
  readonly positional?: readonly string[];
}

export interface Analysed {
  readonly analysis: Analysis;
  readonly sink: DiagnosticSink;
  /** As the command line shows them. */
  readonly complaints: string;
  /** `stdin:1:9-16: ERROR: …`, without the source lines. */
  readonly lines: readonly string[];
}

export function analysed(text: string, options: Options = {}): Analysed {
  const source = new SourceText('stdin', text);
  const sink = new DiagnosticSink();
  const { script } = parse(source, sink, { positional: options.positional ?? [], isBuiltin: (name) => builtins.has(name) });
  const analysis = analyse({
    script, arch: arches[options.arch ?? 'x86_64'], features: allFeatures, config: settleConfig([], {}, sink), unsafe: options.unsafe ?? false, builtins, probes: smallProbes, types: () => smallKernel,
  }, sink);
  const complaints = sink.all.map((each) => renderDiagnostic(source, each)).join('');
  return { analysis, sink, complaints, lines: complaints.split('\n').filter((line) => /^stdin:\d|^HINT/.test(line)) };
}

/** The type of an expression where it stands in a probe, as messages spell it. */
export function typeIn(probe: string, expression: string, options: Options = {}): string {
  const { analysis, lines } = analysed(`${probe} { $x = ${expression}; }`, options);
  const errors = lines.filter((line) => line.includes('ERROR'));
  if (errors.length > 0) return errors.join('\n');
  const [program] = analysis.programs;
  const statement = program?.instance.declaration.body.statements.find((each) => each.kind === 'assign');
  return program && statement?.kind === 'assign' ? typeText(smallKernel, program.typeOf(statement.value)) : 'no program';
}
