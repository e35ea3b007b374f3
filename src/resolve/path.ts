// Member paths: `sock.__sk_common.skc_daddr`, `task_struct->mm->pgd`, `sock.sk_policy[1]`.
import { UsageError } from '../base/errors.ts';
import type { CType, RecordDefinition } from '../ctype/ctype.ts';
import { findMember, memberNames, recordOf } from '../ctype/member.ts';
import { typeText } from '../ctype/print.ts';
import { nearest } from '../ctype/suggest.ts';
import { sizeOf, strip, type Types } from '../ctype/types.ts';

/** What a path says, before any type is looked up. */
export interface MemberPath {
  /** The type that it starts at: `sock`. */
  readonly root: string;
  readonly steps: readonly PathStep[];
}

export type PathStep =
  | { readonly kind: 'member'; readonly name: string; readonly arrow: boolean }
  | { readonly kind: 'index'; readonly index: number };

/** The part of a path inside one object in memory; the next hop starts behind a pointer. */
export interface Hop {
  readonly record: RecordDefinition;
  readonly steps: readonly ResolvedStep[];
}

export interface ResolvedStep {
  /** Path from the start of the hop: `__sk_common.skc_daddr`, `sk_policy[1]`. */
  readonly path: string;
  readonly type: CType;
  /** Bytes from the start of the hop; of a bitfield: floor(bitOffset / 8). */
  readonly offset: number;
  /** Bytes, of the declared type. */
  readonly size: number;
  /** Bits from the start of the hop, and width, of a bitfield. */
  readonly bitOffset?: number;
  readonly bitSize?: number;
}

export interface ResolvedPath {
  readonly hops: readonly Hop[];
  /** What the path ends at. */
  readonly last: ResolvedStep;
}

/** Whether a name that a user gave goes past a type's name. */
export function isPath(text: string): boolean {
  return /[.[]|->/.test(text);
}

/** Throws UsageError, with the place in the text, where it is no path. */
export function parsePath(text: string): MemberPath {
  const root = /^[^.[>-]+/.exec(text)?.[0] ?? '';
  if (root === '') throw new UsageError(`'${text}': a type's name is missing before '${text.slice(0, 2)}'`);
  const steps: PathStep[] = [];
  const pattern = /(\.|->)\s*([A-Za-z_]\w*)\s*|\[\s*(0x[0-9a-fA-F]+|\d+)\s*\]\s*/y;
  pattern.lastIndex = root.length;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new UsageError(`'${text}': '.member', '->member' or '[number]' expected at '${text.slice(at)}'`);
    const [, operator, name, index] = match;
    steps.push(name === undefined ? { kind: 'index', index: Number(index) } : { kind: 'member', name, arrow: operator === '->' });
  }
  return { root: root.trim(), steps };
}

/**
 * Follows the steps from a struct or union. `.` goes through a pointer as well as `->` does; `->` on something embedded is an error.
 * Throws UsageError that names the nearest members where one is unknown.
 */
export function resolvePath(types: Types, root: RecordDefinition, steps: readonly PathStep[]): ResolvedPath {
  const walk = new Walk(types, root);
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'index') walk.index(step.index);
    else walk.member(step.name, step.arrow && index > 0);
  }
  return walk.result();
}

class Walk {
  readonly #hops: { record: RecordDefinition; steps: ResolvedStep[] }[];
  /** What the path has reached, undefined at its start. */
  #at: ResolvedStep | undefined;

  constructor(
    readonly types: Types,
    readonly root: RecordDefinition,
  ) {
    this.#hops = [{ record: root, steps: [] }];
  }

  member(name: string, arrow: boolean): void {
    const { record, prefix, base } = this.#enter(name, arrow);
    const found = findMember(this.types, record, name);
    if (!found) throw unknownMember(this.types, record, name);
    const bitOffset = base * 8 + found.bitOffset;
    this.#push({
      path: prefix + name,
      type: found.type,
      offset: Math.floor(bitOffset / 8),
      size: sizeOf(this.types, found.type),
      ...(found.bitSize === null ? {} : { bitOffset, bitSize: found.bitSize }),
    });
  }

  index(index: number): void {
    const at = this.#at;
    const type = at && strip(this.types, at.type);
    if (!at || type?.kind !== 'array') throw new UsageError(`'${this.#name()}' is no array, it cannot be indexed`);
    if (type.count > 0 && index >= type.count) {
      throw new UsageError(`'${this.#name()}' has ${type.count} elements, there is none with index ${index}`);
    }
    const size = sizeOf(this.types, type.of);
    this.#push({ path: `${at.path}[${index}]`, type: type.of, offset: at.offset + index * size, size });
  }

  result(): ResolvedPath {
    if (!this.#at) throw new UsageError('the path has no members');
    return { hops: this.#hops, last: this.#at };
  }

  /** The record that the next member is looked up in: the embedded one, or behind a pointer a new hop. */
  #enter(name: string, arrow: boolean): { record: RecordDefinition; prefix: string; base: number } {
    const at = this.#at;
    if (!at) return { record: this.root, prefix: '', base: 0 };
    const type = strip(this.types, at.type);
    if (type.kind === 'ptr') {
      const record = this.#record(type.to, name);
      this.#hops.push({ record, steps: [] });
      return { record, prefix: '', base: 0 };
    }
    const record = this.#record(type, name);
    if (arrow) throw new UsageError(`'${this.#name()}' is no pointer but embedded`, `write .${name} in place of ->${name}`);
    return { record, prefix: `${at.path}.`, base: at.offset };
  }

  #record(type: CType, name: string): RecordDefinition {
    const under = strip(this.types, type);
    const definition = under.kind === 'struct' || under.kind === 'union' ? this.types.definition(under) : undefined;
    if (definition?.kind === 'struct' || definition?.kind === 'union') return definition;
    const why = under.kind === 'struct' || under.kind === 'union' ? 'is only declared in these types' : 'has no members';
    throw new UsageError(`'${this.#name()}' (${typeText(this.#at?.type ?? type)}) ${why}, so there is no '${name}' in it`);
  }

  #push(step: ResolvedStep): void {
    this.#at = step;
    this.#hops.at(-1)?.steps.push(step);
  }

  /** The path so far, for messages. */
  #name(): string {
    return [this.root.name ?? this.root.kind, this.#at?.path ?? ''].join('.');
  }
}

function unknownMember(types: Types, record: RecordDefinition, name: string): UsageError {
  const near = [...embeddedPaths(types, record, name), ...nearest(name, memberNames(types, record), 3)];
  const what = record.name === null ? `an anonymous ${record.kind}` : `${record.kind} ${record.name}`;
  return new UsageError(`${what} has no member '${name}'`, near.length === 0 ? undefined : `near it: ${near.join(', ')}`);
}

/** Paths to a member of that very name in the structs that a record embeds: what a forgotten `__sk_common.` leads to. */
function embeddedPaths(types: Types, record: RecordDefinition, name: string): readonly string[] {
  return memberNames(types, record).flatMap((outer) => {
    const found = findMember(types, record, outer);
    const embedded = found && recordOf(types, found.type);
    return embedded && findMember(types, embedded, name) ? [`${outer}.${name}`] : [];
  });
}
