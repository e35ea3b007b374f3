// Types of the script's expressions: the language's own, and C types where a value came out of the kernel.
import type { CType, EnumDefinition, Ref } from '../../ctype/ctype.ts';
import type { Shape } from '../../bpf/shape.ts';
import type { StackMode } from '../../bpf/layout.ts';

export type Space = 'kernel' | 'user';

export type ScriptType =
  /** Statements, functions without result. */
  | { readonly kind: 'void' }
  /** Not known yet: `let $x;`, a map read before it is written. */
  | { readonly kind: 'unknown' }
  | IntType
  | { readonly kind: 'bool' }
  /** At most `size` bytes with the NUL. `cut`: of str(), with one byte more than scripts are told, which is not the NUL only where the text was cut short. */
  | { readonly kind: 'string'; readonly size: number; readonly cut?: true }
  | { readonly kind: 'buffer'; readonly capacity: number }
  | PointerType
  /** A struct or union in memory at an address; members are read when they are named. */
  | RecordType
  /** An array in memory. */
  | { readonly kind: 'array'; readonly of: CType; readonly count: number; readonly space: Space }
  /** `of` is the definition where it is known by more than the ref's name (anonymous enums). */
  | { readonly kind: 'enum'; readonly ref: Ref; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean; readonly of?: EnumDefinition }
  | { readonly kind: 'tuple'; readonly elements: readonly ScriptType[] }
  | { readonly kind: 'named tuple'; readonly fields: readonly { readonly name: string; readonly type: ScriptType }[] }
  | { readonly kind: 'stack'; readonly user: boolean; readonly limit: number; readonly mode: StackMode }
  | { readonly kind: 'ksym' | 'usym' | 'inet' | 'macaddr' | 'username' }
  | { readonly kind: 'timestamp'; readonly format: string; readonly clock: 'boot' | 'monotonic' | 'tai' | 'sw_tai' }
  | { readonly kind: 'cgroup_path'; readonly filter: string }
  /** What a map holds after `@ = count()` and its kin. */
  | { readonly kind: 'aggregate'; readonly shape: Exclude<Shape, { kind: 'value' }> }
  /** The `args` of the probe: its members are the probe's arguments. */
  | { readonly kind: 'args' };

export interface IntType {
  readonly kind: 'int';
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  /**
   * Only literals went in: `size` is what they need; unsigned ones take either sign, `high` ones need the next size for that.
   * Never seen by builtins, who get `settle`d types.
   */
  readonly literal?: 'low' | 'high';
}

export interface PointerType {
  readonly kind: 'pointer';
  readonly to: CType;
  readonly space: Space;
  /** The verifier knows what it points to (curtask, fentry arguments): exact members are loaded directly. */
  readonly trusted: boolean;
}

export interface RecordType {
  readonly kind: 'record';
  readonly type: Ref & { readonly kind: 'struct' | 'union' };
  readonly space: Space;
  readonly trusted: boolean;
}

export const u64: IntType = { kind: 'int', size: 8, signed: false };
export const s64: IntType = { kind: 'int', size: 8, signed: true };
export const u32: IntType = { kind: 'int', size: 4, signed: false };
export const s32: IntType = { kind: 'int', size: 4, signed: true };
