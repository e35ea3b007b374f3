// Spelling of types and declarations as C text, in the order of words that BTF tools use (`long unsigned int`, `struct sock *`).
import type { ArrayType, CType, FunctionType, PtrType } from './ctype.ts';

/** A type without a name: `struct sock *`, `const char *`, `char[16]`, `int (*)(void *, int)`, `struct {...}`. */
export function typeText(type: CType): string {
  return declaration(type, '');
}

/** A declaration of `name`: `struct sock *sk`, `char comm[16]`, `int (*fn)(void *, int)`. */
export function declaration(type: CType, name: string): string {
  return declarationWith(type, name, leafText);
}

/** The same with another spelling of the leftmost part: what prints bodies of anonymous types passes it in. */
export function declarationWith(type: CType, name: string, leaf: (type: Leaf) => string): string {
  // What a function returns is written around its name and parameters.
  if (type.kind === 'function' && name !== '') return declarationWith(type.returns, `${name}(${paramTexts(type, leaf).join(', ')})`, leaf);
  const before = leaf === leafText ? textBefore(type) : undefined;
  return before === undefined ? declarationAround(type, name, leaf) : name === '' || before.endsWith('*') ? before + name : `${before} ${name}`;
}

/** All that a declaration says stands before the name where there is no array and no function. The same few types are printed again and again. */
function textBefore(type: CType): string | undefined {
  let text = textsBefore.get(type);
  if (text === undefined) {
    text = isPlain(type) ? declarationAround(type, '', leafText) : null;
    textsBefore.set(type, text);
  }
  return text ?? undefined;
}

const textsBefore = new WeakMap<CType, string | null>();

function isPlain(type: CType): boolean {
  let at = type;
  while (isDeclarator(at) && at.kind !== 'array' && at.kind !== 'function') at = next(at);
  return !isDeclarator(at);
}

function declarationAround(type: CType, name: string, leaf: (type: Leaf) => string): string {
  const chain: Declarator[] = [];
  let at = type;
  while (isDeclarator(at)) {
    chain.push(at);
    at = next(at);
  }
  qualifyElements(chain);
  const qualifiers = trailingQualifiers(chain);
  return qualifiers + leaf(at) + declarators(chain, { name, leaf }, false);
}

/** What stands at the left of a declaration. */
export type Leaf = Exclude<CType, Declarator>;

/** `struct sock`, `u32`, `long unsigned int`, `struct {...}`. */
export function leafText(type: Leaf): string {
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'int':
    case 'float':
      return type.name;
    case 'typedef':
      return type.name ?? '';
    default:
      return type.name === null ? `${type.kind} {...}` : `${type.kind} ${type.name}`;
  }
}

type Declarator = PtrType | ArrayType | FunctionType | Extract<CType, { of: CType }>;

function isDeclarator(type: CType): type is Declarator {
  return type.kind === 'ptr' || type.kind === 'function' || 'of' in type;
}

function next(type: Declarator): CType {
  if (type.kind === 'ptr') return type.to;
  return type.kind === 'function' ? type.returns : type.of;
}

/** What qualifies an array qualifies its elements: C has no other way to write it. */
function qualifyElements(chain: Declarator[]): void {
  for (let at = chain.length - 2; at >= 0; at--) {
    const [qualifier] = chain.slice(at);
    if (qualifier === undefined || !isQualifier(qualifier)) continue;
    let to = at;
    while (chain[to + 1]?.kind === 'array') to++;
    if (to === at) continue;
    chain.splice(at, 1);
    if (!qualifiersAt(chain, to).includes(qualifier.kind)) chain.splice(to, 0, qualifier);
  }
}

/** Those that stand in the chain from there on. */
function qualifiersAt(chain: readonly Declarator[], from: number): readonly string[] {
  const end = chain.findIndex((each, at) => at >= from && !isQualifier(each));
  return chain.slice(from, end < 0 ? chain.length : end).map(({ kind }) => kind);
}

/** Takes the qualifiers that belong to the leaf off the end of the chain: `const volatile `. */
function trailingQualifiers(chain: Declarator[]): string {
  const first = chain.findLastIndex((each) => !isQualifier(each)) + 1;
  const there = new Set<string>(chain.splice(first).map(({ kind }) => kind));
  return qualifiersInOrder.map((word) => (there.has(word) ? `${word} ` : '')).join('');
}

const qualifiersInOrder = ['const', 'volatile', 'restrict'] as const;

function isQualifier(type: CType): boolean {
  return type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict' || type.kind === 'tag';
}

interface Declared {
  readonly name: string;
  readonly leaf: (type: Leaf) => string;
}

/** Prints a chain from its outermost part to the one nearest to the leaf, around `name`. */
function declarators(chain: readonly Declarator[], declared: Declared, afterStar: boolean): string {
  const { name } = declared;
  const inner = chain.at(-1);
  const rest = chain.slice(0, -1);
  if (inner === undefined) return name === '' || afterStar ? name : ` ${name}`;
  switch (inner.kind) {
    case 'ptr':
      return `${afterStar ? '*' : ' *'}${declarators(rest, declared, true)}`;
    case 'array':
      return arrayDeclarator(inner, rest, declared, afterStar);
    case 'function':
      return functionDeclarator(inner, rest, declared);
    case 'tag':
      return declarators(rest, declared, afterStar);
    default:
      return ` ${inner.kind}${declarators(rest, declared, false)}`;
  }
}

function arrayDeclarator(inner: ArrayType, outer: readonly Declarator[], declared: Declared, afterStar: boolean): string {
  const { name } = declared;
  const dimension = `[${inner.count}]`;
  const last = outer.at(-1);
  if (last === undefined) return `${name === '' || afterStar ? name : ` ${name}`}${dimension}`;
  if (last.kind === 'array') return `${arrayDeclarator(last, outer.slice(0, -1), declared, afterStar)}${dimension}`;
  return `${afterStar ? '' : ' '}(${declarators(outer, declared, true)})${dimension}`;
}

/** @param outer none where the function is the type itself, without a name */
function functionDeclarator(inner: FunctionType, outer: readonly Declarator[], declared: Declared): string {
  const parameters = `(${paramTexts(inner, declared.leaf).join(', ')})`;
  return outer.length > 0 ? ` (${declarators(outer, declared, true)})${parameters}` : parameters;
}

/** The parameters of a function as declarations: `void` where there are none, `...` at the end where it takes more. */
export function paramTexts(type: FunctionType, leaf: (type: Leaf) => string = leafText): string[] {
  const texts = type.params.map((param) => declarationWith(param.type, param.name ?? '', leaf));
  if (type.variadic) texts.push('...');
  return texts.length === 0 ? ['void'] : texts;
}
