// Definitions and types with other leaves: what moves between tables gets the other table's keys.
import type { CType, Definition, FunctionType, Ref } from '../../ctype/ctype.ts';

/** The same definition with other leaves. */
export function mapped(definition: Definition, map: (ref: Ref) => Ref): Definition {
  switch (definition.kind) {
    case 'struct':
    case 'union':
      return { ...definition, members: definition.members.map((member) => ({ ...member, type: mappedType(member.type, map) })) };
    case 'enum':
      return definition;
    case 'function':
      return { ...definition, type: mappedFunction(definition.type, map) };
    case 'typedef':
    case 'variable':
      return { ...definition, type: mappedType(definition.type, map) };
  }
}

function mappedType(type: CType, map: (ref: Ref) => Ref): CType {
  switch (type.kind) {
    case 'void':
    case 'int':
    case 'float':
      return type;
    case 'ptr':
      return { ...type, to: mappedType(type.to, map) };
    case 'function':
      return mappedFunction(type, map);
    case 'struct':
    case 'union':
    case 'enum':
    case 'typedef':
      return map(type);
    default:
      return { ...type, of: mappedType(type.of, map) };
  }
}

function mappedFunction(type: FunctionType, map: (ref: Ref) => Ref): FunctionType {
  return { ...type, returns: mappedType(type.returns, map), params: type.params.map((param) => ({ ...param, type: mappedType(param.type, map) })) };
}
