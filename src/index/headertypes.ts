// Definitions of headers in the words of BTF: parameters have names only in prototypes of functions, not in types of pointers to them.
import type { CType, Definition, FunctionType } from '../ctype/ctype.ts';
import { encodeTypes } from '../source/btf/encode.ts';
import type { DefinitionTable } from '../source/headers/facts.ts';

/** Raw BTF of all of them, but for static functions that are not wanted: most have been inlined wherever they are called. */
export function headerBtf(definitions: DefinitionTable, wanted: (name: string) => boolean): Uint8Array {
  const kept: Definition[] = [];
  /** Of what a leaf may mean; no leaf means a function. */
  const places: number[] = [];
  for (let index = 0; index < definitions.length; index++) {
    const { definition, local = false } = definitions.at(index);
    places.push(kept.length);
    if (!local || definition.name === null || wanted(definition.name)) kept.push(asInBtf(definition));
  }
  return encodeTypes(kept, ({ key }) => (typeof key === 'number' ? places[key] : undefined));
}

function asInBtf(definition: Definition): Definition {
  switch (definition.kind) {
    case 'struct':
    case 'union':
      return { ...definition, members: definition.members.map((member) => ({ ...member, type: nameless(member.type) })) };
    case 'typedef':
      return { ...definition, type: nameless(definition.type) };
    case 'function':
      return { ...definition, type: { ...nameless(definition.type), params: definition.type.params.map(({ name, type }) => ({ name, type: nameless(type) })) } };
    default:
      return definition;
  }
}

/** The type itself where it has no function inside. */
function nameless<T extends CType>(type: T): T;
function nameless(type: CType): CType {
  if (type.kind === 'ptr') {
    const to = nameless(type.to);
    return to === type.to ? type : { ...type, to };
  }
  if (type.kind === 'function') return namelessFunction(type);
  if (!('of' in type)) return type;
  const of = nameless(type.of);
  return of === type.of ? type : { ...type, of };
}

function namelessFunction(type: FunctionType): FunctionType {
  return { ...type, returns: nameless(type.returns), params: type.params.map((param) => ({ name: null, type: nameless(param.type) })) };
}
