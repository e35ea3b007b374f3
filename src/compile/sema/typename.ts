// What a type name in a cast, sizeof or let means: the language's own words first, then C's, then the catalog's typedefs and tags.
import { pointerTo } from '../../ctype/ctype.ts';
import type { CType, RefKind } from '../../ctype/ctype.ts';
import type { Types } from '../../ctype/types.ts';
import { sizeOf, strip } from '../../ctype/types.ts';
import type { TypeChoice, TypeName } from '../lang/ast.ts';
import { baseType, wellKnownTypedef } from '../../ctype/basetypes.ts';
import { printChoice } from '../lang/printer.ts';
import { choicesText } from './choices.ts';
import type { ChosenTypes } from './choices.ts';
import { scriptTypeOf } from './ctypes.ts';
import type { ScriptType, Space } from './stype.ts';

/** A C type, or one of the language's own that C has not. */
export type NamedType =
  | { readonly kind: 'c'; readonly type: CType }
  | { readonly kind: 'script'; readonly type: ScriptType }
  /** `near`: names that may have been meant. `there`: the ways to choose one, where only the choice is wrong. */
  | { readonly kind: 'missing'; readonly name: string; readonly near: readonly string[]; readonly there?: string };

/** Looks the name up; `maxString` is the size of a `string` without one. */
export function resolveTypeName(types: ChosenTypes, name: TypeName, maxString: number): NamedType {
  if (name.base.tag === null && name.choice === undefined) {
    const own = scriptWords.get(name.base.name);
    if (own !== undefined) return scriptWord(own, name.postfix, maxString);
  }
  const base = namedBase(types, name);
  if (base.kind !== 'c') return base;
  let type = base.type;
  for (const part of name.postfix) {
    type = part === '*' ? pointerTo(type) : { kind: 'array', of: type, count: Number(part ?? 0) };
  }
  return { ...base, type };
}

/** The script's type of a named type, for a value in that address space. */
export function scriptTypeOfName(types: Types, named: Extract<NamedType, { kind: 'c' | 'script' }>, space: Space): ScriptType {
  return named.kind === 'script' ? named.type : scriptTypeOf(types, named.type, space, false);
}

/** Bytes that a value of the named type takes. */
export function sizeOfName(types: Types, named: Extract<NamedType, { kind: 'c' | 'script' }>): number {
  if (named.kind === 'c') return sizeOf(types, named.type);
  return named.type.kind === 'string' ? named.type.size : 8;
}

const scriptWords: ReadonlyMap<string, ScriptType> = new Map<string, ScriptType>([
  ['string', { kind: 'string', size: 0 }],
  ['bool', { kind: 'bool' }],
  ['ksym_t', { kind: 'ksym' }],
  ['usym_t', { kind: 'usym' }],
  ['macaddr_t', { kind: 'macaddr' }],
  ['username_t', { kind: 'username' }],
  ['inet', { kind: 'inet' }],
]);

function scriptWord(type: ScriptType, postfix: TypeName['postfix'], maxString: number): NamedType {
  const [size, ...rest] = postfix;
  if (type.kind === 'string' && rest.length === 0 && size !== '*') {
    return { kind: 'script', type: { kind: 'string', size: size === undefined || size === null ? maxString : Number(size) } };
  }
  if (type.kind === 'bool' && postfix.length > 0) {
    let at: CType = boolean;
    for (const part of postfix) at = part === '*' ? pointerTo(at) : { kind: 'array', of: at, count: Number(part ?? 0) };
    return { kind: 'c', type: at };
  }
  if (postfix.length > 0) return { kind: 'missing', name: `${type.kind}${postfix.map((part) => (part === '*' ? ' *' : `[${part ?? ''}]`)).join('')}`, near: [] };
  return { kind: 'script', type };
}

function namedBase(types: ChosenTypes, { base, choice }: TypeName): NamedType {
  if (base.tag !== null) return meant(types, base.tag, base.name, choice) ?? { kind: 'missing', name: `${base.tag} ${base.name}`, near: types.near(base.tag, base.name, 3).map((each) => `${base.tag} ${each}`) };
  const arithmetic = ownIntegers.get(base.name) ?? baseType(base.name);
  if (arithmetic !== undefined && choice === undefined) return { kind: 'c', type: arithmetic };
  const typedef = meant(types, 'typedef', base.name, choice);
  if (typedef !== undefined) return typedef;
  const wellKnown = wellKnownTypedef(base.name);
  if (wellKnown !== undefined && choice === undefined) return { kind: 'c', type: wellKnown };
  const near = [...types.near('typedef', base.name, 2), ...(['struct', 'union', 'enum'] as const).flatMap((kind) => (types.find(kind, base.name).length > 0 ? [`${kind} ${base.name}`] : []))];
  return { kind: 'missing', name: base.name, near };
}

/** undefined where nothing has that name at all. */
function meant(types: ChosenTypes, kind: RefKind, name: string, choice: TypeChoice | undefined): NamedType | undefined {
  const meaning = types.meaning(kind, name, choice);
  if (meaning.kind === 'found') return { kind: 'c', type: meaning.ref };
  if (meaning.there.length === 0 || choice === undefined) return undefined;
  return { kind: 'missing', name: `${kind === 'typedef' ? '' : `${kind} `}${name}${printChoice(choice)}`, near: [], there: choicesText(meaning.there) };
}

/** A struct or union that is only declared, or nothing at all. */
export function isIncomplete(types: Types, type: CType): boolean {
  const under = strip(types, type);
  if (under.kind === 'void' || under.kind === 'function') return true;
  return (under.kind === 'struct' || under.kind === 'union') && types.definition(under) === undefined;
}

const boolean: CType = { kind: 'int', name: '_Bool', size: 1, signed: false, encoding: 'bool' };

/** The language's integers. */
const ownIntegers: ReadonlyMap<string, CType> = new Map(
  ([1, 2, 4, 8] as const).flatMap((size) => [true, false].map((signed): [string, CType] => {
    const name = `${signed ? '' : 'u'}int${size * 8}`;
    return [name, { kind: 'int', name, size, signed, encoding: 'int' }];
  })),
);
