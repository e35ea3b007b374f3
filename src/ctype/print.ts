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
  const chain: Declarator[] = [];
  let at = type;
  while (isDeclarator(at)) {
    chain.push(at);
    at = next(at);
  }
  const qualifiers = trailingQualifiers(chain);
  return qualifiers + leaf(at) + declarators(chain, name, false);
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

/** Takes the qualifiers that belong to the leaf off the end of the chain, the one nearest to the leaf first: `const volatile `. */
function trailingQualifiers(chain: Declarator[]): string {
  const words = new Set<string>();
  const first = chain.findLastIndex((each) => !isQualifier(each)) + 1;
  for (const each of chain.splice(first).reverse()) if (each.kind !== 'tag') words.add(each.kind);
  return [...words].map((word) => `${word} `).join('');
}

function isQualifier(type: CType): boolean {
  return type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict' || type.kind === 'tag';
}

/** Prints a chain from its outermost part to the one nearest to the leaf, around `name`. */
function declarators(chain: readonly Declarator[], name: string, afterStar: boolean): string {
  const inner = chain.at(-1);
  const rest = chain.slice(0, -1);
  if (inner === undefined) return name === '' || afterStar ? name : ` ${name}`;
  switch (inner.kind) {
    case 'ptr':
      return `${afterStar ? '*' : ' *'}${declarators(rest, name, true)}`;
    case 'array':
      return arrayDeclarator(inner, rest, name, afterStar);
    case 'function':
      return functionDeclarator(inner, rest, name, afterStar);
    case 'tag':
      return declarators(rest, name, afterStar);
    default:
      return ` ${inner.kind}${declarators(rest, name, false)}`;
  }
}

function arrayDeclarator(inner: ArrayType, outer: readonly Declarator[], name: string, afterStar: boolean): string {
  const rest = [...outer];
  while (rest.length > 0 && rest.at(-1)?.kind !== 'array' && isQualifier(rest.at(-1) ?? inner)) rest.pop();
  const dimension = `[${inner.count}]`;
  const last = rest.at(-1);
  if (last === undefined) return `${name === '' || afterStar ? name : ` ${name}`}${dimension}`;
  if (last.kind === 'array') return `${arrayDeclarator(last, rest.slice(0, -1), name, afterStar)}${dimension}`;
  return `${name !== '' && !afterStar ? ' ' : ''}(${declarators(rest, name, true)})${dimension}`;
}

function functionDeclarator(inner: FunctionType, outer: readonly Declarator[], name: string, afterStar: boolean): string {
  const parameters = `(${paramTexts(inner).join(', ')})`;
  if (outer.length > 0) return ` (${declarators(outer, name, true)})${parameters}`;
  return `${name === '' || afterStar ? name : ` ${name}`}${parameters}`;
}

/** The parameters of a function as declarations: `void` where there are none, `...` at the end where it takes more. */
export function paramTexts(type: FunctionType): string[] {
  const texts = type.params.map((param) => declaration(param.type, param.name ?? ''));
  if (type.variadic) texts.push('...');
  return texts.length === 0 ? ['void'] : texts;
}
