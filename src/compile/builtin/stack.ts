// Stack traces: the frames go into a map keyed by their hash, the value that the script handles is that hash (layout `stack`).
import type { MapSpec } from '../../bpf/spec.ts';
import type { StackMode } from '../../bpf/layout.ts';
import type { Builder } from '../ir/builder.ts';
import type { ValueId } from '../ir/ir.ts';
import type { Expression } from '../lang/ast.ts';
import type { Builtin, BuiltinCall, CheckContext, EmitContext } from '../sema/builtin.ts';
import { stackMapName } from '../sema/layouts.ts';
import type { ScriptType } from '../sema/stype.ts';
import { countedLoop, leaveWhen, when } from './loop.ts';
import { OncePerPath } from './once.ts';

type StackType = Extract<ScriptType, { kind: 'stack' }>;

const modes: readonly string[] = ['bpftrace', 'perf', 'raw', 'build_id'] satisfies readonly StackMode[];
/** kernel.perf_event_max_stack */
const deepest = 127;
/** Frames of one run of a script; each costs its frames' bytes, when it is seen first. */
const mostStacks = 65536;

/** include/uapi/linux/bpf.h: flags of bpf_get_stack and of map updates; BPF_F_NO_PREALLOC of maps; EEXIST. */
const userStack = 1 << 8;
const userBuildId = 1 << 11;
const noExist = 1;
const noPrealloc = 1;
const exists = -17;

export const stacks: readonly Builtin[] = [
  stackRecord('kstack', false, 'The kernel stack, innermost frame first; `limit` frames at most, 127 without a limit.'),
  stackRecord('ustack', true, 'The stack of the process, by frame pointers; `limit` frames at most, 127 without a limit.'),
];

function stackRecord(name: string, user: boolean, doc: string): Builtin {
  return {
    name,
    form: 'variable',
    signature: `${name}\n${name}([mode,] [limit])`,
    doc: `${doc} Modes: bpftrace (default), perf, raw${user ? ', build_id' : ''}.`,
    arity: [0, 2],
    type: (check, call) => stackType(check, call, user),
    lower: (emit, call) => {
      const type = stackType(emit, call, user);
      const base = once(type).once(emit.ir, () => takeStack(emit, type));
      return { in: 'memory', base, offset: 0, layout: emit.layoutOf(type), type, exact: true };
    },
  };
}

/** Bytes of one frame. */
function frameSize(mode: StackMode): number {
  return mode === 'build_id' ? 32 : 8;
}

function stackType(check: CheckContext, call: BuiltinCall, user: boolean): StackType {
  const [first, second] = call.args;
  const named = second !== undefined || (first?.kind === 'identifier' && check.constant(first) === undefined);
  const mode = named ? modeOf(check, call, first) : check.config.stackMode;
  const limit = named ? second : first;
  return { kind: 'stack', user, mode: allowed(check, call, mode, user, named), limit: limit === undefined ? deepest : limitOf(check, call, limit) };
}

function modeOf(check: CheckContext, call: BuiltinCall, given: Expression | undefined): StackMode {
  if (given?.kind !== 'identifier') {
    check.error(call.span, 'Expected stack mode as first argument');
  } else if (isMode(given.name)) {
    return given.name;
  } else {
    check.error(given.span, `Error parsing stack mode: ${call.name}: Invalid value for stack_mode: valid values are bpftrace, raw, perf, and build_id.`);
  }
  return check.config.stackMode;
}

function isMode(name: string): name is StackMode {
  return modes.includes(name);
}

function allowed(check: CheckContext, call: BuiltinCall, mode: StackMode, user: boolean, named: boolean): StackMode {
  if (mode !== 'build_id' || user) return mode;
  const only = "'build_id' stack mode can only be used for ustack";
  if (named) check.error(call.span, only);
  else check.warn(call.span, `${only}. Falling back to 'raw' mode.`);
  return 'raw';
}

function limitOf(check: CheckContext, call: BuiltinCall, given: Expression): number {
  const limit = check.constant(given);
  if (limit !== undefined && limit >= 0n) return Number(limit > BigInt(deepest) ? BigInt(deepest) : limit);
  check.error(call.span, `${call.name}: invalid limit value`);
  return deepest;
}

/** One trace serves all uses of the same kind on a path of the program. */
function once(type: StackType): OncePerPath {
  const name = `${type.user ? 'ustack' : 'kstack'} ${type.mode} ${type.limit}`;
  const known = traces.get(name) ?? new OncePerPath(name);
  traces.set(name, known);
  return known;
}

const traces = new Map<string, OncePerPath>();

/** The map that holds the frames of stacks of that kind. */
function stackMap(type: StackType): MapSpec {
  return { name: stackMapName(type), type: 'hash', keySize: 8, valueSize: type.limit * frameSize(type.mode), maxEntries: mostStacks, flags: noPrealloc };
}

/** Emits the trace; returns the slot with the 16 bytes of the value. */
function takeStack(emit: EmitContext, type: StackType): ValueId {
  const { ir } = emit;
  const value = ir.slot(16, type.user ? 'ustack' : 'kstack');
  ir.store(value, 0, 8, ir.constant(0));
  ir.store(value, 8, 8, ir.constant(0));
  if (type.user) ir.store(value, 12, 4, ir.binary('lshr', ir.helper('get_current_pid_tgid', []), ir.constant(32)));
  if (type.limit === 0) return value;
  const map = stackMap(type);
  emit.internalMap(map);
  const frames = ir.slot(map.valueSize, 'frames');
  const flags = (type.user ? userStack : 0) | (type.mode === 'build_id' ? userBuildId : 0);
  const bytes = ir.helper('get_stack', [emit.ctx, frames, ir.constant(map.valueSize), ir.constant(flags)]);
  when(ir, 'stack', 'sgt', bytes, ir.constant(0), () => {
    ir.store(value, 0, 8, hash(ir, frames, bytes, map.valueSize));
    ir.store(value, 8, 4, ir.binary('lshr', bytes, ir.constant(Math.log2(frameSize(type.mode)))));
    // Kernels before 6.4 return an int, with an upper half that means nothing.
    const result = ir.extend(ir.helper('map_update_elem', [ir.map(map.name), value, frames, ir.constant(noExist)]), 32, true);
    when(ir, 'stack.new', 'ne', result, ir.constant(exists), () => {
      when(ir, 'stack.lost', 'ne', result, ir.constant(0), () => emit.loss('stack'), 'else');
    });
  }, 'then');
  return value;
}

/**
 * A hash of the frames that are there. The multiplier is 2^64 divided by the golden ratio: products of numbers that differ by less than
 * 2^30, as addresses of kernel code do, keep at least 2^33 apart, so that two frames never make up for each other; the shift brings the
 * well mixed upper half down for the next round. `bytes` is at most `capacity`, which the verifier knows from the helper; the second bound
 * stands there for verifiers that do not compare two numbers.
 */
function hash(ir: Builder, frames: ValueId, bytes: ValueId, capacity: number): ValueId {
  const mixed = `stack hash ${ir.here}`;
  const multiplier = ir.constant(0x9e3779b97f4a7c15n);
  ir.write(mixed, ir.constant(0));
  countedLoop(ir, 'hash', capacity, (at, leave) => {
    const frame = ir.load(ir.binary('add', frames, at), 0, 8);
    const product = ir.binary('mul', ir.binary('xor', ir.read(mixed), frame), multiplier);
    ir.write(mixed, ir.binary('xor', product, ir.binary('lshr', product, ir.constant(32))));
    leaveWhen(ir, 'ule', bytes, ir.binary('add', at, ir.constant(8)), leave);
  }, 8);
  return ir.read(mixed);
}
