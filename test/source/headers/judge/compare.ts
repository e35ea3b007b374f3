// What headers say beside what BTF of the same kernel says: sizes, offsets, widths and spellings of types; values of enumerators.
import type { CType, Definition, EnumDefinition, Member, RecordDefinition, Ref } from '../../../../src/ctype/ctype.ts';
import { typeText } from '../../../../src/ctype/print.ts';
import type { BtfTypes } from './btftypes.ts';

export interface Verdict {
  /** Named structs, unions and enums, and typedefs of anonymous ones, that both have. */
  compared: number;
  members: number;
  enumerators: number;
  onlyInHeaders: number;
  /** What differs from every variant that BTF has, by name: one line each, about the variant that is nearest. */
  readonly differences: Map<string, string>;
}

export interface Side {
  readonly definitions: Iterable<Definition>;
  readonly definition: (ref: Ref) => Definition | undefined;
}

export interface CompareOptions {
  /** pahole before 1.32 writes an array of arrays as one long array. */
  readonly flattened: boolean;
}

/** Compares every definition of the headers; one of several of the same name that agrees is enough. */
export function compare(headers: Side, btf: BtfTypes, options: CompareOptions): Verdict {
  const verdict: Verdict = { compared: 0, members: 0, enumerators: 0, onlyInHeaders: 0, differences: new Map() };
  const values = enumeratorValues(btf);
  const agreed = new Set<string>();
  for (const definition of headers.definitions) {
    if (definition.kind === 'enum') for (const { name, value } of definition.values) compareEnumerator(verdict, values, name, value);
    const pair = comparable(headers, btf, definition);
    if (pair === undefined) continue;
    if (pair.ids.length === 0) {
      verdict.onlyInHeaders++;
      continue;
    }
    const results = pair.ids.map((id) => new Comparison(headers, btf, options).of(pair.body, id, ''));
    const { body } = pair;
    if (results.some((each) => each.length === 0)) {
      verdict.compared++;
      if (body.kind !== 'enum') verdict.members += body.members.length;
      agreed.add(pair.name);
    } else {
      const best = results.toSorted((a, b) => a.length - b.length)[0] ?? [];
      verdict.differences.set(pair.name, `${best.slice(0, 3).join('; ')}${best.length > 3 ? `; ${best.length - 3} more` : ''}`);
    }
  }
  for (const name of agreed) verdict.differences.delete(name);
  return verdict;
}

interface Pair {
  readonly name: string;
  readonly body: RecordDefinition | EnumDefinition;
  readonly ids: readonly number[];
}

function comparable(headers: Side, btf: BtfTypes, definition: Definition): Pair | undefined {
  if (definition.kind === 'typedef') {
    const { type } = definition;
    if (type.kind !== 'struct' && type.kind !== 'union' && type.kind !== 'enum') return undefined;
    const body = type.name === null ? headers.definition(type) : undefined;
    if (body === undefined || (body.kind !== 'struct' && body.kind !== 'union' && body.kind !== 'enum')) return undefined;
    const name = `typedef ${definition.name}`;
    const ids = (btf.byName.get(name) ?? []).map((id) => btf.btf.type(id)).filter((id) => btf.btf.name(id) === '' && btf.definitions.type(id).kind === type.kind);
    return { name, body, ids };
  }
  if ((definition.kind !== 'struct' && definition.kind !== 'union' && definition.kind !== 'enum') || definition.name === null) return undefined;
  const name = `${definition.kind} ${definition.name}`;
  return { name, body: definition, ids: btf.byName.get(name) ?? [] };
}

function compareEnumerator(verdict: Verdict, values: ReadonlyMap<string, ReadonlySet<bigint>>, name: string, value: bigint): void {
  const known = values.get(name);
  if (known === undefined) return;
  if (known.has(value)) verdict.enumerators++;
  else verdict.differences.set(`enumerator ${name}`, `${value}, BTF: ${[...known].join(', ')}`);
}

function enumeratorValues(btf: BtfTypes): ReadonlyMap<string, ReadonlySet<bigint>> {
  const values = new Map<string, Set<bigint>>();
  for (const [name, ids] of btf.byName) {
    if (!name.startsWith('enum ')) continue;
    for (const id of ids) {
      for (const each of btf.definitions.enumerators(id)) {
        const known = values.get(each.name);
        if (known === undefined) values.set(each.name, new Set([each.value]));
        else known.add(each.value);
      }
    }
  }
  return values;
}

/** One definition against one of BTF. */
class Comparison {
  constructor(
    readonly headers: Side,
    readonly btf: BtfTypes,
    readonly options: CompareOptions,
  ) {}

  /** What differs, `where` before each; empty when nothing does. */
  of(body: RecordDefinition | EnumDefinition, id: number, where: string): string[] {
    const found: string[] = [];
    if (body.size !== this.btf.btf.size(id)) found.push(`${where}size ${body.size}, BTF: ${this.btf.btf.size(id)}`);
    if (body.kind === 'enum') return [...found, ...this.#enumerators(body, id, where)];
    const theirs = this.btf.definitions.members(id);
    if (theirs.length !== body.members.length) {
      const missing = theirs.filter(({ name }) => !body.members.some((each) => each.name === name)).map(({ name }) => name);
      const extra = body.members.filter((each) => !theirs.some(({ name }) => each.name === name)).map(({ name }) => name);
      return [...found, `${where}${body.members.length} members, BTF: ${theirs.length} (missing ${missing.slice(0, 4).join(' ') || 'none'}, extra ${extra.slice(0, 4).join(' ') || 'none'})`];
    }
    theirs.forEach((their, index) => {
      const our = body.members[index];
      if (our !== undefined) found.push(...this.#member(our, their, `${where}${their.name ?? `#${index}`}`));
    });
    return found;
  }

  #member(our: Member, their: Member, where: string): string[] {
    const found: string[] = [];
    if (our.name !== their.name) found.push(`${where}: named ${our.name ?? '(none)'}`);
    if (our.bitOffset !== their.bitOffset) found.push(`${where}: bit ${our.bitOffset}, BTF: ${their.bitOffset}`);
    if (our.bitSize !== their.bitSize) found.push(`${where}: ${our.bitSize ?? 'no'} bits, BTF: ${their.bitSize ?? 'no'}`);
    const [ourText, theirText] = [this.#text(our.type), typeText(withoutNames(their.type))];
    if (ourText !== theirText) found.push(`${where}: ${ourText}, BTF: ${theirText}`);
    return [...found, ...this.#inside(our.type, their.type, `${where}.`)];
  }

  #text(type: CType): string {
    return typeText(this.options.flattened ? flat(withoutNames(type)) : withoutNames(type));
  }

  /** Bodies of anonymous records, through arrays and qualifiers and pointers. */
  #inside(our: CType, their: CType, where: string): string[] {
    const [a, b] = [under(our), under(their)];
    if ((a.kind !== 'struct' && a.kind !== 'union' && a.kind !== 'enum') || a.kind !== b.kind || a.name !== null || b.name !== null) return [];
    const body = this.headers.definition(a);
    if (body === undefined || (body.kind !== 'struct' && body.kind !== 'union' && body.kind !== 'enum')) return [`${where} has no body`];
    return this.of(body, Number(b.key), where);
  }

  #enumerators(body: EnumDefinition, id: number, where: string): string[] {
    const text = (list: readonly { readonly name: string; readonly value: bigint }[]): string[] => list.map(({ name, value }) => `${name} = ${value}`);
    const [ours, theirs] = [text(body.values), text(this.btf.definitions.enumerators(id))];
    if (ours.length !== theirs.length) return [`${where}${ours.length} enumerators, BTF: ${theirs.length}`];
    return ours.flatMap((each, index) => (each === theirs[index] ? [] : [`${where}${each}, BTF: ${theirs[index] ?? 'none'}`]));
  }
}

function under(type: CType): CType {
  let at = type;
  for (;;) {
    if ('of' in at) at = at.of;
    else if (at.kind === 'ptr') at = at.to;
    else return at;
  }
}

/** DWARF has no names for the parameters of function types. */
function withoutNames(type: CType): CType {
  if (type.kind === 'function') return { ...type, returns: withoutNames(type.returns), params: type.params.map((param) => ({ name: null, type: withoutNames(param.type) })) };
  if (type.kind === 'ptr') return { kind: 'ptr', to: withoutNames(type.to) };
  if (type.kind === 'tag') return withoutNames(type.of);
  return 'of' in type ? { ...type, of: withoutNames(type.of) } : type;
}

function flat(type: CType): CType {
  if (type.kind === 'function') return { ...type, returns: flat(type.returns), params: type.params.map((param) => ({ name: null, type: flat(param.type) })) };
  if (type.kind === 'ptr') return { kind: 'ptr', to: flat(type.to) };
  if (type.kind === 'array') {
    const of = flat(type.of);
    return of.kind === 'array' ? { kind: 'array', of: of.of, count: type.count * of.count } : { ...type, of };
  }
  return 'of' in type ? { ...type, of: flat(type.of) } : type;
}
