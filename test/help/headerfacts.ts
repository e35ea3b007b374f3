// What headers say, made by hand: definitions whose leaves mean each other by name, macros; or the types of a kernel's BTF in their stead.
import { readFileSync } from 'node:fs';
import type { CType, Definition, Ref } from '../../src/ctype/ctype.ts';
import { parseBtf } from '../../src/source/btf/btf.ts';
import { BtfDefinitions } from '../../src/source/btf/definitions.ts';
import type { DefinitionTable, HeaderFacts, Macro } from '../../src/source/headers/facts.ts';
import { HeaderTypes } from '../../src/source/headers/types.ts';

/** @param definitions leaves with a null key mean the first of that kind and name, if there is one */
export function headerFacts(definitions: readonly Definition[], macros: readonly Macro[] = [], files: readonly string[] = ['/src/include/linux/a.h']): HeaderFacts {
  const indices = new Map<string, number>();
  for (const [index, { kind, name }] of definitions.entries()) if (name !== null && !indices.has(`${kind} ${name}`)) indices.set(`${kind} ${name}`, index);
  const keyed = (ref: Ref): Ref => (ref.key !== null ? ref : { ...ref, key: indices.get(`${ref.kind} ${ref.name ?? ''}`) ?? null });
  return factsOf(definitions.map((each) => mapLeaves(each, keyed)), macros, files);
}

/** Types and functions of raw BTF as if headers said them. @param wanted leaves out what it refuses */
export function factsOfBtf(path: string, wanted: (definition: Definition) => boolean, macros: readonly Macro[] = []): HeaderFacts {
  const btf = parseBtf(path, readFileSync(path));
  const ids: number[] = [];
  const reader = new BtfDefinitions(btf, { image: 'headers', key: (id) => id });
  for (let id = 1; id < btf.endId; id++) {
    const definition = reader.definition(id);
    if (definition !== undefined && wanted(definition)) ids.push(id);
  }
  const indices = new Map(ids.map((id, index) => [id, index]));
  const named = new BtfDefinitions(btf, { image: 'headers', key: (id) => indices.get(id) ?? null });
  return factsOf(ids.flatMap((id) => named.definition(id) ?? []), macros, [path]);
}

function factsOf(definitions: readonly Definition[], macros: readonly Macro[], files: readonly string[]): HeaderFacts {
  const nth = (index: number): Definition => {
    const found = definitions[index];
    if (found === undefined) throw new RangeError(String(index));
    return found;
  };
  const table: DefinitionTable = {
    length: definitions.length,
    kind: (index) => nth(index).kind,
    name: (index) => nth(index).name,
    file: () => files[0] ?? '',
    at: (index) => ({ definition: { ...nth(index), id: null, image: 'headers' }, file: files[0] ?? '', line: 1 + index }),
  };
  const known = new Map(macros.map((each) => [each.name, each]));
  const macroTable = { names: () => known.keys(), find: (name: string) => known.get(name) };
  return { types: new HeaderTypes(table, macroTable, 8), definitions: table, macros: macroTable, problems: [], files };
}

function mapLeaves(definition: Definition, map: (ref: Ref) => Ref): Definition {
  const type = (each: CType): CType => {
    switch (each.kind) {
      case 'void':
      case 'int':
      case 'float':
        return each;
      case 'ptr':
        return { ...each, to: type(each.to) };
      case 'function':
        return functionType(each);
      case 'array':
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'tag':
        return { ...each, of: type(each.of) };
      default:
        return map(each);
    }
  };
  const functionType = (each: Extract<CType, { kind: 'function' }>): Extract<CType, { kind: 'function' }> => ({
    ...each, returns: type(each.returns), params: each.params.map((param) => ({ ...param, type: type(param.type) })),
  });
  if (definition.kind === 'struct' || definition.kind === 'union') return { ...definition, members: definition.members.map((member) => ({ ...member, type: type(member.type) })) };
  if (definition.kind === 'typedef' || definition.kind === 'variable') return { ...definition, type: type(definition.type) };
  return definition.kind === 'function' ? { ...definition, type: functionType(definition.type) } : definition;
}
