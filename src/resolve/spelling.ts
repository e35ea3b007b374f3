// How pahole 1.24 spells a type in the type column and in parameter lists: like C, with a space behind every qualified type.
import type { CType, FunctionType } from '../ctype/ctype.ts';
import { leafText } from '../ctype/print.ts';

/** `struct sock *`, `const char  *`, `const struct xattr_handler  * const *`. Dimensions of arrays are not part of it. */
export function spell(type: CType): string {
  switch (type.kind) {
    case 'ptr':
      return `${spellPointee(type.to)} *`;
    case 'const':
    case 'volatile':
      return `${type.kind} ${spell(type.of)} `;
    case 'restrict':
      return `${spell(type.of)} restrict `;
    case 'tag':
    case 'array':
      return spell(type.of);
    case 'function':
      return `${spell(type.returns)} ()(${spellParameters(type)})`;
    case 'struct':
    case 'union':
    case 'enum':
      return `${type.kind} ${type.name ?? ''}`;
    default:
      return leafText(type);
  }
}

/** `struct sock *, int (*)(void *), ...`; `void` where there are none. */
export function spellParameters(type: FunctionType): string {
  const params = type.params.map((param) => spellParameter(param.type));
  if (params.length === 0) return 'void';
  return [...params, ...(type.variadic ? ['...'] : [])].join(', ');
}

function spellParameter(type: CType): string {
  if (type.kind !== 'ptr' || type.to.kind !== 'function') return spell(type);
  return `${spell(type.to.returns)} (*)(${spellParameters(type.to)})`;
}

function spellPointee(type: CType): string {
  const qualifiesPointer = (type.kind === 'const' || type.kind === 'volatile') && type.of.kind === 'ptr';
  return qualifiesPointer ? `${spell(type.of)} ${type.kind}` : spell(type);
}
