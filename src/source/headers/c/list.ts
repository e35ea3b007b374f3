// The definitions that were read, in the order in which they became complete; the types of ctype are made of them when somebody asks.
import type { CType, Definition, DefinitionKind, FunctionType as CFunctionType, Ref } from '../../../ctype/ctype.ts';
import type { DefinitionTable, HeaderDefinition } from '../facts.ts';
import type { Sym } from '../symbols.ts';
import type { Target } from './target.ts';
import { qualifier, type EnumType, type Field, type FunctionType, type QualifiedType, type RecordType, type Type, type TypedefType } from './types.ts';

type Defined = RecordType | EnumType | TypedefType | { readonly kind: 'function'; readonly name: string; readonly type: FunctionType };

interface Entry {
  readonly what: Defined;
  readonly file: string;
  readonly line: number;
  readonly local?: boolean;
}

/** A variable that is declared outside of functions; it is no definition in the sense of BTF. */
export interface Variable {
  readonly name: string;
  readonly type: Type;
  readonly file: string;
  readonly line: number;
}

export class DefinitionList implements DefinitionTable {
  readonly #entries: Entry[] = [];
  readonly #made: (HeaderDefinition | undefined)[] = [];
  readonly #types = new WeakMap<Type, CType>();
  readonly #functions = new Map<Sym, number>();
  readonly #variables = new Map<Sym, Variable>();
  /** Number among those of the same kind and name, and how many there are; when everything has been read. */
  #variants: readonly { readonly variant: number; readonly variants: number }[] | undefined;
  #vaList: TypedefType | undefined;

  get length(): number {
    return this.#entries.length;
  }

  add(what: RecordType | EnumType | TypedefType, file: string, line: number): void {
    this.#entries.push({ what, file, line });
    this.#variants = undefined;
  }

  /** The first declaration counts, one with names of parameters more than one without. */
  addFunction(symbol: Sym, { name, type, file, line, local }: Variable & { readonly type: FunctionType; readonly local: boolean }): void {
    const known = this.#functions.get(symbol);
    const entry: Entry = { what: { kind: 'function', name, type }, file, line, local };
    if (known === undefined) {
      this.#functions.set(symbol, this.#entries.length);
      this.#entries.push(entry);
      return;
    }
    const before = this.#entries[known];
    if (before?.what.kind !== 'function' || before.what.type.params.some((param) => param.name !== null) || !type.params.some((param) => param.name !== null)) return;
    this.#entries[known] = { ...entry, file: before.file, line: before.line };
  }

  /** The first declaration with a whole type counts. */
  addVariable(symbol: Sym, variable: Variable): void {
    const known = this.#variables.get(symbol);
    if (known === undefined) this.#variables.set(symbol, variable);
    else if (known.type.kind === 'array' && known.type.count === null) this.#variables.set(symbol, { ...known, type: variable.type });
  }

  variables(): Iterable<Variable> {
    return this.#variables.values();
  }

  vaList(target: Target): TypedefType {
    if (this.#vaList !== undefined) return this.#vaList;
    const type = target.vaList((name, members) => {
      let offset = 0;
      const fields = members.map((member): Field => {
        const size = target.sizeOf(member.type) ?? 0;
        offset += size;
        return { name: member.name, type: member.type, bitOffset: 8 * (offset - size), bitSize: null, align: size };
      });
      const record: RecordType = { kind: 'struct', name, fields, size: offset, align: target.pointerSize, userAlign: false, flexible: false, index: this.length };
      this.add(record, builtin, 0);
      return record;
    });
    this.#vaList = { kind: 'typedef', name: '__builtin_va_list', type, index: this.length };
    this.add(this.#vaList, builtin, 0);
    return this.#vaList;
  }

  kind(index: number): DefinitionKind {
    return this.#entry(index).what.kind;
  }

  name(index: number): string | null {
    return this.#entry(index).what.name;
  }

  file(index: number): string {
    return this.#entry(index).file;
  }

  at(index: number): HeaderDefinition {
    const known = this.#made[index];
    if (known !== undefined) return known;
    const { what, file, line, local } = this.#entry(index);
    const made = { definition: this.#definition(what, index), file, line, ...(local === true ? { local } : {}) };
    this.#made[index] = made;
    return made;
  }

  #entry(index: number): Entry {
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`no definition ${index}, there are ${this.length}`);
    return entry;
  }

  #definition(what: Defined, index: number): Definition {
    this.#variants ??= this.#countVariants();
    const defined = { id: null, image: 'headers', ...(this.#variants[index] ?? { variant: 1, variants: 1 }) };
    switch (what.kind) {
      case 'struct':
      case 'union':
        return { ...defined, kind: what.kind, name: what.name, size: what.size, members: (what.fields ?? []).map(({ name, type, bitOffset, bitSize }) => ({ name, type: this.type(type), bitOffset, bitSize })) };
      case 'enum':
        return { ...defined, kind: 'enum', name: what.name, size: what.size, signed: what.underlying?.signed ?? false, values: what.values ?? [] };
      case 'typedef':
        return { ...defined, kind: 'typedef', name: what.name, type: this.type(what.type) };
      case 'function':
        return { ...defined, kind: 'function', name: what.name, type: this.#function(what.type) };
    }
  }

  #countVariants(): readonly { readonly variant: number; readonly variants: number }[] {
    const counts = new Map<string, number>();
    const keys = this.#entries.map(({ what }, index) => (what.name === null ? `${index}` : `${what.kind} ${what.name}`));
    const numbers = keys.map((key) => {
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count;
    });
    return keys.map((key, index) => ({ variant: numbers[index] ?? 1, variants: counts.get(key) ?? 1 }));
  }

  /** As ctype has it. Of what was declared only, the key is null. */
  type(type: Type): CType {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const made = this.#convert(type);
    this.#types.set(type, made);
    return made;
  }

  #convert(type: Type): CType {
    switch (type.kind) {
      case 'void':
        return { kind: 'void' };
      case 'int':
        return { kind: 'int', name: type.name, size: type.size, signed: type.signed, encoding: type.encoding };
      case 'float':
        return { kind: 'float', name: type.name, size: type.size };
      case 'ptr':
        return { kind: 'ptr', to: this.type(type.to) };
      case 'array':
        return { kind: 'array', of: this.type(type.of), count: type.count ?? 0 };
      case 'vector':
        return { kind: 'array', of: this.type(type.of), count: type.count };
      case 'qualified':
        return this.#qualified(type);
      case 'aligned':
        return this.type(type.of);
      case 'tag':
        return { kind: 'tag', tag: type.tag, of: this.type(type.of) };
      case 'function':
        return this.#function(type);
      default:
        return this.#ref(type);
    }
  }

  #ref({ kind, name, index }: RecordType | EnumType | TypedefType): Ref {
    return { kind, name, key: index < 0 ? null : index };
  }

  /** DWARF's order: const outside of volatile, restrict inside. */
  #qualified({ qualifiers, of }: QualifiedType): CType {
    let type = this.type(of);
    if ((qualifiers & qualifier.restrict) !== 0) type = { kind: 'restrict', of: type };
    if ((qualifiers & qualifier.volatile) !== 0) type = { kind: 'volatile', of: type };
    return (qualifiers & qualifier.const) === 0 ? type : { kind: 'const', of: type };
  }

  #function({ returns, params, variadic }: FunctionType): CFunctionType {
    return { kind: 'function', returns: this.type(returns), params: params.map((param) => ({ name: param.name, type: this.type(param.type) })), variadic };
  }
}

/** What the compiler has without a header. */
const builtin = '<built-in>';

