// Macros that are another name for a member: `#define sk_family __sk_common.skc_family`.
import { append } from '../../../base/append.ts';
import type { CType, RecordDefinition } from '../../../ctype/ctype.ts';
import { findMember, memberNames, recordOf } from '../../../ctype/member.ts';
import { strip, type Types } from '../../../ctype/types.ts';
import type { DefinitionTable } from '../facts.ts';

/** A step behind the first member: a name, or an index into an array. */
type Step = { readonly through: '.' | '->'; readonly name: string } | { readonly index: number };

export interface MemberPath {
  readonly first: string;
  readonly steps: readonly Step[];
  /** `a.b[0].c` */
  readonly text: string;
}

/** undefined: the tokens are no path of two members or more. Parentheses around all of it are taken off. */
export function memberPath(tokens: readonly string[]): MemberPath | undefined {
  let list = tokens;
  while (list[0] === '(' && list.at(-1) === ')') list = list.slice(1, -1);
  const [first] = list;
  if (first === undefined || !identifier.test(first)) return undefined;
  const steps: Step[] = [];
  for (let at = 1; at < list.length; ) {
    const [through, name, close] = list.slice(at, at + 3);
    if ((through === '.' || through === '->') && name !== undefined && identifier.test(name)) {
      steps.push({ through, name });
      at += 2;
    } else if (through === '[' && name !== undefined && /^\d+$/.test(name) && close === ']') {
      steps.push({ index: Number(name) });
      at += 3;
    } else {
      return undefined;
    }
  }
  return steps.some((step) => 'name' in step) ? { first, steps, text: list.join('') } : undefined;
}

const identifier = /^[A-Za-z_$][\w$]*$/;

/** Finds the records that a path begins in. */
export class MemberIndex {
  #records: Map<string, { readonly name: string; readonly record: RecordDefinition }[]> | undefined;

  constructor(
    readonly table: DefinitionTable,
    readonly types: Types,
  ) {}

  /** `struct sock`: those where all of the path exists, by name. */
  records({ first, steps }: MemberPath): readonly string[] {
    this.#records ??= this.#byMember();
    const found = this.#records.get(first) ?? [];
    return [...new Set(found.filter(({ record }) => this.#leads(record, first, steps)).map(({ name }) => name))].sort();
  }

  #leads(record: RecordDefinition, first: string, steps: readonly Step[]): boolean {
    let type = findMember(this.types, record, first)?.type;
    for (const step of steps) {
      if (type === undefined) return false;
      type = this.#step(strip(this.types, type), step);
    }
    return type !== undefined;
  }

  #step(type: CType, step: Step): CType | undefined {
    if ('index' in step) return type.kind === 'array' ? type.of : type.kind === 'ptr' ? type.to : undefined;
    const inside = step.through === '.' ? type : type.kind === 'ptr' ? type.to : undefined;
    const record = inside === undefined ? undefined : recordOf(this.types, inside);
    return record === undefined ? undefined : findMember(this.types, record, step.name)?.type;
  }

  /** Member → records with a name, of their own or by a typedef, that have it. */
  #byMember(): Map<string, { readonly name: string; readonly record: RecordDefinition }[]> {
    const all = new Map<string, { readonly name: string; readonly record: RecordDefinition }[]>();
    for (let index = 0; index < this.table.length; index++) {
      const found = this.#named(index);
      if (found === undefined) continue;
      for (const member of memberNames(this.types, found.record)) append(all, member, found);
    }
    return all;
  }

  #named(index: number): { readonly name: string; readonly record: RecordDefinition } | undefined {
    const kind = this.table.kind(index);
    const name = this.table.name(index);
    if (name === null || (kind !== 'struct' && kind !== 'union' && kind !== 'typedef')) return undefined;
    const { definition } = this.table.at(index);
    if (definition.kind === 'struct' || definition.kind === 'union') return { name: `${kind} ${name}`, record: definition };
    if (definition.kind !== 'typedef' || !('name' in definition.type) || definition.type.name !== null) return undefined;
    const record = recordOf(this.types, definition.type);
    return record === undefined ? undefined : { name, record };
  }
}
