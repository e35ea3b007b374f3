// A type as a question names it: `struct sock *`, `u32`, `unsigned long`, `struct sk_*`, `struct list_head[]`. Qualifiers say nothing.
import { UsageError } from '../base/errors.ts';
import type { Types } from '../ctype/types.ts';
import type { KindName } from '../index/kinds.ts';
import type { Ids, Search } from '../index/search.ts';

export interface TypePattern {
  readonly kinds: readonly KindName[];
  /** Name of the type at the left, with `*`, `?` and `[...]` as in a shell. */
  readonly glob: string;
  readonly pointers: number;
  /** Elements of the array that it is: undefined for no array, null for one of any length. */
  readonly array: number | null | undefined;
}

/** A star that stands behind a blank or another star makes a pointer; one that touches a name stands for the rest of it. Throws UsageError. */
export function parseTypePattern(text: string): TypePattern {
  const plain = text.replaceAll(/\b(const|volatile|restrict)\b/g, ' ').replaceAll(/\s+/g, ' ').replaceAll(/(?<= )\* (?=\*)/g, '*').trim();
  const match = /^(?:(struct|union|enum) )?([\w?*[\]-]+?(?: [a-z]+)*?)( \*+)?(?: ?\[(\d*)\])?$/.exec(plain);
  if (match === null) throw new UsageError(`'${text}' is no type that can be looked for`, "'struct sock *', 'u32', 'unsigned long', 'struct sk_*'");
  const [, keyword, name = '', stars = ' ', elements] = match;
  const array = elements === undefined ? undefined : elements === '' ? null : Number(elements);
  const tagged = keyword === 'struct' || keyword === 'union' || keyword === 'enum';
  return { kinds: tagged ? [keyword] : anyKind, glob: tagged ? name : intName(name), pointers: stars.length - 1, array };
}

const anyKind: readonly KindName[] = ['struct', 'union', 'enum', 'typedef', 'int', 'float', 'void'];

/** Expressions of that type, whatever qualifiers they have. Throws UsageError, with the nearest names, where the kernel has no such name. */
export function typesOfPattern(search: Search, types: Types, text: string, arraysToo: boolean): Ids {
  const { kinds, glob, pointers, array } = parseTypePattern(text);
  let ids = qualified(search, leaves(search, types, text, kinds, glob));
  for (let level = 0; level < pointers; level++) ids = qualified(search, search.wrapped(ids, ['ptr']));
  if (array !== undefined) return search.wrapped(ids, ['array'], array ?? undefined);
  return arraysToo ? closure(search, ids, ['array', ...qualifiers]) : ids;
}

/** Pointers to a type, through typedefs of the type and of the pointer, and arrays of such. */
export function pointersTo(search: Search, types: Types, text: string): Ids {
  const pointers = search.wrapped(named(search, leavesOf(search, types, text), qualifiers), ['ptr']);
  return named(search, pointers, ['array', ...qualifiers]);
}

/** The leaves that a type's bare name means: structs, unions, enums and typedefs. */
export function leavesOf(search: Search, types: Types, text: string): Ids {
  const { kinds, glob, pointers, array } = parseTypePattern(text);
  if (pointers > 0 || array !== undefined) throw new UsageError(`'${text}': the name of a type is expected, without stars and brackets`);
  return leaves(search, types, text, kinds, glob);
}

const qualifiers: readonly KindName[] = ['const', 'volatile', 'restrict', 'tag'];

function leaves(search: Search, types: Types, text: string, kinds: readonly KindName[], glob: string): Ids {
  const ids = glob === 'void' ? search.leavesOfVoid() : search.leaves(kinds, glob);
  if (ids.length > 0) return ids;
  const tags = (['struct', 'union', 'enum', 'typedef'] as const).filter((kind) => kinds.includes(kind));
  const near = [...new Set(tags.flatMap((kind) => types.near(kind, glob, 5)))].slice(0, 5);
  throw new UsageError(`no member and no parameter is of a type '${text}'`, near.length === 0 ? undefined : `near it: ${near.join(', ')}`);
}

function qualified(search: Search, ids: Ids): Ids {
  return closure(search, ids, qualifiers);
}

/** With everything that the kinds and typedefs make of them. */
function named(search: Search, ids: Ids, kinds: readonly KindName[]): Ids {
  let all = closure(search, ids, kinds);
  for (let last = -1; last !== all.length; ) {
    last = all.length;
    const known = new Set(all);
    const added = search.typedefsOf(all).filter((id) => !known.has(id));
    if (added.length > 0) all = closure(search, [...all, ...added], kinds);
  }
  return all;
}

function closure(search: Search, ids: Ids, kinds: readonly KindName[]): Ids {
  const all = new Set(ids);
  for (let last = ids; last.length > 0; ) {
    last = search.wrapped(last, kinds).filter((id) => !all.has(id));
    for (const id of last) all.add(id);
  }
  return [...all];
}

/** The words of an integer type in the order of BTF: `unsigned long` is `long unsigned int` there. */
function intName(text: string): string {
  const words = text.split(' ');
  if (!words.every((word) => intWords.has(word))) return text;
  const longs = words.filter((word) => word === 'long').length;
  const sign = words.includes('unsigned') ? 'unsigned' : '';
  if (words.includes('char')) return [sign, words.includes('signed') ? 'signed' : '', 'char'].filter(Boolean).join(' ');
  const width = words.includes('short') ? ['short'] : Array.from({ length: longs }, () => 'long');
  return [...width, ...(sign === '' ? [] : [sign]), 'int'].join(' ');
}

const intWords = new Set(['unsigned', 'signed', 'long', 'short', 'int', 'char']);
