// C text of a BTF type as the kernel's source spells it in tracepoint fields: `unsigned long`, `struct sock *`, `u8` with `[16]` behind the name.
import type { Btf } from '../btf/btf.ts';
import { kindOf } from '../btf/kinds.ts';

export interface TypeText {
  readonly text: string;
  /** What stands behind the name. */
  readonly array: string;
  /** Type of an element, where it is an array. */
  readonly element: number;
}

export function typeText(btf: Btf, id: number): TypeText {
  let element = id;
  let array = '';
  while (btf.kind(element) === kindOf.ARRAY && array.length < maxText) {
    array += `[${btf.extra(element, 2)}]`;
    element = btf.extra(element, 0);
  }
  return { text: written(btf, element, 0), array, element };
}

const maxText = 256;
const maxDepth = 32;

/** INT by the compiler's name. */
const spelling: ReadonlyMap<string, string> = new Map([
  ['short unsigned int', 'unsigned short'], ['short int', 'short'], ['long unsigned int', 'unsigned long'], ['long int', 'long'],
  ['long long unsigned int', 'unsigned long long'], ['long long int', 'long long'], ['_Bool', 'bool'],
]);

const tags: Readonly<Record<number, string>> = { [kindOf.STRUCT]: 'struct ', [kindOf.UNION]: 'union ', [kindOf.ENUM]: 'enum ', [kindOf.ENUM64]: 'enum ' };
const qualifiers: Readonly<Record<number, string>> = { [kindOf.CONST]: 'const', [kindOf.VOLATILE]: 'volatile', [kindOf.RESTRICT]: 'restrict' };

function written(btf: Btf, id: number, depth: number): string {
  const kind = btf.kind(id);
  const name = btf.name(id);
  if (depth > maxDepth) return 'void';
  if (kind === kindOf.PTR) {
    const of = written(btf, btf.type(id), depth + 1);
    return of.endsWith('*') ? `${of}*` : `${of} *`;
  }
  const qualifier = qualifiers[kind];
  if (qualifier !== undefined) {
    const of = written(btf, btf.type(id), depth + 1);
    return of.endsWith('*') ? `${of} ${qualifier}` : `${qualifier} ${of}`;
  }
  if (kind === kindOf.TYPE_TAG) return written(btf, btf.type(id), depth + 1);
  if (kind === kindOf.FUNC_PROTO) return 'void';
  if (kind === kindOf.FWD) return `${btf.flag(id) ? 'union' : 'struct'} ${name}`;
  return `${tags[kind] ?? ''}${spelling.get(name) ?? name}`;
}
