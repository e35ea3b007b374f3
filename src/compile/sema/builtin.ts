// The form of a builtin: one record in one file says how it is called, what type it has, what code it becomes, and how the manual words it.
// No pass compares a builtin's name: the passes look the record up and ask it.
import type { Span } from '../../base/span.ts';
import type { Arch } from '../../base/arch.ts';
import type { Features } from '../../bpf/features.ts';
import type { Layout } from '../../bpf/layout.ts';
import type { EventSpec, MapSpec, lossKinds } from '../../bpf/spec.ts';
import type { Types } from '../../ctype/types.ts';
import type { ProbeDetail, ProviderName } from '../../ctype/probes.ts';
import type { CType } from '../../ctype/ctype.ts';
import type { Builder } from '../ir/builder.ts';
import type { Func, ValueId } from '../ir/ir.ts';
import type { Call, Expression, MapAccess } from '../lang/ast.ts';
import type { ScriptType, Space } from './stype.ts';
import type { Shape } from '../../bpf/shape.ts';

/** Called as `name` or `name(args)`; aggregations (`count()`) stand right of `@m[k] =`. */
export interface Builtin {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** `variable`: may stand without parentheses. `aggregation`: only as `@m = f(…)`. `statement`: has no value. */
  readonly form: 'variable' | 'function' | 'statement' | 'aggregation';
  /** Text of the manual: the ways to call it, one a line, and what it is. */
  readonly signature: string;
  readonly doc: string;
  /** Number of arguments. */
  readonly arity: readonly [min: number, max: number];
  /** Providers where it may be used; absent: everywhere. */
  readonly where?: readonly ProviderName[];
  /** The message for other providers, where the usual one of sema/usage.ts would not say enough. */
  readonly elsewhere?: (provider: ProviderName) => string;
  /**
   * What it asks of one attach point; functions under a wildcard share a program only where all these answers are alike, and without any of
   * them `ProbeContext.detail` may be null. `name`: the title (`probe`). `returns`: the return type (`retval`). `arguments`: `args`.
   */
  readonly asks?: 'name' | 'returns' | 'arguments';
  /** Needs --unsafe. */
  readonly unsafe?: boolean;
  /** Checks the arguments and gives the type. Called again until types settle: it must be a function of what it is given. */
  readonly type: (check: CheckContext, call: BuiltinCall) => ScriptType;
  /** Emits the code. Absent for aggregations. */
  readonly lower?: (emit: EmitContext, call: BuiltinCall) => Value;
  /**
   * Emits the code with the value's bytes written straight to base + offset, as EmitContext.lowerInto promises them: records whose value
   * is made in memory have it beside `lower`. EmitContext.lowerInto must call it, where it is there, instead of lower and store.
   */
  readonly lowerInto?: (emit: EmitContext, call: BuiltinCall, layout: Layout, base: ValueId, offset: number, exact: boolean) => void;
  /** Aggregations: how a value is stored and how one more is added. */
  readonly aggregation?: {
    readonly shape: (check: CheckContext, call: BuiltinCall) => AggregateShape;
    readonly update: (emit: EmitContext, call: BuiltinCall, target: MapAccess) => void;
  };
}

export type AggregateShape = Exclude<Shape, { kind: 'value' }>;

/** A builtin where it is used; a bare `pid` is a call without arguments. */
export interface BuiltinCall {
  readonly name: string;
  readonly args: readonly Expression[];
  readonly span: Span;
  /** The node itself: the key of side tables. */
  readonly node: Expression | Call;
}

/** A map of the script, as far as it is known when it is asked for. */
export interface MapFacts {
  /** Name of its MapSpec; what events carry as `map`. */
  readonly kernelName: string;
  /** null: a scalar map. undefined: not known yet. */
  readonly key: ScriptType | null | undefined;
  /** An aggregate carries its shape. undefined: nothing was stored yet. */
  readonly value: ScriptType | undefined;
}

/**
 * What a record may ask while types are worked out. A record calls typeOf for each argument that is evaluated, and checkKey for each map
 * element that it names; arguments that it does not ask about are names (a whole map, a clock, a stack mode) and are no expressions.
 * Number of arguments, `where` and `unsafe` were checked before the record is asked (sema/usage.ts).
 */
export interface CheckContext {
  readonly arch: Arch;
  readonly features: Features;
  readonly types: Types;
  readonly config: CompileConfig;
  readonly unsafe: boolean;
  /** The probe that the code stands in. */
  readonly probe: ProbeContext;
  typeOf(expression: Expression): ScriptType;
  /** The script's type of a value of that C type in that address space; `trusted` as in PointerType. */
  typeOfC(type: CType, space: Space, trusted: boolean): ScriptType;
  /** The map of that name (with the at sign); naming one that nothing is ever assigned to is an error that sema reports. */
  mapFacts(name: string): MapFacts;
  /** Checks the key of an element (null: the map is used as a scalar) as if it were read or written; nothing is said about the value. */
  checkKey(access: MapAccess): void;
  /** The value of an expression that is known while compiling (literals, sizeof, macro constants, positional numbers), else undefined. */
  constant(expression: Expression): bigint | undefined;
  /** The text of a string literal or string positional, else undefined. */
  literalString(expression: Expression): string | undefined;
  error(span: Span, message: string, hint?: string): void;
  warn(span: Span, message: string, hint?: string): void;
}

/** One program: one attach point (or several that share a program) of one probe. */
export interface ProbeContext {
  readonly provider: ProviderName;
  /** Fully expanded name: `kprobe:tcp_sendmsg`. */
  readonly title: string;
  /** null where several functions share the program. */
  readonly detail: ProbeDetail | null;
  readonly space: Space;
  /** Whether more than one function is attached, so that `func` must be asked at run time. */
  readonly functions: readonly string[];
}

export interface CompileConfig {
  readonly maxStringLength: number;
  readonly maxMapKeys: number;
  readonly maxProbes: number;
  readonly maxPrograms: number;
  readonly onStackLimit: number;
  readonly stackMode: 'bpftrace' | 'perf' | 'raw' | 'build_id';
  readonly truncationTrailer: string;
  readonly maxCatBytes: number;
  readonly missingProbes: 'error' | 'warn' | 'ignore';
  readonly printMapsOnExit: boolean;
  readonly license: string;
  readonly ringPages: number | undefined;
  readonly verifierLogSize: number;
}

/** The value of an expression in the IR: a scalar in a register, or bytes in memory. */
export type Value =
  | { readonly in: 'register'; readonly value: ValueId; readonly type: ScriptType }
  /** Bytes of `layout` at base + offset, direct memory of the program (slot, map value, ring buffer). */
  /** `exact`: bytes behind a string's NUL are known to be zero, so that a plain copy will do for a map key. */
  | { readonly in: 'memory'; readonly base: ValueId; readonly offset: number; readonly layout: Layout; readonly type: ScriptType; readonly exact?: boolean }
  /** Something of the kernel or of a user process at an address, not read yet: a struct, an array. */
  | { readonly in: 'address'; readonly address: ValueId; readonly offset: number; readonly space: Space; readonly trusted: boolean; readonly ctype: CType; readonly type: ScriptType }
  | { readonly in: 'nothing'; readonly type: ScriptType };

/** What a record may use while code is emitted. */
export interface EmitContext extends CheckContext {
  readonly ir: Builder;
  /** The context pointer of the program (r1 at entry). */
  readonly ctx: ValueId;
  /** Evaluates an expression to wherever it lies. */
  lower(expression: Expression): Value;
  /** Evaluates to one register: integers, pointers, bools, enums; reads memory when it must. */
  lowerScalar(expression: Expression): ValueId;
  /** Evaluates and writes the bytes of `layout` at base + offset. Strings are cut and NUL-ended; in `exact` memory the rest is zeroed. */
  lowerInto(expression: Expression, layout: Layout, base: ValueId, offset: number, exact: boolean): void;
  /** Like lowerInto for a value that is already there. */
  store(value: Value, layout: Layout, base: ValueId, offset: number, exact: boolean): void;
  /** How often the program's code names the builtin. */
  mentions(builtin: Builtin): number;
  /** How a value of that type lies in memory. */
  layoutOf(type: ScriptType): Layout;
  /** The address that a pointer, record, array or integer expression means, and its space. */
  address(expression: Expression): { readonly address: ValueId; readonly offset: number; readonly space: Space };
  /** Reserves a ring-buffer record of the event, lets `fill` write its payload, submits it; a full ring is counted as a loss. */
  event(event: EventSpec, payloadSize: number, fill: (base: ValueId, offset: number) => void): void;
  /** The bytes of a constant string with its NUL. */
  text(value: string): Value;
  /** Adds one to the counter of a loss. */
  loss(kind: (typeof lossKinds)[number]): void;
  /** Ends the program here, as `return;` does. */
  leave(): void;
  /** Adds a function to the module, once per name; callers name it in `call` and `functionAddress` instructions. */
  subprogram(name: string, build: () => Func): void;
  /** Registers a map that the compiler needs (stacks, tables); same name, same map. */
  internalMap(map: MapSpec): void;
  /** Kernel map and key of an access: the key's bytes lie on the stack or in scratch memory, the hidden bucket not yet filled in. */
  mapKey(target: MapAccess, bucket?: ValueId): { readonly map: string; readonly key: ValueId; readonly scalar: boolean };
  /**
   * Pointer (type `memory`) to the value of the access, which is created zeroed when missing; `body` is skipped (and counted as a loss) when the map is full.
   * `first` writes what `body` makes of zeros: a value that is missing is then put into the map as that, in one go.
   */
  withMapValue(target: MapAccess, bucket: ValueId | undefined, body: (value: ValueId) => void, first?: (zeros: ValueId) => void): void;
  /** Emits a runtime error event and goes on. */
  runtimeError(message: string, span: Span): void;
}
